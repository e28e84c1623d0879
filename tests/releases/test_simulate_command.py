"""`credit-scoring simulate`: what it prints, writes and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from policy.texts import CARD, changed, write_policy
from scoring.small import RECORDS, SUBJECTS, record, subject, table

COMMAND = str(Path(sys.executable).with_name("credit-scoring"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulate")
    write_policy(folder)
    draft = changed(CARD, 'edition: "1"', 'edition: "2"').replace("from: 50}", "from: 76}")
    (folder / "draft.yaml").write_text(
        draft.replace("from: 2024-01-01", "from: 2031-01-01"), encoding="utf-8"
    )
    firms = [subject("clean"), subject("fined"), subject("twice", region_code="33")]
    pq.write_table(table(firms, SUBJECTS), folder / "subjects.parquet")
    pq.write_table(table([record("r1", subject_id="fined")], RECORDS), folder / "records.parquet")
    return folder


def simulate(place: Path, *more: str, out: str = "out") -> subprocess.CompletedProcess[str]:
    given = [
        "--from", str(place / "card.yaml"), "--to", str(place / "draft.yaml"), "--subjects", str(place / "subjects.parquet"),
        "--records", str(place / "records.parquet"), "--on", "2025-12-31", "--out", str(place / out),
        "--policy", str(place / "catalogue.yaml"), "--policy", str(place / "instruments.yaml"), *more,
    ]  # fmt: skip
    return subprocess.run(
        [COMMAND, "simulate", *given], capture_output=True, text=True, check=False, cwd=place
    )


def test_the_command_prints_the_matrix_the_limits_and_what_became_of_every_row(place: Path) -> None:
    done = simulate(place, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "3 in = 2 scored by both + 0 before only + 0 after only + 1 by neither" in done.stdout
    assert "Subjects whose grade changes" in done.stdout
    assert "1 / 2 (50 %)" in done.stdout
    written = json.loads((place / "out" / "impact.json").read_text("utf-8"))
    assert (written["before"]["edition"], written["after"]["edition"]) == ("1", "2")
    assert written["everyone"]["moved"] == 1
    assert 'lang="en"' in (place / "out" / "impact.en.html").read_text("utf-8")
    assert pq.read_table(place / "out" / "changes.parquet")["subject_id"].to_pylist() == ["fined"]


def test_a_result_that_stands_is_not_replaced_unasked_and_errors_are_one_line(place: Path) -> None:
    (place / "taken").mkdir()
    (place / "taken" / "other.txt").write_text("mine")
    done = simulate(place, "--overwrite", out="taken")
    assert done.returncode == 1
    assert "holds 'other.txt'" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in (place / "taken").iterdir()) == ["other.txt"]


def test_a_side_that_is_not_there_is_said(place: Path) -> None:
    done = simulate(place, "--to", "public-enterprise@1999", out="never")
    assert done.returncode == 1
    assert "there is no edition 'public-enterprise@1999'" in done.stderr
    assert not (place / "never").exists()
