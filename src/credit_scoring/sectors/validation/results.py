"""What a validation finds, as data: frozen, complete, written to `validation.json` as it stands.

Nothing here computes or draws. A number that cannot be computed is not left out: it carries the reason instead.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from credit_scoring.policy.catalogue import Months, SubjectType, Title
from credit_scoring.policy.training import Family, Polarity

Outcome: TypeAlias = Literal["passed", "failed", "not_computed", "does_not_apply"]
Input: TypeAlias = tuple[str, str, str]
"""Table, file name and SHA-256 of what was read."""


class Result(BaseModel):
    """Base of the findings: immutable, nothing unknown, no NaN and no infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class About(Result):
    """Which evaluation was validated, what it foresees, and what it was learnt from."""

    title: Title
    """Of the sector."""
    scorecard: str
    """`name@edition` of the learnt scorecard."""
    family: Family
    subject_type: SubjectType
    outcome: Title
    window: Months
    """Counted from the observation date."""
    observed_on: tuple[date, ...]
    """Observation dates, rising."""
    labels_until: date
    """Day up to which outcomes were collected."""
    inputs: tuple[Input, ...]
    code_version: str


class Estimate(Result):
    """A number with its interval, or the reason why there is none.

    `low` and `high` are null where no interval is given (a stability index, a p value).
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: Title | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Estimate:
        if (self.value is None) == (self.reason is None):
            raise ValueError("an estimate has a value or a reason, and not both")
        return self

    def turned(self) -> Estimate:
        """The estimate of the negative: a gain becomes a loss."""
        if self.value is None:
            return self
        low, high = self.low, self.high
        return Estimate(
            value=-self.value, low=None if high is None else -high, high=None if low is None else -low
        )


class Rules(Result):
    """How the numbers are made. Defaults are the field's usual ones; all are written beside the results."""

    confidence: float = Field(default=0.95, gt=0, lt=1)
    """Of every interval."""
    bins: int = Field(default=10, ge=3)
    """Bins of the calibration curve, the Hosmer-Lemeshow test and the stability indices."""
    worst_share: float = Field(default=0.10, gt=0, lt=1)
    """Share of subjects with the lowest scores whose catch of the bad ones is reported."""
    bads_at_least: int = Field(default=30, ge=1)
    """Bad rows a segment or an observation date needs before its AUC and rates are compared."""
    goods_at_least: int = Field(default=30, ge=1)
    """Good rows it needs."""


class Discrimination(Result):
    """How well low scores find bad subjects."""

    auc: Estimate
    auc_delong: Estimate
    """The same AUC with the interval of DeLong, where rows are unweighted and independent."""
    gini: Estimate
    ks: Estimate
    ks_at: int | None = None
    """Score in thousandths up to which bad and good are furthest apart."""
    average_precision: Estimate
    capture: Estimate
    """Share of the bad among the worst `rules.worst_share` of all."""


class ReliabilityBin(Result):
    """Rows of similar probability: what was foretold and what came."""

    rows: int
    low: float
    high: float
    foretold: float
    """Mean probability of bad."""
    observed: Estimate
    """Share that was bad, with Wilson's interval."""


class HosmerLemeshow(Result):
    """Chi-square, degrees of freedom and p value."""

    statistic: float | None = None
    freedom: int | None = None
    p: Estimate


class Reliability(Result):
    """Whether probabilities mean what they say."""

    brier: Estimate
    brier_of_base_rate: float
    """Brier score of telling everybody the mean rate: what any use must beat."""
    hosmer_lemeshow: HosmerLemeshow
    slope: Estimate
    intercept: Estimate
    in_the_large: float
    """Mean probability minus bad rate."""
    expected_error: Estimate
    """Expected calibration error over the bins."""
    curve: tuple[ReliabilityBin, ...]


class StabilityBin(Result):
    """One bin of a stability index."""

    label: str
    expected: float
    """Share among the rows of the fit."""
    actual: float
    index: float


class FeatureStability(Result):
    """Stability index of one feature (or, as `score`, of the score in thousandths) against the rows of the fit."""

    name: str
    psi: Estimate
    bins: tuple[StabilityBin, ...] = ()


class TrendPoint(Result):
    """One observation date of a split."""

    on: str
    rows: int
    bads: int
    bad_rate: Estimate
    mean_score: float
    auc: Estimate
    psi: Estimate


class SegmentValue(Result):
    """Subjects that share one value of a segment; `value` is null where it is not known."""

    value: str | None
    rows: int
    bads: int
    enough: bool
    """Whether there are enough bad and good rows to compare it."""
    bad_rate: Estimate
    mean_score: float
    auc: Estimate
    calibration_gap: Estimate
    """Mean probability minus bad rate: above 0, the segment is painted too black."""
    worst_grade: Estimate
    """Share that gets the worst grade."""
    grades: tuple[float, ...]
    """Share of every grade, best first."""


class Gap(Result):
    """The largest difference between two values of one segment kind."""

    difference: Estimate
    """0 without an interval where `equal`."""
    largest: str | None = None
    smallest: str | None = None
    equal: bool = False
    """Every value compared has the same number, so none is the largest and none the smallest."""


class SegmentKind(Result):
    """One way of dividing the subjects: region, size, age, ownership."""

    kind: str
    values: tuple[SegmentValue, ...]
    auc_gap: Gap
    worst_grade_gap: Gap
    worst_grade_ratio: Estimate
    """Smallest share of the worst grade divided by the largest; 1 is equal treatment."""
    calibration_gap: Gap


class Migration(Result):
    """Rows by the grade of the other evaluation (lines) and of this one (columns), best first."""

    from_grades: tuple[str, ...]
    to_grades: tuple[str, ...]
    from_titles: tuple[Title, ...] = ()
    to_titles: tuple[Title, ...] = ()
    rows: tuple[tuple[int, ...], ...]
    same: float
    """Share that keeps its place on the ladder; 0 where the ladders differ in length."""


class Comparison(Result):
    """This evaluation beside another, on the rows that both have scored."""

    against: Literal["public", "in_use"]
    name: str | None = None
    rows: int
    auc: Estimate
    other_auc: Estimate
    difference: Estimate
    """AUC of this evaluation minus that of the other, from paired draws."""
    delong_p: float | None = None
    rank_correlation: Estimate
    migration: Migration | None = None


class Curves(Result):
    """Points of the pictures, thinned for drawing; no number is computed from them."""

    false_alarm: tuple[float, ...]
    caught: tuple[float, ...]
    scores: tuple[float, ...]
    """In points; `bad_up_to` and `good_up_to` are the shares with at most this score."""
    bad_up_to: tuple[float, ...]
    good_up_to: tuple[float, ...]
    edges: tuple[float, ...]
    bad_share: tuple[float, ...]
    good_share: tuple[float, ...]


class SplitResult(Result):
    """Everything about one split."""

    name: str
    fitted: bool
    rows: int
    bads: int
    effective_rows: float
    bad_rate: Estimate
    grades: tuple[float, ...]
    """Weighted share of every grade, best first."""
    grade_rows: tuple[int, ...]
    """Rows of every grade."""
    discrimination: Discrimination
    reliability: Reliability
    stability: tuple[FeatureStability, ...]
    """The score first, then the features; empty for the rows of the fit itself."""
    segments: tuple[SegmentKind, ...]
    comparisons: tuple[Comparison, ...]
    trend: tuple[TrendPoint, ...]
    curves: Curves


class Violation(Result):
    """One step that moved the score the wrong way; null is a missing value."""

    row: int
    """Position in the frame the sample was drawn from."""
    from_value: float | None
    to_value: float | None
    change: int
    """Thousandths."""


class Sweep(Result):
    """One feature, moved over its values while everything else stayed."""

    feature: str
    polarity: Literal["better", "worse"]
    rows: int
    values: int
    pairs: int
    violations: int
    worst: Violation | None = None
    reason: Title | None = None
    """Why it could not be tested."""


class Monotonicity(Result):
    """The proof by perturbation. It holds if every feature with a polarity was tested and none moved wrongly."""

    sweeps: tuple[Sweep, ...]

    @property
    def pairs(self) -> int:
        """Pairs of scores compared."""
        return sum(sweep.pairs for sweep in self.sweeps)

    @property
    def violations(self) -> int:
        """Pairs in which the score moved the wrong way."""
        return sum(sweep.violations for sweep in self.sweeps)


class Importance(Result):
    """How far a feature can move the score: its points span, in thousandths."""

    feature: str
    title: Title | None = None
    fewest: int
    most: int


class FeatureNote(Result):
    """A feature as it was declared; a free one with its reason."""

    name: str
    polarity: Polarity
    title: Title | None = None
    reason: str | None = None


class Check(Result):
    """One line of the verdict: a limit and what was found."""

    name: str
    """The field of `Limits`, `grades_reached` or `monotonicity`."""
    split: str | None
    found: Estimate
    detail: Title | None = None
    """Which feature, which segments; what was left out of the comparison."""
    limit: float
    at_most: bool
    """True: the value must not exceed the limit. False: it must reach it."""
    outcome: Outcome

    @property
    def passed(self) -> bool:
        """Whether it stands in the way of a release."""
        return self.outcome in ("passed", "does_not_apply")


class Validation(Result):
    """The whole finding. `passed` is the verdict: no check failed, and none was left uncomputed."""

    passed: bool
    checks: tuple[Check, ...]
    splits: tuple[SplitResult, ...]
    monotonicity: Monotonicity | None
    importance: tuple[Importance, ...]
    features: tuple[FeatureNote, ...]
    grades: tuple[str, ...]
    """Codes, best first."""
    grade_titles: tuple[Title, ...] = ()
    rules: Rules
    seed: int
    draws: int
    about: About | None = None
