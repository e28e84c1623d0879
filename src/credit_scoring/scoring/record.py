"""The record of a run: what it rested on and what became of every row."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from credit_scoring import __version__
from credit_scoring.engines.base import Engine
from credit_scoring.policy.compilation import Compiled
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.origin import ReleaseUsed
from credit_scoring.scoring.inputs import Source, as_arrow


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
    path: str | None = None
    """Where the file was, as it was named; null for a frame."""


class RunInfo(BaseModel):
    """What a run rested on and what became of every row: the content of `run.json`."""

    model_config = ConfigDict(frozen=True)
    version: str
    engine: str
    on: date
    known_by: date
    scorecards: tuple[ScorecardUsed, ...]
    policy_sha256: str
    releases: tuple[ReleaseUsed, ...] = ()
    """Those the policy was taken from; none where it was read from files."""
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


@dataclass(frozen=True, slots=True)
class Counts:
    scored: dict[str, int]
    subjects_in: int
    records_in: int
    coverage_in: int
    admitted: int
    not_yet_known: int
    rejected: dict[str, int]
    rejected_by_table: dict[str, int]


def count_rows(engine: Engine) -> Counts:
    def pairs(sql: str) -> dict[str, int]:
        table = engine.table(sql)
        return dict(zip(table.column(0).to_pylist(), table.column(1).to_pylist(), strict=True))

    records = engine.table("SELECT * FROM record_counts").to_pylist()[0]
    return Counts(
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


def run_info(
    engine: str,
    policy: Policy,
    compiled: Compiled,
    *,
    bases: tuple[Scorecard, ...],
    known_by: date,
    begun: float,
    inputs: dict[str, Source],
    counts: Counts,
) -> RunInfo:
    rows = {"subjects": counts.subjects_in, "records": counts.records_in, "coverage": counts.coverage_in}
    used = {
        name: InputUsed(
            name=name_of(source, name),
            rows=rows[name],
            sha256=sha256_of(source, name),
            path=str(source) if isinstance(source, str | Path) else None,
        )
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
        policy_sha256=policy.fingerprint((*compiled.cards, *bases)),
        releases=policy.releases,
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


def name_of(source: Source, name: str) -> str:
    """The file's name; `name` for a frame."""
    return Path(source).name if isinstance(source, str | Path) else name


def sha256_of(source: Source, name: str) -> str:
    """Hash of the file's bytes, or of the Arrow stream of a frame."""
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

    # Equal rows give an equal hash, however they are cut into chunks.
    table = as_arrow(source, name).combine_chunks()
    with pa.ipc.new_stream(pa.PythonFile(_Sink(), mode="w"), table.schema) as writer:
        writer.write_table(table)
    return digest.hexdigest()
