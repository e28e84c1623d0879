"""What a simulation holds: plain values, exact, the content of `impact.json`.

Points are decimals with three places, exactly what the line computed. Shares are never stored: both counts are.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from credit_scoring.policy.catalogue import SubjectType, Title
from credit_scoring.scoring.record import InputUsed

FORMAT = 1
StateKind = Literal["grade", "band", "rated", "no_grade", "unrated", "not_scored"]
"""`rated`: by a scorecard without grades and bands; `no_grade`: rated, and no grade's limits are met."""
CauseKind = Literal[
    "indicator",
    "start",
    "composition",
    "bounds",
    "override",
    "limits",
    "points",
    "points_and_limits",
    "unrated",
]
PartKind = Literal["start", "indicator", "composition", "heading", "scale", "override"]


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Compared(_Content):
    """One of the two scorecards, and what it rests on."""

    label: str
    """As it was named."""
    scorecard: str
    edition: str
    title: Title
    subject_type: SubjectType
    policy_sha256: str
    """`Policy.fingerprint` of the scorecard and what it extends, with their own dates of force."""
    extends: str | None
    """The public scorecard beneath, with its edition."""
    version: int | None
    """Of the release; null where it was read from a file."""
    content_sha256: str | None
    manifest_sha256: str | None
    in_force: bool
    """Whether its own text has it in force on the date; a draft counts as if it were."""


class State(_Content):
    """Where a subject stands: a grade, a band, or none."""

    kind: StateKind
    name: str | None
    """Of the grade or band; null for the others."""
    title: Title | None
    """Of the grade."""


class Cell(_Content):
    """So many subjects went from one state to another; places in `Impact.states_before` and `states_after`."""

    before: int
    after: int
    subjects: int


class Movement(_Content):
    """What happens to a group of subjects. All but `cells` is of those scored by both."""

    subjects: int
    moved: int
    """Their grade or band is another, or they are rated under one only."""
    better: int | None
    worse: int | None
    """Up and down the ladder; null where the two ladders differ. The rest of `moved` begins or ceases to be rated."""
    entered_worst: int
    left_worst: int
    score_changed: int
    change: Decimal
    """Sum of all changes of the score, in points."""
    absolute_change: Decimal
    """Sum of their sizes."""
    inspections_before: Decimal | None
    inspections_after: Decimal | None
    """Sum of the stated ratios, of everyone scored; null where none are stated."""
    cells: tuple[Cell, ...]
    """The transition matrix without its zeros, with those scored under one only."""


class Segment(_Content):
    """Subjects that have a value in common."""

    value: str | None
    """Null: the value is missing."""
    judged: bool
    """Large enough for the limits to be asked of it."""
    movement: Movement


class SegmentKind(_Content):
    """A column by which subjects are grouped; its segments add up to everyone."""

    name: str
    title: Title
    segments: tuple[Segment, ...]


class Population(_Content):
    """What became of every row of the table of subjects."""

    rows: int
    both: int
    only_before: int
    only_after: int
    neither: int
    rejected_before: dict[str, int]
    rejected_after: dict[str, int]
    """Rows of subjects by the reason of their rejection."""

    @property
    def reconciles(self) -> bool:
        """Rows in = scored by both + by one only + by neither, on both sides."""
        return (
            self.neither >= 0
            and self.rows == self.both + self.only_before + self.only_after + self.neither
            and sum(self.rejected_before.values()) == self.only_after + self.neither
            and sum(self.rejected_after.values()) == self.only_before + self.neither
        )


class RecordRows(_Content):
    """What became of every row of the table of records under one scorecard."""

    rows: int
    admitted: int
    not_yet_known: int
    rejected: int


class GradeInspections(_Content):
    """The inspections of one grade; `ratio` is the share drawn in a year, null where none is stated."""

    state: State
    subjects: int
    ratio: Decimal | None
    inspections: Decimal | None


class Inspections(_Content):
    """The inspections a scorecard's grades lead to in a year, by the stated ratios."""

    grades: tuple[GradeInspections, ...]
    total: Decimal
    without_ratio: int
    """Subjects for whose state no ratio is stated."""
    basis: str
    authority: tuple[str, ...]


class ReasonChange(_Content):
    """How many subjects an indicator or an override is a stated reason for; null where a scorecard does not have it."""

    kind: Literal["indicator", "override"]
    rule: str
    title: Title
    before: int | None
    after: int | None


class Quantile(_Content):
    """The lowest score that at least so many hundredths of the subjects do not exceed."""

    percent: int
    before: Decimal
    after: Decimal


class Bin(_Content):
    """Subjects with a score from `low` (inclusive) to `high` (exclusive)."""

    low: Decimal
    high: Decimal
    before: int
    after: int


class Distribution(_Content):
    """Scores of everyone scored by both, the unrated among them. Means are rounded to three places, half up."""

    mean_before: Decimal
    mean_after: Decimal
    mean_change: Decimal
    mean_absolute_change: Decimal
    quantiles: tuple[Quantile, ...]
    bins: tuple[Bin, ...]


class Part(_Content):
    """A part of a score, before and after; null where the scorecard does not have it.

    An indicator that only one scorecard has changes by what it departs from its no-record points there; the no-record
    points of all such indicators, the same for everyone, are `composition`.
    `heading`: what the bounds of a dimension and its groups add or cut off; `scale`: the same of the whole;
    `override`: what determinations add to the score.
    """

    kind: PartKind
    rule: str | None
    title: Title | None
    before: Decimal | None
    after: Decimal | None
    change: Decimal


class Mover(_Content):
    """A subject among those that move most, and what moves it."""

    number: int
    """The `mover` of `changes.parquet`, negative for those who fall."""
    subject_id: str | None
    """Null for a natural person: the table has it, a report has not."""
    score_before: Decimal
    score_after: Decimal
    change: Decimal
    state_before: int
    state_after: int
    """Places in `Impact.states_before` and `states_after`."""
    cause: CauseKind
    """The part with the largest change in the direction the score moved; where it stays, what moved the grade."""
    cause_rule: str | None
    cause_title: Title | None
    cause_change: Decimal | None
    grade_cause: CauseKind | None
    """What moved the grade; null where it stays."""
    grade_rules: tuple[str, ...]
    """The overrides, where they moved it."""
    parts: tuple[Part, ...]
    """Every part that changes; their changes add up to `change` exactly."""


class CauseCount(_Content):
    """How many subjects one rule moved most, and by how many points in all."""

    cause: CauseKind
    rule: str | None
    title: Title | None
    subjects: int
    change: Decimal | None


class Impact(_Content):
    """What changes for everyone if one scorecard takes the place of another."""

    format: Literal[1]
    version: str
    """Of this package."""
    on: date
    known_by: date
    before: Compared
    after: Compared
    subjects: InputUsed
    records: InputUsed
    coverage: InputUsed | None
    segments: InputUsed | None
    segments_unused: int | None
    """Rows of the table of segments about nobody who was scored."""
    terms: str
    """Name of the set of terms."""
    segment_size_at_least: int
    population: Population
    records_before: RecordRows
    records_after: RecordRows
    states_before: tuple[State, ...]
    states_after: tuple[State, ...]
    """Grades from the best to the worst, then those without."""
    same_ladder: bool
    """Whether both have the same grades in the same order, or bands of the same width."""
    worst_before: tuple[str, ...]
    worst_after: tuple[str, ...]
    """The last grade a score can reach and what stands below it; empty where there are no grades."""
    everyone: Movement
    by: tuple[SegmentKind, ...]
    inspections_before: Inspections | None
    inspections_after: Inspections | None
    reasons: tuple[ReasonChange, ...]
    distribution: Distribution | None
    """Null where nobody was scored by both."""
    causes: tuple[CauseCount, ...]
    """Of everyone whose score or grade changes, the most frequent first."""
    rising: tuple[Mover, ...]
    falling: tuple[Mover, ...]
    """Those whose standing improves or worsens most, by score, then by grade."""
