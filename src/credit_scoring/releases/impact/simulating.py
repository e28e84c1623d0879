"""Everyone scored under two scorecards, and what would change."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from credit_scoring import __version__
from credit_scoring.engines.base import Engine
from credit_scoring.errors import InputError
from credit_scoring.policy.catalogue import SubjectType
from credit_scoring.policy.language import Scorecard
from credit_scoring.records.folder import written_whole
from credit_scoring.releases.impact.bases import card_points
from credit_scoring.releases.impact.comparing import Sides, compare_runs, rows, unused_segments
from credit_scoring.releases.impact.contents import Compared, Impact, Population, RecordRows
from credit_scoring.releases.impact.distribution import distribution
from credit_scoring.releases.impact.ladders import ladder_of
from credit_scoring.releases.impact.movements import Adding, Places, inspections
from credit_scoring.releases.impact.moving import causes, movers, reasons
from credit_scoring.releases.impact.sides import Side
from credit_scoring.releases.terms import Terms
from credit_scoring.scoring.record import InputUsed, RunInfo, name_of, sha256_of
from credit_scoring.scoring.run import score_to_folder

FILES = (
    "impact.json",
    *(f"impact.{lang}.{kind}" for lang in ("zh", "en") for kind in ("html", "md")),
    "scores.svg",
    "changes.parquet",
)
"""What the folder of a simulation holds."""
MEMORY = "1500MB"


def simulate(
    a: Side,
    b: Side,
    *,
    subjects: Path,
    records: Path,
    on: date,
    terms: Terms,
    known_by: date | None = None,
    coverage: Path | None = None,
    segments: Path | None = None,
    threads: int | None = None,
    memory_limit: str | None = MEMORY,
    report: Callable[[str], None] = lambda _: None,
) -> Impact:
    """What changes for everyone if `b` takes the place of `a`.

    Args:
        a, b: from `side_of`; a draft counts as if it were in force on the date.
        subjects, records, coverage: tables as `score_to_folder` takes them.
        segments: a table of `subject_id` and columns to group by, such as size and ownership.
        terms: the inspections that follow from grades, and the size from which a segment is judged.

    Raises:
        InputError: they are not for the same type of subject, or count in opposite directions.
        TableError: a table cannot be used.
        PolicyError, NotInForceError: a scorecard, or what it extends, cannot be used on the date.
    """
    inputs = _Inputs(subjects, records, on, known_by, coverage, segments, threads, memory_limit, report)
    with _simulated(a, b, inputs, terms) as (impact, _):
        return impact


def simulate_to_folder(
    a: Side,
    b: Side,
    *,
    subjects: Path,
    records: Path,
    on: date,
    terms: Terms,
    out: Path,
    known_by: date | None = None,
    coverage: Path | None = None,
    segments: Path | None = None,
    threads: int | None = None,
    memory_limit: str | None = MEMORY,
    overwrite: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Impact:
    """As `simulate`, to a folder that appears whole or not at all.

    It holds `impact.json`, the report `impact.{zh,en}.{html,md}` (with `scores.svg`), and
    `changes.parquet`: a row for everyone whose score or grade changes, sorted by subject.

    Raises:
        OutputError: the folder exists (and `overwrite` is not set), or cannot be written.
    """
    from credit_scoring.releases.impact.report import write_report

    inputs = _Inputs(subjects, records, on, known_by, coverage, segments, threads, memory_limit, report)
    with (
        written_whole(out, files=FILES, overwrite=overwrite) as folder,
        _simulated(a, b, inputs, terms) as (impact, engine),
    ):
        report("writing changes")
        engine.write("SELECT * FROM changes ORDER BY subject_id", folder / "changes.parquet")
        (folder / "impact.json").write_text(impact.model_dump_json(indent=1) + "\n", encoding="utf-8")
        report("writing the report")
        write_report(impact, folder)
    return impact


@dataclass(frozen=True, slots=True)
class _Inputs:
    subjects: Path
    records: Path
    on: date
    known_by: date | None
    coverage: Path | None
    segments: Path | None
    threads: int | None
    memory_limit: str | None
    report: Callable[[str], None]

    def score(self, side: Side, out: Path, what: str) -> RunInfo:
        """One of the two runs."""
        return score_to_folder(
            side.moved(self.on), subjects=self.subjects, records=self.records, on=self.on, out=out,
            known_by=self.known_by, coverage=self.coverage, threads=self.threads, memory_limit=self.memory_limit,
            report=lambda step: self.report(f"{what}: {step}"),
        )  # fmt: skip


@contextmanager
def _simulated(a: Side, b: Side, inputs: _Inputs, terms: Terms) -> Iterator[tuple[Impact, Engine]]:
    from credit_scoring.engines.duckdb import DuckDBEngine

    on = inputs.on
    card_a, card_b = a.card(on), b.card(on)
    _check_comparable(a, card_a, b, card_b)
    sides = Sides(
        before=card_points(card_a, a.policy.catalogue, on=on),
        after=card_points(card_b, b.policy.catalogue, on=on),
        ladder_before=ladder_of(card_a),
        ladder_after=ladder_of(card_b),
    )
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as name:
        before, after = Path(name) / "before", Path(name) / "after"
        runs = (inputs.score(a, before, "before"), inputs.score(b, after, "after"))
        with DuckDBEngine(threads=inputs.threads, memory_limit=inputs.memory_limit) as engine:
            inputs.report("comparing")
            columns = compare_runs(
                engine, sides, before=before, after=after, subjects=inputs.subjects,
                segments=inputs.segments, on=on,
            )  # fmt: skip
            comparison = _Comparison(engine, sides, runs, columns, terms)
            yield comparison.impact(a, b, inputs), engine


def _check_comparable(a: Side, card_a: Scorecard, b: Side, card_b: Scorecard) -> None:
    if card_a.subject_type != card_b.subject_type:
        raise InputError(
            f"'{a.label}' scores {_types(card_a.subject_type)} and '{b.label}' {_types(card_b.subject_type)}: "
            "only scorecards for the same type of subject can be compared."
        )
    if card_a.direction != card_b.direction:
        raise InputError(
            f"more points are better under one of '{a.label}' and '{b.label}' and mean more risk under the other: "
            "their scores cannot be compared."
        )


def _types(subject_type: SubjectType) -> str:
    return f"{subject_type.replace('_', ' ')}s"


@dataclass(frozen=True, slots=True)
class _Comparison:
    engine: Engine
    sides: Sides
    runs: tuple[RunInfo, RunInfo]
    columns: tuple[str, ...]
    terms: Terms

    def impact(self, a: Side, b: Side, inputs: _Inputs) -> Impact:
        """Everything the tables of a comparison tell."""
        engine, sides, terms = self.engine, self.sides, self.terms
        info, info_after = self.runs
        places = self._places("before"), self._places("after")
        ratios = [terms.inspections_of(card.card.scorecard) for card in (sides.before, sides.after)]
        adding = Adding(
            sides=sides, before=places[0], after=places[1], ratios_before=ratios[0], ratios_after=ratios[1],
            size_at_least=terms.limits.impact.segment_size_at_least,
        )  # fmt: skip
        everyone = adding.everyone(engine)
        rising, falling = movers(engine, sides, *places)
        return Impact(
            format=1, version=__version__, on=info.on, known_by=info.known_by,
            before=compared(a, info), after=compared(b, info_after),
            subjects=_anywhere(info.subjects), records=_anywhere(info.records),
            coverage=None if info.coverage is None else _anywhere(info.coverage),
            segments=self._segments_used(inputs.segments),
            segments_unused=None if inputs.segments is None else unused_segments(engine),
            terms=terms.releases, segment_size_at_least=terms.limits.impact.segment_size_at_least,
            population=self._population(), records_before=_records(info), records_after=_records(info_after),
            states_before=places[0].states, states_after=places[1].states, same_ladder=sides.same_ladder,
            worst_before=sides.ladder_before.worst, worst_after=sides.ladder_after.worst, everyone=everyone,
            by=adding.by(engine, self.columns),
            inspections_before=inspections(places[0], ratios[0], everyone, side=0),
            inspections_after=inspections(places[1], ratios[1], everyone, side=1),
            reasons=reasons(engine, sides), distribution=distribution(engine, everyone),
            causes=causes(engine, sides), rising=rising, falling=falling,
        )  # fmt: skip

    def _places(self, side: str) -> Places:
        ladder = self.sides.ladder_before if side == "before" else self.sides.ladder_after
        found = rows(self.engine, f"SELECT DISTINCT place_{side} AS place, name_{side} AS name FROM pairs")
        return Places.of(ladder, {row["place"]: row["name"] for row in found})

    def _segments_used(self, path: Path | None) -> InputUsed | None:
        if path is None:
            return None
        number = rows(self.engine, "SELECT count(*) AS n FROM segments")[0]["n"]
        return InputUsed(name=name_of(path, "segments"), rows=number, sha256=sha256_of(path, "segments"))

    def _population(self) -> Population:
        row = rows(
            self.engine,
            "SELECT count(*) FILTER (scored_by_both) AS both_sides, count(*) FILTER (unrated_after IS NULL) AS only_before, "
            "count(*) FILTER (unrated_before IS NULL) AS only_after FROM pairs",
        )[0]
        total = self.runs[0].subjects.rows
        rejected = [
            {key.removeprefix("subjects."): n for key, n in run.rejected_by_reason.items() if key.startswith("subjects.")}
            for run in self.runs
        ]  # fmt: skip
        return Population(
            rows=total,
            both=row["both_sides"],
            only_before=row["only_before"],
            only_after=row["only_after"],
            neither=total - row["both_sides"] - row["only_before"] - row["only_after"],
            rejected_before=rejected[0],
            rejected_after=rejected[1],
        )


def compared(side: Side, info: RunInfo) -> Compared:
    """What the report says of one side."""
    card = side.card(info.on)
    bases = side.bases(info.on)
    entry = side.released
    used = None if entry is None else next(r for r in side.policy.releases if r.name == entry.manifest.name)
    return Compared(
        label=side.label, scorecard=card.scorecard, edition=card.edition, title=card.title,
        subject_type=card.subject_type, policy_sha256=side.policy.fingerprint((card, *bases)),
        extends=", ".join(base.id for base in bases) or None, version=None if used is None else used.version,
        content_sha256=None if used is None else used.content_sha256,
        manifest_sha256=None if used is None else used.manifest_sha256, in_force=not side.is_draft(info.on),
    )  # fmt: skip


def _anywhere(used: InputUsed) -> InputUsed:
    """The input without the place it lay in: the same comparison elsewhere leaves the same file."""
    return used.model_copy(update={"path": None})


def _records(info: RunInfo) -> RecordRows:
    return RecordRows(
        rows=info.records.rows,
        admitted=info.records_admitted,
        not_yet_known=info.records_not_yet_known,
        rejected=info.records_rejected,
    )
