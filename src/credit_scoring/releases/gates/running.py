"""All gates over one release: the report that a second person decides on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from credit_scoring import __version__
from credit_scoring.errors import CreditScoringError, OutputError
from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Compared, Gate, GateReport
from credit_scoring.releases.evidence import REPORT, evidence_files
from credit_scoring.releases.fingerprints import code_sha256
from credit_scoring.releases.gates.additivity import check_additivity
from credit_scoring.releases.gates.base import check_base
from credit_scoring.releases.gates.bench import Bench, Inputs, run_or_reason
from credit_scoring.releases.gates.comparison import check_comparison
from credit_scoring.releases.gates.findings import Exhibit, Finding, Question
from credit_scoring.releases.gates.golden import check_golden
from credit_scoring.releases.gates.impact import check_impact
from credit_scoring.releases.gates.items import check_items
from credit_scoring.releases.gates.monotonicity import check_monotonicity
from credit_scoring.releases.gates.policy import check_policy
from credit_scoring.releases.gates.report import write_report
from credit_scoring.releases.gates.shap import check_shap
from credit_scoring.releases.gates.stability import check_stability
from credit_scoring.releases.gates.validation import check_validation
from credit_scoring.releases.terms import LoadedTerms
from credit_scoring.scoring.record import InputUsed, name_of, sha256_of

if TYPE_CHECKING:
    from credit_scoring.releases.opening import Released

GATES: tuple[tuple[Gate, Title, Callable[[Bench], Finding]], ...] = (
    ("policy", Title(zh="政策检查", en="policy"), check_policy),
    ("items", Title(zh="信息项", en="items"), check_items),
    ("golden", Title(zh="样例", en="golden rows"), check_golden),
    ("additivity", Title(zh="可加性", en="additivity"), check_additivity),
    ("shap", Title(zh="SHAP", en="SHAP values"), check_shap),
    ("monotonicity", Title(zh="单调性", en="monotonicity"), check_monotonicity),
    ("validation", Title(zh="模型验证", en="validation"), check_validation),
    ("base", Title(zh="公共评价", en="public scorecard"), check_base),
    ("stability", Title(zh="稳定性", en="stability"), check_stability),
    ("comparison", Title(zh="与在用版本比较", en="comparison"), check_comparison),
    ("impact", Title(zh="影响", en="impact"), check_impact),
)
"""In the order in which they run."""


def run_gates(
    candidate: Released,
    *,
    in_force: Released | None,
    subjects: Path,
    records: Path,
    on: date,
    terms: LoadedTerms,
    out: Path,
    base_in_force: Released | None = None,
    known_by: date | None = None,
    coverage: Path | None = None,
    segments: Path | None = None,
    threads: int | None = None,
    memory_limit: str | None = "1500MB",
    report: Callable[[str], None] = lambda _: None,
) -> GateReport:
    """Run every gate over a release, and write what they found.

    Args:
        candidate: the release in question; it counts as if it were in force on the date.
        in_force: the release it would take the place of; None where there is none.
        base_in_force: of a sector's scorecard, the release in force of the public one it extends.
        subjects, records, coverage: the population, as `score_to_folder` takes them.
        segments: a table of `subject_id` and columns to group the impact by.
        on, known_by: as for `score`.
        terms: limits and inspection ratios.
        out: a folder, made if absent, empty: `gates.zh` and `gates.en` as `.html` and `.md`, the folder `impact` (its
            reports and totals; no table subject by subject), and `gates.json`: this report, whose bytes are the
            evidence and name the hash of every other file.
        threads, memory_limit: of the engine; nothing that is found depends on them.
        report: told of each gate as it begins.

    Returns:
        Every check of every gate. A gate that cannot be run for a reason of ours is a check that was not computed, and
        that speaks against the release.

    Raises:
        InputError, EngineError: the population cannot be used, or the engine cannot work.
        OutputError: the folder holds something, or cannot be written.
    """
    _make_empty(out)
    inputs = Inputs(
        subjects=subjects, records=records, coverage=coverage, segments=segments, on=on, known_by=known_by or on,
        threads=threads, memory_limit=memory_limit,
    )  # fmt: skip
    with TemporaryDirectory(prefix="credit-scoring-gates-") as place:
        scratch = Path(place)
        report("scoring the population")
        bench = Bench(
            candidate=candidate, in_force=in_force, base_in_force=base_in_force, inputs=inputs, terms=terms,
            scratch=scratch, out=out, run=run_or_reason(candidate, inputs, scratch / "population"),
        )  # fmt: skip
        findings: list[Finding] = []
        for gate, title, check in GATES:
            report(f"gate: {title.en}")
            findings.append(_run(gate, title, check, bench))
    exhibits = [exhibit for finding in findings for exhibit in finding.exhibits]
    return _written(_report(bench, findings), exhibits, candidate, out)


def _run(gate: Gate, title: Title, check: Callable[[Bench], Finding], bench: Bench) -> Finding:
    try:
        return check(bench)
    except CreditScoringError as error:
        # A fault of the program is no finding: only what this package raises on purpose becomes one.
        said = str(error)
        for folder in (bench.candidate.folder, bench.candidate.model_folder, bench.scratch, bench.out):
            said = said.replace(f"{folder}/", "")
        question = Question(
            gate=gate, name="run", title=Title(zh=f"执行检查：{title.zh}", en=f"Running the gate: {title.en}")
        )
        return Finding(checks=(question.not_computed(Title(zh=f"未能完成：{said}", en=said)),))


def _report(bench: Bench, findings: list[Finding]) -> GateReport:
    candidate, inputs, other = bench.candidate, bench.inputs, bench.in_force
    return GateReport(
        name=candidate.built.name,
        version=candidate.built.version,
        manifest_sha256=candidate.manifest_sha256,
        code_version=__version__,
        code_sha256=code_sha256(),
        on=inputs.on,
        known_by=inputs.known_by,
        subjects=_used(inputs.subjects, "subjects"),
        records=_used(inputs.records, "records"),
        coverage=None if inputs.coverage is None else _used(inputs.coverage, "coverage"),
        segments=None if inputs.segments is None else _used(inputs.segments, "segments"),
        compared_with=None
        if other is None
        else Compared(version=other.built.version, manifest_sha256=other.manifest_sha256),
        terms_sha256=bench.terms.sha256,
        checks=tuple(check for finding in findings for check in finding.checks),
    )


def _used(path: Path, name: str) -> InputUsed:
    """A table by its name and hash: where it lay says nothing, and the evidence is the same from every place."""
    from credit_scoring.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        engine.scan("given", path)
        (rows,) = engine.table("SELECT count(*) AS n FROM given")["n"].to_pylist()
    return InputUsed(name=name_of(path, name), rows=rows, sha256=sha256_of(path, name))


def _make_empty(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        first = next(out.iterdir(), None)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}): choose another folder.") from error
    if first is not None:
        raise OutputError(f"{out}: holds '{first.name}': choose an empty folder for the report of the gates.")


def _written(found: GateReport, exhibits: list[Exhibit], candidate: Released, out: Path) -> GateReport:
    """The report with the files beside it, itself written last."""
    try:
        write_report(found, exhibits, candidate, out)
        whole = found.model_copy(update={"files": evidence_files(out)})
        (out / REPORT).write_text(whole.model_dump_json(indent=2) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}): choose another folder.") from error
    return whole
