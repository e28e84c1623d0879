"""Rebuilding a run: every row equal, or which are not; never from other inputs or another policy than then."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring import load_policy
from credit_scoring.errors import InputError, NotFoundError, TableError, TamperedError
from credit_scoring.releases.opening import load_release
from credit_scoring.releases.rebuilding import rebuild
from credit_scoring.scoring.run import TABLES, score_to_folder
from credit_scoring.synthetic import invent
from releases.decision_cases import run as command
from releases.serving_store import input_files, place, read
from scoring.small import CLOSED, ON, firm_card, policy_of
from sectors.small_sector import SECTOR, sector_policy

ALL = (*TABLES, *(f"public/{name}" for name in TABLES))


@cache
def kept(kind: str) -> Path:
    """A run of long ago in a folder `run` beside its inputs, made once; who changes it takes a copy."""
    folder = Path(mkdtemp())
    if kind == "register":
        register = invent(folder, subjects=600, seed=3)
        inputs = {"subjects": register.subjects, "records": register.records, "coverage": register.coverage}
        policy = load_policy()
    else:
        inputs = dict(zip(("subjects", "records"), input_files(folder), strict=True))
        policy = sector_policy(SECTOR) if kind == "sector" else policy_of(firm_card(CLOSED))
    score_to_folder(policy, **inputs, on=ON, out=folder / "run")
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A sector's run of our own to spoil."""
    return shutil.copytree(kept("sector") / "run", tmp_path / "run")


def state(run: Path, change: Callable[[dict], None]) -> None:
    """Change what a `run.json` states."""
    file = run / "run.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def write(run: Path, table: str, changed: pa.Table) -> None:
    pq.write_table(changed, run / f"{table}.parquet")


@pytest.mark.parametrize(("kind", "tables"), [("public", TABLES), ("sector", ALL), ("register", TABLES)])
def test_an_old_run_comes_out_again_row_for_row(kind: str, tables: tuple[str, ...]) -> None:
    found = rebuild(kept(kind) / "run")
    assert found.is_equal
    assert (found.notes, found.doubts) == ((), ())
    assert sorted(t.table for t in found.tables) == sorted(tables)
    for table in found.tables:
        rows = read(kept(kind) / "run", table.table).num_rows
        assert (table.rows_then, table.rows_now, table.equal) == (rows, rows, rows)
        assert (table.only_then, table.only_now, table.examples, table.columns) == (0, 0, (), ())


def test_nothing_of_the_run_is_touched(old: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in old.rglob("*")}
    rebuild(old)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in old.rglob("*")} == before


def test_the_threads_decide_nothing() -> None:
    assert rebuild(kept("register") / "run", threads=1).is_equal


# What was changed in the run


def raised(run: Path, table: str, row: int = 0) -> str:
    """One score better by a thousandth; whose it is."""
    scores = read(run, table)
    rows = scores.to_pylist()
    rows[row]["score"] += Decimal("0.001")
    write(run, table, pa.Table.from_pylist(rows, schema=scores.schema))
    return rows[row]["subject_id"]


@pytest.mark.parametrize("table", ["scores", "public/scores"])
def test_a_score_changed_by_a_thousandth_is_found(old: Path, table: str) -> None:
    whose = raised(old, table)
    found = rebuild(old)
    (changed,) = (t for t in found.tables if not t.is_equal)
    assert (changed.table, changed.only_then, changed.only_now) == (table, 1, 1)
    assert changed.equal == changed.rows_then - 1
    assert changed.examples == (whose,)
    assert not found.is_equal


def test_a_row_taken_away_or_repeated_is_found_in_every_table(old: Path) -> None:
    for table in TABLES:
        rows = read(old, table)
        if rows.num_rows:
            write(old, table, pa.concat_tables([rows, rows.slice(0, 1)]))
    repeated = {t.table: t for t in rebuild(old).tables}
    for table in TABLES:
        if read(old, table).num_rows:
            assert (repeated[table].only_then, repeated[table].only_now) == (1, 0), table
    for table in TABLES:
        rows = read(old, table)
        if rows.num_rows:
            write(old, table, rows.slice(2))
    taken = {t.table: t for t in rebuild(old).tables}
    for table in TABLES:
        found = taken[table]
        assert (found.only_now, found.only_then) == (
            found.rows_now - found.equal,
            found.rows_then - found.equal,
        )
    assert taken["scores"].only_now >= 1


@settings(max_examples=4)
@given(st.data())
def test_differing_rows_are_counted_as_a_person_would_count_them(data: st.DataObject) -> None:
    run = Path(mkdtemp()) / "run"
    shutil.copytree(kept("public") / "run", run)
    rows = read(run, "evidence").to_pylist()
    changed = data.draw(st.lists(st.sampled_from(rows), max_size=2 * len(rows)))
    level = data.draw(st.sampled_from([None, "minor", "new"]))
    changed = [row | {"level": level} if data.draw(st.booleans()) else row for row in changed]
    write(run, "evidence", pa.Table.from_pylist(changed, schema=read(run, "evidence").schema))
    then, now = Counter(map(repr, changed)), Counter(map(repr, rows))
    (found,) = (t for t in rebuild(run).tables if t.table == "evidence")
    assert found.only_then == (then - now).total()
    assert found.only_now == (now - then).total()
    assert found.equal == (then & now).total()
    shutil.rmtree(run.parent)


def test_a_column_of_another_type_or_name_is_found_though_its_values_are_equal(old: Path) -> None:
    scores = read(old, "scores")
    place = scores.column_names.index("score")
    write(old, "scores", scores.set_column(place, "score", scores["score"].cast(pa.float64())))
    points = read(old, "points")
    write(old, "points", points.rename_columns(["whose", *points.column_names[1:]]))
    found = {t.table: t for t in rebuild(old).tables}
    assert found["scores"].columns == ("'score' was DOUBLE and is DECIMAL(18,3)",)
    assert found["points"].columns == (
        "'whose' was there then and is not now",
        "'subject_id' was not there then",
    )
    assert not found["scores"].is_equal


def test_a_statement_of_the_run_that_does_not_hold_is_said(old: Path) -> None:
    state(old, lambda content: content.update(subjects_scored=99))
    state(old / "public", lambda content: content["records"].update(sha256="0" * 64))
    found = rebuild(old)
    assert not found.is_equal
    assert "run.json: subjects_scored is 99, and comes out as 3 now." in found.doubts
    assert any(text.startswith("public/run.json: records is") for text in found.doubts)
    assert all(table.is_equal for table in found.tables)


def test_a_lost_run_of_the_public_scorecard_is_said(old: Path) -> None:
    shutil.rmtree(old / "public")
    found = rebuild(old)
    assert not found.is_equal
    assert "the run of the extended scorecard is missing" in found.doubts[0]
    assert [t.table for t in found.tables] == list(TABLES)


def test_a_lost_table_or_one_that_is_none_is_an_error(old: Path) -> None:
    (old / "points.parquet").write_bytes(b"no table")
    with pytest.raises(TableError, match=r"points.parquet"):
        rebuild(old)
    (old / "points.parquet").unlink()
    with pytest.raises(NotFoundError, match=r"points.parquet is missing"):
        rebuild(old)


# Inputs and policy are those of then


def test_other_inputs_than_those_of_then_are_refused(old: Path, tmp_path: Path) -> None:
    subjects, records = input_files(tmp_path / "other")
    pq.write_table(pq.read_table(records).slice(1), records)
    with pytest.raises(InputError, match=r"records.parquet is not the file this run was made from") as caught:
        rebuild(old, subjects=subjects, records=records)
    assert "--records" in str(caught.value)
    with pytest.raises(InputError, match="the run was made without coverage"):
        rebuild(old, coverage=records)


def test_inputs_may_have_moved(old: Path, tmp_path: Path) -> None:
    state(old, lambda content: content["subjects"].update(path="/gone/subjects.parquet"))
    with pytest.raises(NotFoundError, match=r"/gone/subjects.parquet does not exist: .* --subjects"):
        rebuild(old)
    subjects, _ = input_files(tmp_path / "here now")
    found = rebuild(old, subjects=subjects)
    assert all(table.is_equal for table in found.tables)


def test_a_relative_path_is_looked_for_from_the_working_directory(tmp_path: Path, monkeypatch) -> None:
    input_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    policy = policy_of(firm_card(CLOSED))
    score_to_folder(
        policy, subjects=Path("subjects.parquet"), records=Path("records.parquet"), on=ON, out=Path("run")
    )
    assert rebuild(Path("run")).is_equal
    monkeypatch.chdir(tmp_path.parent)
    with pytest.raises(NotFoundError, match="--subjects"):
        rebuild(tmp_path / "run")


def before_releases(content: dict) -> None:
    """The `run.json` of a version that stated neither releases nor paths."""
    del content["releases"]
    for name in ("subjects", "records"):
        del content[name]["path"]
    content["version"] = "0.0.9"


def test_a_run_of_an_older_version_is_rebuilt_from_the_inputs_given(old: Path) -> None:
    for folder in (old, old / "public"):
        state(folder, before_releases)
    with pytest.raises(InputError, match=r"does not say where its subjects were .* --subjects"):
        rebuild(old)
    subjects, records = (kept("sector") / f"{name}.parquet" for name in ("subjects", "records"))
    found = rebuild(old, subjects=subjects, records=records)
    assert found.is_equal
    assert (found.then.version, found.now.version != "0.0.9") == ("0.0.9", True)


def test_a_policy_kept_with_the_run_that_was_changed_is_refused(old: Path) -> None:
    (file,) = (old / "policy").glob("sector-*.yaml")
    text = file.read_text(encoding="utf-8")
    for change in (
        ("from: 800", "from: 801"),
        ("from: 2024-01-01", "from: 2026-06-01"),
        ("points: 700", "points: 1"),
    ):
        assert text.count(change[0]) == 1
        file.write_text(text.replace(*change), encoding="utf-8")
        with pytest.raises(TamperedError, match="is not the policy this run was made by"):
            rebuild(old)
    shutil.rmtree(old / "policy")
    with pytest.raises(NotFoundError, match="policy is missing"):
        rebuild(old)


@pytest.mark.parametrize("text", ["{", "{}", '{"version": 1}'])
def test_what_is_no_run_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotFoundError, match="is no run"):
        rebuild(tmp_path)
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is not what a run writes"):
        rebuild(tmp_path)


# Runs made from releases


@cache
def kept_release_run() -> Path:
    """A run by the sector's release, made once."""
    folder = Path(mkdtemp())
    policy = load_release("sector@in-force", on=ON, store=str(place() / "store"))
    inputs = {name: place() / "inputs" / f"{name}.parquet" for name in ("subjects", "records")}
    score_to_folder(policy, **inputs, on=ON, out=folder / "run")
    return folder / "run"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return shutil.copytree(kept_release_run(), tmp_path / "run")


def test_a_run_by_a_release_is_rebuilt_from_the_release(released: Path) -> None:
    # Even without the policy kept beside it.
    shutil.rmtree(released / "policy")
    found = rebuild(released, store=str(place() / "store"))
    assert found.is_equal
    assert found.policy_from == "release sector:1"
    assert sorted(t.table for t in found.tables) == sorted(ALL)


def test_without_the_store_the_policy_kept_with_the_run_is_used_and_that_is_said(
    released: Path, tmp_path: Path
) -> None:
    found = rebuild(released, store=str(tmp_path / "nowhere"))
    assert found.is_equal
    assert found.policy_from == str(released / "policy")
    assert found.notes[0].startswith("release sector:1 is not at hand: ")
    assert not (tmp_path / "nowhere").exists()


def test_another_release_under_the_same_name_and_version_is_a_doubt(released: Path) -> None:
    for folder in (released, released / "public"):
        state(folder, lambda content: content["releases"][0].update(manifest_sha256="0" * 64))
    found = rebuild(released, store=str(place() / "store"))
    assert not found.is_equal
    assert "release sector:1 of this store is another one than the run states" in found.doubts[0]
    assert all(table.is_equal for table in found.tables)


def test_a_release_that_was_tampered_with_is_a_doubt(released: Path, tmp_path: Path) -> None:
    store = shutil.copytree(place() / "store", tmp_path / "store")
    for file in store.rglob("policy/sector-1.yaml"):
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    found = rebuild(released, store=str(store))
    assert not found.is_equal
    assert "sector-1.yaml" in found.doubts[0]


# The command


def test_the_command_says_that_every_row_is_equal() -> None:
    done = command("rebuild", kept("public") / "run")
    assert done.code == 0, done.err
    assert "every row is equal" in done.out
    assert "then  version" in done.out


def test_the_command_says_what_differs_and_fails(old: Path) -> None:
    whose = raised(old, "scores")
    done = command("rebuild", old)
    assert done.code == 1
    assert "NOT what its inputs and policy give" in done.out
    (line,) = (line for line in done.out.splitlines() if line.startswith("│ scores"))
    assert [cell.strip() for cell in line.strip("│").split("│")] == ["scores", "3", "3", "2", "1", "1", whose]
    told = json.loads(command("rebuild", old, "--format", "json").out)
    assert told["is_equal"] is False
    assert {t["table"] for t in told["tables"] if not t["is_equal"]} == {"scores"}


def test_the_command_explains_a_wrong_input(old: Path, tmp_path: Path) -> None:
    done = command("rebuild", old, "--records", kept("sector") / "subjects.parquet")
    assert (done.code, done.out) == (1, "")
    assert "is not the file this run was made from" in " ".join(done.err.split())
    assert command("rebuild", tmp_path / "none").code == 1


def test_a_run_on_another_day_by_what_was_known_then_is_rebuilt(tmp_path: Path) -> None:
    subjects, records = input_files(tmp_path)
    score_to_folder(
        policy_of(firm_card(CLOSED)), subjects=subjects, records=records, on=date(2025, 9, 30),
        known_by=date(2025, 7, 15), out=tmp_path / "run",
    )  # fmt: skip
    found = rebuild(tmp_path / "run")
    assert found.is_equal
    assert (found.now.on, found.now.known_by) == (date(2025, 9, 30), date(2025, 7, 15))
