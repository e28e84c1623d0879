"""Scoring from releases: by name and day or by version, stated in the run, and without MLflow for a store of our own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from credit_scoring import explain, load_policy
from credit_scoring.releases.opening import load_release
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.reading import read_ledger
from credit_scoring.scoring.run import TABLES
from releases.decision_cases import run
from releases.serving_cases import DAY
from releases.serving_store import place, read, rows_of
from scoring.small import ON


@pytest.fixture(name="place")
def shared_place() -> Path:
    """A folder with `store`, `files` (the policy) and `inputs`; nobody changes it."""
    return place()


def score_by(place: Path, out: Path, *options: object, on: str = DAY):
    inputs = place / "inputs"
    return run(
        "score", "--subjects", inputs / "subjects.parquet", "--records", inputs / "records.parquet",
        "--on", on, "--out", out, *options,
    )  # fmt: skip


def stated(folder: Path) -> list[dict]:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))["releases"]


def entered(place: Path, *names: str) -> list[dict]:
    """What the ledger says of version 1 of scorecards."""
    ledger = read_ledger(store_address(str(place / "store")))
    return [
        {
            "name": name,
            "version": 1,
            "content_sha256": ledger.built(name, 1).content_sha256,
            "manifest_sha256": ledger.built(name, 1).manifest_sha256,
        }
        for name in names
    ]


@pytest.mark.parametrize("reference", ["demo@in-force", "demo:1"])
def test_a_run_by_a_release_gives_the_rows_of_a_run_by_its_files_and_states_it(
    place: Path, tmp_path: Path, reference: str
) -> None:
    files = [place / "files" / f"{name}.yaml" for name in ("card", "catalogue", "instruments")]
    by_files = score_by(place, tmp_path / "files", *(x for file in files for x in ("--policy", file)))
    by_release = score_by(place, tmp_path / "release", "--release", reference, "--store", place / "store")
    assert (by_files.code, by_release.code) == (0, 0), by_release.err
    for table in TABLES:
        assert rows_of(tmp_path / "release", table) == rows_of(tmp_path / "files", table)
    (used,) = entered(place, "demo")
    assert stated(tmp_path / "release") == [used]
    assert stated(tmp_path / "files") == []
    assert f"demo:1  content {used['content_sha256']}  manifest {used['manifest_sha256']}" in by_release.out
    assert "manifest" not in by_files.out


def test_the_run_of_the_public_scorecard_inside_a_sectors_run_states_the_release_too(
    place: Path, tmp_path: Path
) -> None:
    done = score_by(place, tmp_path / "run", "--release", "sector@in-force", "--store", place / "store")
    assert done.code == 0, done.err
    assert stated(tmp_path / "run") == stated(tmp_path / "run" / "public") == entered(place, "sector")
    by_files = load_policy(place / "files")
    assert {card.scorecard for card in by_files.in_force(ON)} == {"sector"}
    score_by(place, tmp_path / "files", "--policy", place / "files")
    for table in (*TABLES, *(f"public/{name}" for name in TABLES)):
        assert rows_of(tmp_path / "run", table) == rows_of(tmp_path / "files", table)


def test_a_run_by_a_release_is_explained_from_its_folder(place: Path, tmp_path: Path) -> None:
    score_by(place, tmp_path / "run", "--release", "sector:1", "--store", place / "store")
    (row,) = (r for r in read(tmp_path / "run", "scores").to_pylist() if r["subject_id"] == "firm")
    told = explain(tmp_path / "run", "firm")
    assert told.score == row["score"]
    assert told.start + sum(d.points for d in told.dimensions) + told.kept_within == row["score_raw"]
    assert run("explain", "firm", "--run", tmp_path / "run").code == 0


def test_the_policy_of_releases_scores_in_python_too(place: Path) -> None:
    from credit_scoring import score

    policy = load_release("demo@in-force", on=ON, store=str(place / "store"))
    subjects, records = (place / "inputs" / f"{name}.parquet" for name in ("subjects", "records"))
    found = score(policy, subjects=subjects, records=records, on=ON)
    assert [used.model_dump() for used in found.info.releases] == entered(place, "demo")


def test_nothing_of_mlflow_is_imported_for_a_store_of_our_own(place: Path, tmp_path: Path) -> None:
    inputs = place / "inputs"
    code = (
        "import sys\nfrom credit_scoring.cli import main\n"
        f"sys.argv = ['credit-scoring', 'score', '--release', 'sector@in-force', '--store', {str(place / 'store')!r},"
        f" '--subjects', {str(inputs / 'subjects.parquet')!r}, '--records', {str(inputs / 'records.parquet')!r},"
        f" '--on', {DAY!r}, '--out', {str(tmp_path / 'run')!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'mlflow', 'sqlalchemy', 'alembic', 'jinja2'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--release", "demo:1", "--policy", "x.yaml"), 2, "either a policy or releases"),
        (("--store", "models"), 2, "only where releases are named"),
        (("--release", "demo:9", "--store", "STORE"), 1, "demo"),
        (("--release", "dmo@in-force", "--store", "STORE"), 1, "demo"),
        (("--release", "demo", "--store", "STORE"), 1, "names no release"),
        (("--release", "demo:1", "--store", "NOWHERE"), 1, "store"),
    ],
    ids=["policy too", "store alone", "no version", "no name", "no reference", "no store"],
)
def test_a_wrong_release_is_said_and_no_run_is_made(
    place: Path, tmp_path: Path, options: tuple[str, ...], code: int, says: str
) -> None:
    places = {"STORE": place / "store", "NOWHERE": tmp_path / "nowhere"}
    done = score_by(place, tmp_path / "run", *(places.get(option, option) for option in options))
    assert done.code == code
    assert says in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "nowhere").exists()


def test_before_it_is_in_force_no_release_is_found_for_the_day(place: Path, tmp_path: Path) -> None:
    options = ("--release", "demo@in-force", "--store", place / "store")
    done = score_by(place, tmp_path / "run", *options, on="2024-12-31")
    assert done.code == 1
    assert "2024-12-31" in done.err


def test_a_release_whose_file_was_changed_is_refused(place: Path, tmp_path: Path) -> None:
    store = shutil.copytree(place / "store", tmp_path / "store")
    changed = 0
    for file in store.rglob("policy/demo-1.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("points: 30", "points: 31", 1), encoding="utf-8")
        changed += 1
    assert changed
    done = score_by(place, tmp_path / "run", "--release", "demo@in-force", "--store", store)
    assert done.code == 1
    assert "policy/demo-1.yaml is changed" in done.err
    assert not (tmp_path / "run").exists()


def test_a_release_and_the_one_it_extends_may_be_named_together(place: Path, tmp_path: Path) -> None:
    options = ("--release", "demo:1", "--release", "sector:1", "--store", place / "store")
    done = score_by(place, tmp_path / "run", *options)
    # Both are for enterprises: the sector's is run, over the public one it extends.
    assert done.code == 0, done.err
    assert [used["name"] for used in stated(tmp_path / "run")] == ["demo", "sector"]
