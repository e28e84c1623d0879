"""One run: everyone in the tables, scored by the scorecards in force on a date."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from credit_scoring import __version__
from credit_scoring.engines.base import Engine
from credit_scoring.errors import InputError
from credit_scoring.policy.compilation import Compiled, compile_policy
from credit_scoring.policy.loading import Policy
from credit_scoring.records.folder import written_whole
from credit_scoring.scoring.inputs import COVERAGE, RECORDS, SUBJECTS, Source, admit, as_arrow
from credit_scoring.scoring.line import run_line, scores_query
from credit_scoring.scoring.output import write_policy

TABLES = ("scores", "points", "evidence", "rejected", "not_collected")
FILES = (*(f"{name}.parquet" for name in TABLES), "policy", "run.json")
"""What the folder of a run holds; a folder that holds anything else is never replaced."""
_ORDER = {
    "scores": "subject_id",
    "points": "subject_id, indicator",
    "evidence": 'subject_id, indicator NULLS LAST, "override", record_id',
    "rejected": '"table", reason, record_id, "column", value',
    "not_collected": "scorecard, region_code, indicator",
}


class ScorecardUsed(BaseModel):
    """A scorecard of a run."""

    model_config = ConfigDict(frozen=True)
    scorecard: str
    edition: str
    subject_type: str
    scored: int


class InputUsed(BaseModel):
    """An input table of a run. `sha256` is over the file's bytes, or over the Arrow stream of a frame."""

    model_config = ConfigDict(frozen=True)
    name: str
    rows: int
    sha256: str


class RunInfo(BaseModel):
    """What a run rested on and what became of every row: the content of `run.json`."""

    model_config = ConfigDict(frozen=True)
    version: str
    engine: str
    on: date
    known_by: date
    scorecards: tuple[ScorecardUsed, ...]
    policy_sha256: str
    subjects: InputUsed
    records: InputUsed
    coverage: InputUsed | None
    subjects_scored: int
    subjects_rejected: int
    records_admitted: int
    """Records the platform knew by `known_by` and that had begun on `on`."""
    records_not_yet_known: int
    """Well-formed records from after `known_by` or `on`: out of sight, not at fault."""
    records_rejected: int
    rejected_by_reason: dict[str, int]
    seconds: float


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
    with _scored(
        policy, subjects=subjects, records=records, on=on, known_by=known_by, coverage=coverage,
        threads=threads, memory_limit=memory_limit, report=lambda _: None,
    ) as (engine, compiled, info):  # fmt: skip
        tables = {name: engine.table(_query(name, compiled)) for name in TABLES}
    frames = {name: _like(table, subjects) for name, table in tables.items()}
    return Run(**frames, info=info(), policy=policy, tables=tables)


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

    Raises:
        OutputError: the folder exists (and `overwrite` is not set), or cannot be written.
    """
    with written_whole(out, files=FILES, overwrite=overwrite) as folder:
        with _scored(
            policy, subjects=subjects, records=records, on=on, known_by=known_by, coverage=coverage,
            threads=threads, memory_limit=memory_limit, report=report,
        ) as (engine, compiled, info):  # fmt: skip
            for name in TABLES:
                report(f"writing {name}")
                engine.write(_query(name, compiled, ordered=False), folder / f"{name}.parquet")
        write_policy(policy, compiled.cards, folder / "policy")
        content = info()
        (folder / "run.json").write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return content


@contextmanager
def _scored(
    policy: Policy,
    *,
    subjects: Source,
    records: Source,
    on: date,
    known_by: date | None,
    coverage: Source | None,
    threads: int | None,
    memory_limit: str | None,
    report: Callable[[str], None],
) -> Iterator[tuple[Engine, Compiled, Callable[[], RunInfo]]]:
    from credit_scoring.engines.duckdb import DuckDBEngine

    begun = time.perf_counter()
    _check_days(on, known_by)
    cards = policy.in_force(on)
    compiled = compile_policy(cards, policy.catalogue, on=on)
    with DuckDBEngine(threads=threads, memory_limit=memory_limit) as engine:
        admit_inputs(engine, subjects=subjects, records=records, coverage=coverage)
        run_line(
            engine, compiled, known_by=known_by or on, coverage_given=coverage is not None, report=report
        )

        def info() -> RunInfo:
            return _info(
                version, policy, compiled, known_by=known_by or on, begun=begun,
                inputs={"subjects": subjects, "records": records, "coverage": coverage}, counts=counts,
            )  # fmt: skip

        counts = _counts(engine)
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


@dataclass(frozen=True, slots=True)
class _Counts:
    scored: dict[str, int]
    subjects_in: int
    records_in: int
    coverage_in: int
    admitted: int
    not_yet_known: int
    rejected: dict[str, int]
    rejected_by_table: dict[str, int]


def _counts(engine: Engine) -> _Counts:
    def pairs(sql: str) -> dict[str, int]:
        table = engine.table(sql)
        return dict(zip(table.column(0).to_pylist(), table.column(1).to_pylist(), strict=True))

    records = engine.table("SELECT * FROM record_counts").to_pylist()[0]
    return _Counts(
        scored=pairs(
            "SELECT scorecard, count(*) FROM raw_scores JOIN scorecards USING (scorecard_no) GROUP BY ALL"
        ),
        subjects_in=engine.table("SELECT count(*) AS n FROM checked_subjects").to_pylist()[0]["n"],
        records_in=records["records_in"],
        coverage_in=engine.table("SELECT count(*) AS n FROM checked_coverage").to_pylist()[0]["n"],
        admitted=records["admitted"],
        not_yet_known=records["not_yet_known"],
        rejected=pairs(
            "SELECT \"table\" || '.' || reason AS k, count(*) FROM rejected GROUP BY ALL ORDER BY k"
        ),
        rejected_by_table=pairs('SELECT "table", count(*) FROM rejected GROUP BY ALL'),
    )


def _info(
    engine: str,
    policy: Policy,
    compiled: Compiled,
    *,
    known_by: date,
    begun: float,
    inputs: dict[str, Source],
    counts: _Counts,
) -> RunInfo:
    rows = {"subjects": counts.subjects_in, "records": counts.records_in, "coverage": counts.coverage_in}
    used = {
        name: InputUsed(name=_named(source, name), rows=rows[name], sha256=_sha256(source, name))
        for name, source in inputs.items()
        if source is not None
    }
    return RunInfo(
        version=__version__,
        engine=engine,
        on=compiled.on,
        known_by=known_by,
        scorecards=tuple(
            ScorecardUsed(
                scorecard=card.scorecard,
                edition=card.edition,
                subject_type=card.subject_type,
                scored=counts.scored.get(card.scorecard, 0),
            )
            for card in compiled.cards
        ),
        policy_sha256=policy.fingerprint(compiled.cards),
        subjects=used["subjects"],
        records=used["records"],
        coverage=used.get("coverage"),
        subjects_scored=sum(counts.scored.values()),
        subjects_rejected=counts.rejected_by_table.get("subjects", 0),
        records_admitted=counts.admitted,
        records_not_yet_known=counts.not_yet_known,
        records_rejected=counts.rejected_by_table.get("records", 0),
        rejected_by_reason=counts.rejected,
        seconds=round(time.perf_counter() - begun, 3),
    )


def _named(source: Source, name: str) -> str:
    return Path(source).name if isinstance(source, str | Path) else name


def _sha256(source: Source, name: str) -> str:
    digest = hashlib.sha256()
    if isinstance(source, str | Path):
        path = Path(source)
        for file in sorted(path.rglob("*.parquet")) if path.is_dir() else [path]:
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()

    class _Sink:
        """A file-like end of the Arrow stream that only feeds the digest."""

        closed = False

        def write(self, data: bytes) -> int:
            digest.update(data)
            return len(data)

        def flush(self) -> None: ...

    table = as_arrow(source, name)
    with pa.ipc.new_stream(pa.PythonFile(_Sink(), mode="w"), table.schema) as writer:
        writer.write_table(table)
    return digest.hexdigest()


def _like(table: pa.Table, source: Source) -> Any:
    """The table in the library of `source`; Arrow stays Arrow, and so do results for paths."""
    module = type(source).__module__.split(".")[0]
    if module == "pandas":
        return table.to_pandas(date_as_object=False)
    if module == "polars":
        import polars

        return polars.from_arrow(table)
    return table
