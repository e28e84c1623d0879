# ruff: noqa: N803 -- scikit-learn calls the table X, and keyword arguments depend on it.
"""The contract of every learnt family: a scikit-learn classifier and transformer whose score is a sum of points.

A family writes its constructor and `_learn`; everything a caller sees is written here once, on top of what `_learn`
returned: an object that turns a frame into points, and the scale. Probabilities are those of the points.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.frames import Frame, frame_of, require_learnt
from credit_scoring.learnt.scale import LinearScale, Scale
from credit_scoring.policy.numbers import POINT
from credit_scoring.policy.training import Polarity
from credit_scoring.sectors.training_rows import Exclusion, TrainingRows, training_rows

Floats: TypeAlias = npt.NDArray[np.float64]
Thousandths: TypeAlias = npt.NDArray[np.int64]


class PointsModel(Protocol):
    """What a family has learnt: a base, and points for every feature it uses."""

    @property
    def base(self) -> int:
        """Thousandths everyone starts with."""

    @property
    def floor(self) -> int:
        """Least score, in thousandths."""

    @property
    def total(self) -> int:
        """Highest score, in thousandths."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The k features that give points, in the order of the columns of `points`."""

    def points(self, frame: Frame) -> Thousandths:
        """Points in thousandths, (n, k), of n rows that hold (at least) these features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """The answer of `_learn`."""

    model: PointsModel
    scale: LinearScale
    excluded: tuple[Exclusion, ...] = ()
    """Features left out while learning; those left out at the door are known already."""


class Scorecard(TransformerMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scorecard learnt from rows with a known outcome. Subclasses: the families.

    A subclass stores its constructor's arguments and writes `_learn(rows) -> Learnt`. Among its arguments are always
    `polarity` (feature → better, worse or free; None: all free), `scale` (a `LinearScale`, `OddsScale` or
    `AlignedScale`; None: Siddiqi's) and `min_bads`.

    Attributes:
        classes_: the labels, good first.
        features_: the k `Feature`s that give points, in the order of the columns of `points`.
        excluded_: features that give none, each with its reason.
        scale_: the `LinearScale` between log-odds and points.
        model_: the `PointsModel`.
        n_features_in_, feature_names_in_: of the table learnt from; names only if it had any.
    """

    polarity: Mapping[str, Polarity] | None
    scale: Scale | None
    min_bads: int
    model_: PointsModel
    scale_: LinearScale
    excluded_: tuple[Exclusion, ...]
    classes_: npt.NDArray[Any]
    n_features_in_: int

    @abstractmethod
    def _learn(self, rows: TrainingRows) -> Learnt:
        """Learn from rows that passed every check. May set further attributes that end in an underscore."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Learn.

        Args:
            X: n rows of features: pandas, Polars, Arrow or numpy (see `frames.frame_of`).
            y: n labels, 1 is bad.
            sample_weight: n weights, 0 or more.
            groups: n subjects (texts, numbers, anything hashable). State them whenever a subject has several rows: a
                family that sets rows aside while it learns then sets whole subjects aside. None: every row is a
                subject of its own.

        Raises:
            FeatureTableError: the table cannot be used.
            TrainingError: nothing can be learnt from these rows, or from these labels, weights or groups.
        """
        frame = frame_of(X)
        if frame.rows == 0:
            raise TrainingError("the table has 0 sample(s): there is nothing to learn from.")
        rows = training_rows(
            frame, y, weights=sample_weight, groups=groups, polarity=self.polarity, min_bads=self.min_bads
        )
        self._names, self._kinds = frame.names, tuple(column.kind for column in frame.columns)
        self.n_features_in_ = len(frame.columns)
        if frame.named:
            self.feature_names_in_ = np.asarray(frame.names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self.classes_ = rows.classes
        learnt = self._learn(rows)
        self.model_, self.scale_ = learnt.model, learnt.scale
        self.excluded_ = (*rows.excluded, *learnt.excluded)
        return self

    @property
    def features_(self) -> tuple[Feature, ...]:
        """The k features that give points, in the order of the columns of `points`."""
        check_is_fitted(self)
        return self.model_.features

    def points(self, X: Any) -> Thousandths:
        """Points in thousandths, (n, k): one column per feature of `features_`.

        Raises:
            FeatureTableError: features are missing, unknown, in another order or of another kind, or infinite.
        """
        frame = self._frame(X)
        return self.model_.points(frame)

    def scores(self, X: Any, *, bounded: bool = False) -> Thousandths:
        """n scores in thousandths: `base + Σ points`, exactly; kept within floor and total if `bounded`."""
        points = self.points(X)
        raw: Thousandths = points.sum(axis=1, dtype=np.int64) + self.model_.base
        return raw.clip(self.model_.floor, self.model_.total) if bounded else raw

    def decision_function(self, X: Any) -> Floats:
        """n log-odds of bad, those of the unbounded score: `(offset - score) / factor`."""
        scores = self.scores(X)
        return self.scale_.log_odds(scores)

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of good and bad, (n, 2), those of the unbounded score."""
        log_odds = self.decision_function(X)
        return np.column_stack((expit(-log_odds), expit(log_odds)))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """n labels: bad where bad is more likely than good."""
        is_bad = self.decision_function(X) > 0
        return self.classes_[is_bad.astype(np.intp)]

    def transform(self, X: Any) -> Any:
        """Points, (n, k), as floats; a data frame after `set_output`."""
        return self.points(X) / POINT

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> npt.NDArray[Any]:
        """Names of the k columns of `transform`: the features that give points."""
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        return np.asarray([feature.name for feature in self.model_.features], dtype=object)

    def _frame(self, table: Any) -> Frame:
        check_is_fitted(self)
        frame = frame_of(table)
        if hasattr(self, "feature_names_in_") and not frame.named:
            warnings.warn(
                f"the table has no feature names: its columns are taken in the order {type(self).__name__} was "
                "learnt from. Pass a data frame to have the names checked.",
                UserWarning,
                stacklevel=4,
            )
        return require_learnt(frame, names=self._names, kinds=self._kinds, learner=type(self).__name__)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags
