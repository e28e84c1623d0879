"""Gates cannot be passed unseen by lax limits or by an empty population, and all they leave behind is vouched for."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from credit_scoring.errors import TamperedError
from credit_scoring.releases.checks import Check, GateReport
from credit_scoring.releases.entries import BEFORE_THE_FIRST, Gated
from credit_scoring.releases.evidence import read_evidence
from credit_scoring.releases.fingerprints import plain_files, sha256_of_file
from credit_scoring.releases.gates import run_gates
from credit_scoring.releases.gates.bench import Bench
from credit_scoring.releases.gates.premises import check_premises
from credit_scoring.releases.opening import RELEASE, Released
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.registry import Registry
from credit_scoring.releases.terms import LoadedTerms, default_terms, load_terms
from releases.decision_cases import AT, AUTHOR, build, copy_of, ledger_of
from releases.gates_cases import (
    ON,
    bench_of,
    population,
    public_release,
    resealed,
    sector_release,
    written,
)

LAX = {
    "grades_moved_at_most",
    "worst_grade_entries_at_most",
    "worst_grade_exits_at_most",
    "segment_grades_moved_at_most",
    "inspections_change_at_most",
    "score_changed_mean_at_most",
    "psi_at_most",
}


def premises(bench: Bench) -> dict[str, Check]:
    return {check.name: check for check in check_premises(bench)}


def terms_file(folder: Path, **values: object) -> LoadedTerms:
    """The shipped terms as a file of an author, with other values of some keys."""
    lines = default_terms().read_text(encoding="utf-8").splitlines()
    for key, value in values.items():
        (place,) = [n for n, line in enumerate(lines) if line.strip().startswith(f"{key}:")]
        lines[place] = f"{lines[place].split(':')[0]}: {value}"
    (folder / "mine.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_terms(folder / "mine.yaml")


def with_terms(released: Released, text: str, tmp_path: Path) -> Released:
    """The release, built with other terms."""
    shutil.copytree(released.model_folder, tmp_path / "model")
    (tmp_path / "model" / RELEASE / "terms.yaml").write_text(text, encoding="utf-8")
    folder = tmp_path / "model" / RELEASE
    return resealed(replace(released, model_folder=tmp_path / "model", folder=folder))


# The limits


def test_the_terms_of_the_release_itself_are_no_reason_to_ask() -> None:
    check = premises(bench_of(public_release()))["same_terms"]
    assert (check.outcome, check.acceptable) == ("passed", True)
    assert "demo:1" in check.detail.en


def test_limits_that_let_everything_pass_are_seen_and_named_one_by_one(tmp_path: Path) -> None:
    lax = terms_file(tmp_path, **dict.fromkeys(LAX, 1_000_000))
    check = premises(bench_of(public_release(), terms=lax))["same_terms"]
    assert (check.outcome, check.acceptable) == ("failed", True)
    assert check.found.startswith(f"{len(LAX)} / ")
    assert "limits.impact.grades_moved_at_most: 1000000 (demo:1: 0.1)" in check.detail.en
    assert "demo:1: 0.1" in check.detail.zh


def test_another_inspection_ratio_is_seen_and_other_words_of_the_terms_are_not(tmp_path: Path) -> None:
    text = default_terms().read_text(encoding="utf-8")
    for name, old, new, outcome in (
        ("ratio", "medium: 0.10, poor: 0.30", "medium: 0.10, poor: 0.03", "failed"),
        ("zeros", "medium: 0.10, poor: 0.30", "medium: 0.1, poor: 0.300", "passed"),
        ("name", "releases: default", "releases: ours", "passed"),
    ):
        (tmp_path / f"{name}.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
        assert (tmp_path / f"{name}.yaml").read_text(encoding="utf-8") != text
        bench = bench_of(public_release(), terms=load_terms(tmp_path / f"{name}.yaml"))
        check = premises(bench)["same_terms"]
        assert check.outcome == outcome, name
        if outcome == "failed":
            assert "inspections.public-enterprise.ratios.poor: 0.03 (demo:1: 0.3)" in check.detail.en


def test_a_release_built_with_lax_terms_is_held_against_those_of_the_one_in_force(tmp_path: Path) -> None:
    lax = terms_file(tmp_path, grades_moved_at_most=1_000_000)
    candidate = with_terms(public_release(), lax.text, tmp_path)
    in_force = replace(public_release(), built=public_release().built.model_copy(update={"version": 7}))
    bench = bench_of(public_release())

    def named(terms: LoadedTerms, other: Released | None) -> tuple[str, bool, bool]:
        check = premises(replace(bench, candidate=candidate, in_force=other, terms=terms))["same_terms"]
        return check.outcome, "(demo:7: " in check.detail.en, "(demo:1: " in check.detail.en

    assert named(lax, in_force) == ("failed", True, False)
    assert named(load_terms(), in_force) == ("failed", False, True)
    assert named(lax, None) == ("passed", False, False)


def test_terms_that_cannot_be_read_are_not_taken_to_be_the_same(tmp_path: Path) -> None:
    candidate = with_terms(public_release(), "releases: default\n", tmp_path)
    check = premises(replace(bench_of(public_release()), candidate=candidate))["same_terms"]
    assert (check.outcome, check.acceptable, check.stands) == ("not_computed", True, False)


# The population


def test_a_population_worth_looking_at_passes_with_its_size() -> None:
    check = premises(bench_of(public_release()))["population"]
    assert check.outcome == "passed"
    assert check.found.startswith("1,500 subjects scored, ")
    assert premises(bench_of(sector_release()))["population"].outcome == "passed"


@pytest.mark.parametrize(
    ("subjects", "records", "outcome"),
    [(None, 0, "failed"), (99, None, "failed"), (100, None, "passed"), (0, 0, "failed")],
)
def test_few_subjects_or_no_records_show_nothing(
    subjects: int | None, records: int | None, outcome: str
) -> None:
    given = [pq.read_table(path) for path in population()]
    few = given[0].slice(0, subjects)
    tables = (written(few, "subjects"), written(given[1].slice(0, records), "records"))
    check = premises(bench_of(public_release(), tables=tables))["population"]
    assert (check.outcome, check.acceptable) == (outcome, True)
    scored = 1_500 if subjects is None else subjects
    assert check.found.startswith(f"{scored:,} subjects scored, ")
    if records == 0:
        assert check.found.endswith("0 records admitted, 0 read")


# The evidence


def gates(out: Path, *, in_force: Released | None = None) -> GateReport:
    subjects, records = population()
    return run_gates(
        sector_release(), in_force=in_force, base_in_force=public_release(), subjects=subjects, records=records, on=ON,
        terms=load_terms(), out=out,
    )  # fmt: skip


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the gates leave of a release that another one is in force before."""
    folder = tmp_path_factory.mktemp("evidence")
    gates(folder / "out", in_force=public_release())
    return folder / "out"


def test_the_report_names_every_other_file_by_its_hash(evidence: Path) -> None:
    report = GateReport.model_validate_json((evidence / "gates.json").read_bytes())
    found = {path: sha256_of_file(evidence / path) for path in plain_files(evidence) if path != "gates.json"}
    assert {file.path: file.sha256 for file in report.files} == found
    assert [file.path for file in report.files] == sorted(found)
    assert all(file.bytes == (evidence / file.path).stat().st_size for file in report.files)
    assert {"gates.zh.html", "impact/impact.json", "impact/impact.en.html"} <= set(found)


def test_the_report_with_its_files_is_the_same_to_the_byte_from_every_run(
    evidence: Path, tmp_path: Path
) -> None:
    report = gates(tmp_path / "again", in_force=public_release())
    content = (tmp_path / "again" / "gates.json").read_bytes()
    assert content == (evidence / "gates.json").read_bytes()
    assert GateReport.model_validate_json(content) == report


def test_no_table_by_subject_is_kept(evidence: Path) -> None:
    assert not list(evidence.rglob("*.parquet"))
    assert (evidence / "impact" / "impact.json").is_file()


@pytest.fixture(scope="module")
def store(evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that keeps the evidence."""
    folder = tmp_path_factory.mktemp("kept")
    built = build(folder / "store", folder / "policy")
    Registry.open(store_address(str(folder / "store"))).log_report(built, evidence)
    return folder / "store"


def read(store: Path, evidence: Path) -> GateReport:
    """The evidence as a decision reads it, by the hash that a ledger keeps of this report."""
    content = (evidence / "gates.json").read_bytes()
    report = GateReport.model_validate_json(content)
    entry = Gated(
        format=1, number=3, previous=BEFORE_THE_FIRST, at=AT, by=AUTHOR, reason="gates", nonce="0" * 32, kind="gated",
        name=report.name, version=report.version, manifest_sha256=report.manifest_sha256,
        report_sha256=hashlib.sha256(content).hexdigest(), against=tuple(c.id for c in report.against),
        acceptable=tuple(c.id for c in report.against if c.acceptable),
        compared_with=None if report.compared_with is None else report.compared_with.version, on=report.on,
    )  # fmt: skip
    return read_evidence(store_address(str(store)), entry, built=ledger_of(store).built("demo", 1))


def test_evidence_is_read_back_whole(store: Path, evidence: Path) -> None:
    report = read(store, evidence)
    assert report == GateReport.model_validate_json((evidence / "gates.json").read_bytes())
    assert report.files


@pytest.mark.parametrize("path", ["gates.zh.html", "impact/impact.json", "impact/impact.en.md"])
def test_a_file_beside_the_report_cannot_be_changed_removed_or_added_unseen(
    store: Path, evidence: Path, tmp_path: Path, path: str
) -> None:
    changed, removed, added = (copy_of(store, tmp_path / name) for name in ("changed", "removed", "added"))

    def one(folder: Path) -> Path:
        (report,) = folder.rglob("gates.json")
        return report.parent / path

    content = bytearray(one(changed).read_bytes())
    content[-2] ^= 1
    one(changed).write_bytes(content)
    one(removed).unlink()
    one(added).with_name("more.html").write_text("all is well", encoding="utf-8")
    beside = (Path(path).parent / "more.html").as_posix()
    for folder, finding in (
        (changed, f"{path} was changed"),
        (removed, f"{path} is missing"),
        (added, f"{beside} was added"),
    ):
        with pytest.raises(TamperedError) as caught:
            read(folder, evidence)
        assert caught.value.findings == (finding,)
        assert finding in str(caught.value)
