"""What a validation looks at: scored rows of each split, and the cuts of the grades."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit_scoring.errors import InputError
from credit_scoring.policy.catalogue import Title

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeCuts:
    """Grades from best to worst. `cuts[i]` is the lowest score of grade i in thousandths; the worst has none.

    >>> GradeCuts(grades=("A", "B", "C"), cuts=(800_000, 600_000)).index(np.array([800_000, 799_999, 0])).tolist()
    [0, 1, 2]
    """

    grades: tuple[str, ...]
    cuts: tuple[int, ...]
    titles: tuple[Title, ...] = ()
    """What people call each grade, best first; empty where the codes are the names."""

    def __post_init__(self) -> None:
        if len(self.grades) != len(self.cuts) + 1:
            raise InputError(
                f"{len(self.grades)} grades need {len(self.grades) - 1} cuts, not {len(self.cuts)}."
            )
        if self.titles and len(self.titles) != len(self.grades):
            raise InputError(
                f"{len(self.grades)} grades have {len(self.titles)} titles; give each its own, or none."
            )
        if any(not a > b for a, b in pairwise(self.cuts)):
            raise InputError(
                "the cuts of the grades must fall: grades are listed from the best to the worst."
            )

    def index(self, score: NDArray[np.generic]) -> NDArray[np.intp]:
        """Place on the ladder of each score (thousandths), 0 for the best grade."""
        rising = np.array(self.cuts[::-1], dtype=np.float64)
        return len(self.cuts) - np.searchsorted(rising, score.astype(np.float64), side="right")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """One split with its outcome and its scores; n rows, all columns of the same length.

    Raises `InputError`, naming the split and the column, for anything that cannot be used.
    """

    name: str
    fitted: bool
    """True for the rows the fit saw. The first such split is what stability is measured against."""
    bad: IntArray
    """1 bad, 0 good; never null."""
    score: IntArray
    """Thousandths of a point; higher is better."""
    probability: FloatArray
    """Of being bad, between 0 and 1."""
    weight: FloatArray | None = None
    """Inclusion weights, above 0; absent means 1 for all."""
    public_score: FloatArray | None = None
    """Score of the public evaluation in thousandths; NaN (or None) where there is none."""
    score_in_use: FloatArray | None = None
    """Score of the model in use in thousandths; NaN (or None) where there is none."""
    segments: pd.DataFrame | None = None
    """Columns of text (region, size, age of firm, ownership); null is unknown."""
    features: pd.DataFrame | None = None
    """Columns of numbers or text, as the evaluation reads them; NaN and null are missing."""
    observed_on: NDArray[np.datetime64] | None = None
    """Observation dates."""
    subject: NDArray[np.generic] | None = None
    """Whose row it is. Where subjects stand in several rows, intervals resample subjects, not rows."""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "bad", self._whole("bad"))
        put(self, "score", self._whole("score"))
        put(self, "probability", self._numbers("probability"))
        weight = self.weight
        put(self, "weight", np.ones(len(self.bad)) if weight is None else self._numbers("weight"))
        for name in ("public_score", "score_in_use"):
            if getattr(self, name) is not None:
                put(self, name, self._numbers(name, nullable=True))
        if self.observed_on is not None:
            put(self, "observed_on", pd.to_datetime(pd.Series(self.observed_on)).to_numpy("datetime64[D]"))
        self._check()

    def _fault(self, what: str) -> InputError:
        return InputError(f"split '{self.name}': {what}")

    def _numbers(self, name: str, *, nullable: bool = False) -> FloatArray:
        try:
            column = pd.to_numeric(pd.Series(getattr(self, name)), errors="raise")
        except (TypeError, ValueError) as error:
            raise self._fault(f"'{name}' must hold numbers only: {error}.") from error
        values: FloatArray = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(values).any():
            raise self._fault(f"'{name}' holds an infinite value; remove it.")
        if not nullable and np.isnan(values).any():
            raise self._fault(
                f"'{name}' is null in {int(np.isnan(values).sum())} rows; leave them out or fill them."
            )
        return values

    def _whole(self, name: str) -> IntArray:
        values = self._numbers(name)
        if (values != np.round(values)).any():
            raise self._fault(f"'{name}' must hold whole numbers.")
        return values.astype(np.int64)

    def _check(self) -> None:
        rows = len(self.bad)
        if not rows:
            raise self._fault("has no rows.")
        for name in (
            "score",
            "probability",
            "weight",
            "public_score",
            "score_in_use",
            "segments",
            "features",
        ):
            column = getattr(self, name)
            if column is not None and len(column) != rows:
                raise self._fault(f"'{name}' has {len(column)} rows, 'bad' has {rows}.")
        for name in ("observed_on", "subject"):
            column = getattr(self, name)
            if column is not None and (len(column) != rows or pd.isna(pd.Series(column)).any()):
                raise self._fault(f"'{name}' must be known in each of the {rows} rows.")
        if not np.isin(self.bad, (0, 1)).all():
            raise self._fault("'bad' must be 0 or 1.")
        if (self.probability < 0).any() or (self.probability > 1).any():
            raise self._fault("'probability' must lie between 0 and 1.")
        if (self.weights <= 0).any():
            raise self._fault("'weight' must be above 0 in each row; leave rows without weight out.")
        for frame in (self.segments, self.features):
            if frame is not None and not frame.columns.is_unique:
                raise self._fault("two columns of a table have the same name.")

    @property
    def weights(self) -> FloatArray:
        """The weights, 1 where none were given."""
        return np.ones(len(self.bad)) if self.weight is None else self.weight

    @property
    def clusters(self) -> NDArray[np.intp]:
        """A number per row: rows with the same number are drawn together."""
        if self.subject is None:
            return np.arange(len(self.bad), dtype=np.intp)
        codes: NDArray[np.intp] = pd.factorize(pd.Series(self.subject))[0].astype(np.intp)
        return codes

    @property
    def independent(self) -> bool:
        """Unweighted rows of different subjects: what DeLong's formula assumes."""
        single = self.subject is None or not pd.Series(self.subject).duplicated().any()
        return single and bool(np.all(self.weights == self.weights[0]))


def effective_rows(weight: FloatArray) -> float:
    """Kish's effective sample size, (Σw)² ÷ Σw² (Kish 1965, Survey Sampling, ch. 11.7).

    >>> effective_rows(np.array([2.0, 2.0, 2.0]))
    3.0
    """
    return float(weight.sum() ** 2 / (weight**2).sum())
