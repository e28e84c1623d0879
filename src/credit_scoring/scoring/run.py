"""One run: everyone in the tables, scored by the scorecards in force on a date."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.errors import InputError
from credit_scoring.policy.compilation import Compiled, compile_policy
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.records.folder import written_whole
from credit_scoring.scoring.inputs import COVERAGE, RECORDS, SUBJECTS, Source, admit
from credit_scoring.scoring.line import run_line, scores_query
from credit_scoring.scoring.output import write_policy
from credit_scoring.scoring.public import admit_public
from credit_scoring.scoring.record import RunInfo, count_rows, run_info

TABLES = ("scores", "points", "evidence", "rejected", "not_collected")
FILES = (*(f"{name}.parquet" for name in TABLES), "policy", "public", "run.json")
"""What the folder of a run holds; a folder that holds anything else is never replaced."""
_ORDER = {
    "scores": "subject_id",
    "points": "subject_id, indicator",
    "evidence": 'subject_id, indicator NULLS LAST, "override", record_id',
    "rejected": '"table", reason, record_id, "column", value',
    "not_collected": "scorecard, region_code, indicator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The result tables of a run, in the library the subjects came in, and what it rested on."""

    scores: Any
    points: Any
    evidence: Any
    rejected: Any
    not_collected: Any
    info: RunInfo
    policy: Policy
    tables: Mapping[str, pa.Table] = field(repr=False)
    """The same tables in Arrow, whatever the subjects came in."""
    public: Run | None = field(default=None, repr=False)
    """The run of the public scorecard that a sector's scorecard extends."""


def score(
    policy: Policy,
    *,
    subjects: Source,
    records: Source,
    on: date,
    known_by: date | None = None,
    coverage: Source | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> Run:
    """Score every subject by the scorecard in force for its type.

    Args:
        policy: from `load_policy`; the editions in force `on` are used, at most one per subject type.
        subjects, records, coverage: paths to Parquet or CSV, or pandas, Polars or Arrow tables, with the columns
            the README lists under Tables; optional columns may be left out. Without `coverage` no claim is made of what
            sources have delivered, and `completeness` is null.
        on: the evaluation date.
        known_by: records the platform knew later are out of sight; defaults to `on`.
        threads, memory_limit: of the engine; the scores do not depend on them.

    Returns:
        Tables in the library of `subjects` (Arrow for paths), sorted by subject. Points are decimals with three
        places. `scores` has one row per scored subject, `points` a row where an indicator departs from its
        no-record points, `evidence` a row per record and indicator or override it bears on, `rejected` a row for
        every input row that could not be used, with its reason, `not_collected` the indicators for which no source
        has delivered in a region (empty without `coverage`).

    Raises:
        TableError: an input is no table, or lacks a column.
        PolicyError: two scorecards in force are for the same subject type.
        NotInForceError: no scorecard is in force on the date.
    """
    _check_days(on, known_by)
    inputs = _Inputs(subjects=subjects, records=records, coverage=coverage, on=on, known_by=known_by or on)
    resources = _Resources(threads=threads, memory_limit=memory_limit)
    cards = policy.in_force(on)
    bases = policy.bases(cards, on)
    public = _run(policy, _Work(cards=bases), inputs, resources, public=None) if bases else None
    return _run(policy, _Work(cards=cards, bases=bases), inputs, resources, public=public)


def _run(policy: Policy, work: _Work, inputs: _Inputs, resources: _Resources, *, public: Run | None) -> Run:
    scores = None if public is None else public.tables["scores"]
    with _scored(policy, work, inputs, resources, public=scores, report=lambda _: None) as (
        engine,
        compiled,
        info,
    ):
        tables = {name: engine.table(_query(name, compiled)) for name in TABLES}
    frames = {name: _like(table, inputs.subjects) for name, table in tables.items()}
    return Run(**frames, info=info(), policy=policy, tables=tables, public=public)


def scores_only(
    policy: Policy,
    cards: tuple[Scorecard, ...],
    *,
    subjects: Source,
    records: Source,
    on: date,
    known_by: date | None = None,
    coverage: Source | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> pa.Table:
    """The table `scores` by given scorecards that extend no other, without what else a run leaves behind."""
    inputs = _Inputs(subjects=subjects, records=records, coverage=coverage, on=on, known_by=known_by or on)
    resources = _Resources(threads=threads, memory_limit=memory_limit)
    with _scored(policy, _Work(cards=cards), inputs, resources, public=None, report=lambda _: None) as (
        engine,
        compiled,
        _,
    ):
        return engine.table(_query("scores", compiled))


def score_to_folder(
    policy: Policy,
    *,
    subjects: Path,
    records: Path,
    on: date,
    out: Path,
    known_by: date | None = None,
    coverage: Path | None = None,
    threads: int | None = None,
    memory_limit: str | None = "1500MB",
    overwrite: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> RunInfo:
    """As `score`, from files to a folder of Parquet tables that appears whole or not at all.

    Where a sector's scorecard extends a public one, the run of that is a folder `public` of the same shape inside.

    Raises:
        OutputError: the folder exists (and `overwrite` is not set), or cannot be written.
    """
    _check_days(on, known_by)
    inputs = _Inputs(subjects=subjects, records=records, coverage=coverage, on=on, known_by=known_by or on)
    resources = _Resources(threads=threads, memory_limit=memory_limit)
    with written_whole(out, files=FILES, overwrite=overwrite) as folder:
        cards = policy.in_force(on)
        bases = policy.bases(cards, on)
        public = None
        if bases:
            (folder / "public").mkdir()
            _write(
                policy, _Work(cards=bases), inputs, resources, folder / "public", public=None, report=report
            )
            public = folder / "public" / "scores.parquet"
        work = _Work(cards=cards, bases=bases)
        content = _write(policy, work, inputs, resources, folder, public=public, report=report)
    return content


def _write(
    policy: Policy,
    work: _Work,
    inputs: _Inputs,
    resources: _Resources,
    folder: Path,
    *,
    public: Path | None,
    report: Callable[[str], None],
) -> RunInfo:
    with _scored(policy, work, inputs, resources, public=public, report=report) as (engine, compiled, info):
        for name in TABLES:
            report(f"writing {name}")
            engine.write(_query(name, compiled, ordered=False), folder / f"{name}.parquet")
    write_policy(policy, (*work.cards, *work.bases), folder / "policy")
    content = info()
    (folder / "run.json").write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    subjects: Source
    records: Source
    coverage: Source | None
    on: date
    known_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resources:
    threads: int | None
    memory_limit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The scorecards of a run, and those they extend."""

    cards: tuple[Scorecard, ...]
    bases: tuple[Scorecard, ...] = ()


@contextmanager
def _scored(
    policy: Policy,
    work: _Work,
    inputs: _Inputs,
    resources: _Resources,
    *,
    public: Path | pa.Table | None,
    report: Callable[[str], None],
) -> Iterator[tuple[Engine, Compiled, Callable[[], RunInfo]]]:
    from credit_scoring.engines.duckdb import DuckDBEngine

    begun = time.perf_counter()
    compiled = compile_policy(work.cards, policy.catalogue, on=inputs.on)
    with DuckDBEngine(threads=resources.threads, memory_limit=resources.memory_limit) as engine:
        admit_inputs(engine, subjects=inputs.subjects, records=inputs.records, coverage=inputs.coverage)
        if public is not None:
            admit_public(engine, public, work.bases)

        def model_points() -> None:
            from credit_scoring.scoring.model import add_model_points

            add_model_points(engine, compiled, policy, threads=resources.threads)

        run_line(
            engine,
            compiled,
            known_by=inputs.known_by,
            coverage_given=inputs.coverage is not None,
            report=report,
            model_points=model_points if any(card.model for card in work.cards) else None,
        )

        def info() -> RunInfo:
            used = {"subjects": inputs.subjects, "records": inputs.records, "coverage": inputs.coverage}
            return run_info(
                version,
                policy,
                compiled,
                bases=work.bases,
                known_by=inputs.known_by,
                begun=begun,
                inputs=used,
                counts=counts,
            )

        counts = count_rows(engine)
        version = engine.version()
        yield engine, compiled, info


def _check_days(*days: date | None) -> None:
    for day in days:
        if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
            raise InputError(f"{day!r} is no day: give a datetime.date, such as date(2025, 12, 31).")


def admit_inputs(
    engine: Engine, *, subjects: Source, records: Source, coverage: Source | None, only: str | None = None
) -> None:
    """Register the input tables and their typed views; with `only`, the rows of one subject."""
    if only is not None:
        engine.register("wanted", pa.table({"subject_id": pa.array([only], pa.string())}))
    admit(engine, "subjects", subjects, SUBJECTS, only=only is not None)
    admit(engine, "records", records, RECORDS, only=only is not None)
    if coverage is None:
        coverage = pa.table({c.name: pa.array([], pa.string()) for c in COVERAGE})
    admit(engine, "coverage", coverage, COVERAGE)


def _query(name: str, compiled: Compiled, *, ordered: bool = True) -> str:
    source = {
        "scores": f"({scores_query(compiled)})",
        "points": "result_points",
        "evidence": "result_evidence",
        "rejected": "rejected",
        "not_collected": "result_not_collected",
    }[name]
    # Files are not sorted: at the size of a province that would cost more than the scores.
    return f"SELECT * FROM {source}" + (f" ORDER BY {_ORDER[name]}" if ordered else "")


def _like(table: pa.Table, source: Source) -> Any:
    """The table in the library of `source`; Arrow stays Arrow, and so do results for paths."""
    module = type(source).__module__.split(".")[0]
    if module == "pandas":
        return table.to_pandas(date_as_object=False)
    if module == "polars":
        import polars

        return polars.from_arrow(table)
    return table
