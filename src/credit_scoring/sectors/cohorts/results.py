"""What a cohort is: the rows, what was left out, what was found, and the counts for the run's papers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.cohorts.findings import Finding
from credit_scoring.sectors.cohorts.splits import SPLITS, Split


class _Summary(BaseModel):
    model_config = ConfigDict(frozen=True)


class ExclusionLine(_Summary):
    """Rows left out for one reason."""

    table: str
    """`subjects` (a subject on a date) or `labels`."""
    observed_on: date | None
    """Null for labels."""
    reason: str
    title: Title
    rows: int
    share: float
    """Of the rows of that table and date."""
    example: str | None
    """Smallest subject identifier among them that may be shown: with a letter, no resident number, of no person."""


class DateSummary(_Summary):
    """One observation date: rows = used + excluded."""

    observed_on: date
    window_ends_on: date
    """Last day of the outcome window."""
    rows: int
    used: int
    excluded: int
    bads: int
    bad_rate: float | None
    """Of the rows used, weighted; null where there are none."""
    closed_in_window: int
    """Rows used whose subject closes within the window: it could not be watched to the end."""


class SplitSummary(_Summary):
    """One split."""

    split: Split
    rows: int
    subjects: int
    bads: int
    bad_rate: float | None
    """Unweighted: of the rows as they are."""
    weighted_bad_rate: float | None
    """Of the population they stand for."""
    effective_rows: float
    """Kish's effective sample size."""
    rows_of_seen_subjects: int
    """Rows whose subject is trained on (on another date); all of `train`, some of `out_of_time`, none elsewhere."""


class WeightSummary(_Summary):
    """Weights of all rows used, in multiples of their mean over the training rows."""

    equal: bool
    """Every row stands for as many: no inclusion probabilities, or all the same."""
    smallest: float
    largest: float
    share_of_heaviest: float
    """Share of all training weight that the heaviest hundredth of the training rows carries."""
    trimmed_at: float | None
    trimmed: int


class CohortSummary(_Summary):
    """The whole account of a cohort, ready for JSON."""

    scorecard: str
    """`scorecard@edition`."""
    outcome: Title
    window: str
    unlabelled: str
    labels_until: date
    labels_until_given: bool
    """False: taken from the last label, which is too early where the last days brought none."""
    seed: int
    rows: int
    """Subjects of the type times observation dates = used + excluded."""
    used: int
    excluded: int
    labels: int
    """Rows of the table of labels = used + excluded."""
    labels_used: int
    labels_excluded: int
    features: tuple[str, ...]
    dates: tuple[DateSummary, ...]
    splits: tuple[SplitSummary, ...]
    weights: WeightSummary
    exclusions: tuple[ExclusionLine, ...]
    findings: tuple[Finding, ...]
    accepted_in_vain: tuple[str, ...]
    """Names accepted although nothing was found under them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """Rows to learn from, each with its outcome; sorted by observation date and subject."""

    table: pa.Table = field(repr=False)
    """One row per subject and date, the columns of `ABOUT` and then a float64 column per feature, null = unknown."""
    features: tuple[Feature, ...]
    """In the order of their columns."""
    exclusions: pa.Table = field(repr=False)
    """`table`, `observed_on`, `reason`, `rows`, `share`, `example`, as `ExclusionLine` describes them."""
    findings: tuple[Finding, ...]
    """Warnings, and errors that were accepted."""
    summary: CohortSummary = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features."""
        return tuple(feature.name for feature in self.features)

    def rows(self, *splits: Split) -> pa.Table:
        """The rows of these splits, in the order of the table.

        Raises:
            InputError: there is no such split.
        """
        for name in splits:
            if name not in SPLITS:
                raise InputError(f"'{name}' is no split; there are {', '.join(SPLITS)}.")
        return self.table.filter(pc.is_in(self.table["split"], value_set=pa.array(splits, pa.string())))

    def frame(self, *splits: Split) -> pa.Table:
        """The feature columns of these splits, in the order of `features`."""
        return self.rows(*splits).select(list(self.names))


ABOUT: tuple[tuple[str, pa.DataType], ...] = (
    ("subject_id", pa.string()),
    ("observed_on", pa.date32()),
    ("split", pa.string()),
    ("label", pa.int64()),
    ("weight", pa.float64()),
    ("seen_subject", pa.bool_()),
    ("region_code", pa.string()),
    ("industry_code", pa.string()),
    ("established_on", pa.date32()),
    ("public_score", pa.int64()),
    ("region", pa.string()),
    ("age_band", pa.string()),
)
"""Columns about a row. `label`: 1 bad, 0 good. `weight`: mean 1 over the training rows. `seen_subject`: the subject is
trained on. `public_score`: thousandths, null where there is none. `region`, `age_band`: segments, null where unknown."""
