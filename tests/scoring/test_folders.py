"""A results folder appears whole or not at all, and nothing of anyone else's is touched."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from credit_scoring import load_policy
from credit_scoring.errors import OutputError, TableError
from credit_scoring.scoring.record import RunInfo
from credit_scoring.scoring.run import score_to_folder
from policy.texts import CARD, write_policy
from scoring.small import ON, RECORDS, SUBJECTS, handed_in, policy_of, record, subject, table

CONTENT = {"scores.parquet", "points.parquet", "evidence.parquet", "rejected.parquet", "not_collected.parquet", "run.json", "policy"}  # fmt: skip


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Any]:
    return {
        "subjects": handed_in(table([subject()], SUBJECTS), "parquet", tmp_path, "subjects"),
        "records": handed_in(table([record("r1"), record("r2", item="x")], RECORDS), "parquet", tmp_path, "records"),
        "on": ON,
    }  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_folder_holds_the_tables_the_policy_and_what_the_run_rested_on(
    tmp_path: Path, inputs: Any
) -> None:
    before = names(tmp_path)
    policy = policy_of(CARD)
    info = score_to_folder(policy, out=tmp_path / "a" / "b" / "run", **inputs)
    out = tmp_path / "a" / "b" / "run"
    assert names(out) == CONTENT
    assert RunInfo.model_validate_json((out / "run.json").read_text(encoding="utf-8")) == info
    again = load_policy(out / "policy")
    assert again.fingerprint(again.scorecards) == info.policy_sha256 == policy.fingerprint(policy.scorecards)
    assert names(tmp_path) == before | {"a"}
    assert names(out.parent) == {"run"}
    body = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (body["on"], body["known_by"], body["subjects"]["name"]) == (
        "2025-12-31",
        "2025-12-31",
        "subjects.parquet",
    )


def test_the_same_run_gives_the_same_rows_and_the_same_policy(tmp_path: Path, inputs: Any) -> None:
    for name in ("one", "two"):
        score_to_folder(policy_of(CARD), out=tmp_path / name, **inputs)
    for path in sorted((tmp_path / "one").rglob("*.*")):
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        if path.suffix == ".parquet":
            assert sorted(map(repr, pq.read_table(path).to_pylist())) == sorted(
                map(repr, pq.read_table(twin).to_pylist())
            )
        elif path.name != "run.json":
            assert path.read_bytes() == twin.read_bytes(), path


def test_an_earlier_result_stays_unless_it_is_to_be_replaced(tmp_path: Path, inputs: Any) -> None:
    out = tmp_path / "out"
    score_to_folder(policy_of(CARD), out=out, **inputs)
    mark = (out / "run.json").read_bytes()
    with pytest.raises(
        OutputError, match=r"out: exists already: choose another --out, or replace it with --overwrite"
    ):
        score_to_folder(policy_of(CARD), out=out, **inputs)
    assert (out / "run.json").read_bytes() == mark
    score_to_folder(policy_of(CARD), out=out, overwrite=True, **inputs | {"on": date(2025, 6, 30)})
    assert (out / "run.json").read_bytes() != mark
    assert names(out) == CONTENT
    assert [name for name in names(tmp_path) if name.startswith(".")] == []


def test_a_run_that_fails_leaves_the_earlier_result_and_nothing_else(tmp_path: Path, inputs: Any) -> None:
    out = tmp_path / "out"
    score_to_folder(policy_of(CARD), out=out, **inputs)
    mark = (out / "run.json").read_bytes()
    (tmp_path / "bad.csv").write_text("nothing\n", encoding="utf-8")
    for target in (out, tmp_path / "new"):
        with pytest.raises(TableError):
            score_to_folder(
                policy_of(CARD), out=target, overwrite=True, **inputs | {"records": tmp_path / "bad.csv"}
            )
    assert (out / "run.json").read_bytes() == mark
    assert names(tmp_path) == {"out", "bad.csv", "subjects.parquet", "records.parquet"}


def test_folders_of_other_things_are_never_replaced(tmp_path: Path, inputs: Any) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(OutputError, match=r"photos: holds 'cat\.jpg', which is no part of such a result"):
        score_to_folder(policy_of(CARD), out=photos, overwrite=True, **inputs)
    assert (photos / "cat.jpg").read_bytes() == b"meow"
    (photos / "run.json").write_text('{"distance_km": 5}', encoding="utf-8")
    with pytest.raises(OutputError, match=r"photos: holds 'cat\.jpg'"):
        score_to_folder(policy_of(CARD), out=photos, overwrite=True, **inputs)
    assert (photos / "cat.jpg").read_bytes() == b"meow"


def test_a_run_with_other_things_added_is_not_replaced(tmp_path: Path, inputs: Any) -> None:
    out = tmp_path / "out"
    score_to_folder(policy_of(CARD), out=out, **inputs)
    (out / "thesis.docx").write_bytes(b"years of work")
    with pytest.raises(OutputError, match=r"out: holds 'thesis\.docx'"):
        score_to_folder(policy_of(CARD), out=out, overwrite=True, **inputs)
    assert (out / "thesis.docx").read_bytes() == b"years of work"


def test_an_empty_folder_may_be_filled_when_asked(tmp_path: Path, inputs: Any) -> None:
    (tmp_path / "out").mkdir()
    score_to_folder(policy_of(CARD), out=tmp_path / "out", overwrite=True, **inputs)
    assert names(tmp_path / "out") == CONTENT


def test_what_cannot_be_a_folder_is_said(tmp_path: Path, inputs: Any) -> None:
    file = inputs["subjects"]
    with pytest.raises(
        OutputError, match=r"subjects\.parquet: is no folder, so --overwrite does not replace it"
    ):
        score_to_folder(policy_of(CARD), out=file, overwrite=True, **inputs)
    with pytest.raises(
        OutputError, match=r"subjects\.parquet/out: cannot be written \(.*\): choose another --out"
    ):
        score_to_folder(policy_of(CARD), out=file / "out", **inputs)
    assert pq.read_table(file).num_rows == 1


SCORE = """
    import sys
    from datetime import date
    from pathlib import Path
    from credit_scoring import load_policy
    from credit_scoring.scoring.run import score_to_folder
    here = Path(sys.argv[1])
    def report(step):
        print(step, flush=True)
    score_to_folder(load_policy(here / "policy"), subjects=here / "subjects.parquet", records=here / "records.parquet",
                    on=date(2025, 12, 31), out=here / "out", threads=1, report=report)
"""


@pytest.mark.parametrize("step", ["records", "writing points"])
def test_a_killed_run_leaves_nothing_under_the_final_name(step: str, tmp_path: Path) -> None:
    count = 200_000
    numbers = pa.array(range(count)).cast(pa.string())
    pq.write_table(
        pa.table({"subject_id": numbers, "subject_type": ["enterprise"] * count}),
        tmp_path / "subjects.parquet",
    )
    day = pa.array([date(2025, 6, 1)] * count)
    pq.write_table(
        pa.table({"record_id": numbers, "subject_id": numbers, "item": ["a.listing"] * count, "occurred_on": day, "recorded_on": day}),
        tmp_path / "records.parquet",
    )  # fmt: skip
    write_policy(tmp_path / "policy")
    command = [sys.executable, "-c", textwrap.dedent(SCORE), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.strip() == step for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    begun = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    assert time.monotonic() - begun < 60
    assert names(tmp_path / "out") == CONTENT
    assert pq.read_metadata(tmp_path / "out" / "scores.parquet").num_rows == count
