"""Scorecard by weight of evidence: optimal bins, a logistic regression on their WoE, points per bin.

`log-odds of bad = b0 + Σ bj · WoEj`; the points of a bin are `-factor · bj · WoE`, rounded once to thousandths
(Siddiqi, Credit Risk Scorecards, 2006, ch. 6). WoE above 0 is less risk, so every bj is below 0: a feature whose bj is not
would reverse what its own bins say, and is dropped, the worst first.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from credit_scoring.errors import TrainingError, did_you_mean
from credit_scoring.learnt.lookup import TableModel
from credit_scoring.learnt.points_table import Bins, Characteristic, LevelBins, PointsTable
from credit_scoring.learnt.scale import LinearScale, Scale, linear_scale, rounded_thousandths
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.training import Polarity
from credit_scoring.sectors.binning import FeatureBinning, bin_feature
from credit_scoring.sectors.cuts import BinningRules
from credit_scoring.sectors.estimator import Learnt, Scorecard
from credit_scoring.sectors.training_rows import Exclusion, TrainingRows

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedBinning:
    """A feature of the scorecard: its bins and its weight."""

    binning: FeatureBinning
    coefficient: float
    """Of the log-odds of bad per unit of WoE; below 0."""


class WoeScorecard(Scorecard):
    """Optimal binning and logistic regression.

    No rows are set aside while it learns, so the `groups` of `fit` are checked and change nothing.

    Args:
        polarity: feature → `better`, `worse` or `free`; None declares every feature free.
        scale: `LinearScale`, `OddsScale` or `AlignedScale`; None: 600 points at odds of 50 to 1, 20 to double them.
        special: feature → values that are codes, each a bin of its own.
        cuts: feature → the only cuts allowed.
        max_prebins: candidate bins per feature.
        min_bin_share: least share of the rows in a bin; 5 % is customary (Siddiqi 2006, ch. 6).
        enough_rows: a bin of so many rows may be a smaller share, or nothing would be left of an event that happens to
            one subject in fifty. Rows are counted by their weights.
        rows_apart: rows from which missing, special and rare values have a WoE of their own, if both classes occur; below
            that they count as average risk. Fewer than a bin needs, since nothing can be merged with them: a hundred
            firms without a figure, a third of them bad, are no average.
        max_bins: most bins per feature.
        min_information: least information value of a feature.
        inverse_penalty: scikit-learn's C of the logistic regression.
        min_bads: fewest rows of either class.
        time_limit: seconds per feature for the solver; running out is an error, never another scorecard.

    Attributes:
        table_: the `PointsTable`.
        binning_: a `WeighedBinning` per feature that gives points, in the order of the table.
        intercept_: b0.
    """

    table_: PointsTable
    binning_: tuple[WeighedBinning, ...]
    intercept_: float

    def __init__(
        self,
        *,
        polarity: Mapping[str, Polarity] | None = None,
        scale: Scale | None = None,
        special: Mapping[str, Sequence[float | str]] | None = None,
        cuts: Mapping[str, Sequence[float]] | None = None,
        max_prebins: int = 20,
        min_bin_share: float = 0.05,
        enough_rows: float = 300,
        rows_apart: float = 50,
        max_bins: int | None = None,
        min_information: float = 0.001,
        inverse_penalty: float = 1.0,
        min_bads: int = 1,
        time_limit: float = 100.0,
    ) -> None:
        self.polarity = polarity
        self.scale = scale
        self.special = special
        self.cuts = cuts
        self.max_prebins = max_prebins
        self.min_bin_share = min_bin_share
        self.enough_rows = enough_rows
        self.rows_apart = rows_apart
        self.max_bins = max_bins
        self.min_information = min_information
        self.inverse_penalty = inverse_penalty
        self.min_bads = min_bads
        self.time_limit = time_limit

    def _learn(self, rows: TrainingRows) -> Learnt:
        binned, unbinned = self._binned(rows)
        woe = np.empty((rows.frame.rows, len(binned)))
        for j, binning in enumerate(binned):
            woe[:, j] = binning.woe_of(rows.frame.column(binning.feature.name))
        kept, coefficients, intercept, dropped = _regressed(
            woe, rows, binned, inverse_penalty=self.inverse_penalty
        )
        scale = linear_scale(
            self.scale, log_odds=intercept + woe[:, kept] @ coefficients, weights=rows.weights
        )
        self.intercept_ = intercept
        self.binning_ = tuple(
            WeighedBinning(binning=binned[j], coefficient=float(b))
            for j, b in zip(kept, coefficients, strict=True)
        )
        self.table_ = _table(self.binning_, intercept=intercept, scale=scale)
        return Learnt(model=TableModel(table=self.table_), scale=scale, excluded=(*unbinned, *dropped))

    def _binned(self, rows: TrainingRows) -> tuple[list[FeatureBinning], list[Exclusion]]:
        known = {*rows.frame.names, *(exclusion.feature for exclusion in rows.excluded)}
        for what, given in (("special values", self.special), ("cuts", self.cuts)):
            for name in given or ():
                if name not in known:
                    raise TrainingError(
                        f"{what} are given for '{name}', which the table does not have.{did_you_mean(name, known)}"
                    )
        rules = BinningRules(
            max_prebins=self.max_prebins,
            min_bin_share=self.min_bin_share,
            enough_rows=self.enough_rows,
            rows_apart=self.rows_apart,
            max_bins=self.max_bins,
            time_limit=self.time_limit,
        )
        binned, out = [], []
        for column, feature in zip(rows.frame.columns, rows.features, strict=True):
            found = bin_feature(
                column,
                feature,
                bad=rows.bad,
                weights=rows.weights,
                rules=rules,
                special=(self.special or {}).get(column.name, ()),
                cuts=(self.cuts or {}).get(column.name),
            )
            if isinstance(found, Exclusion):
                out.append(found)
            elif found.information < self.min_information:
                out.append(_weak(found, self.min_information))
            else:
                binned.append(found)
        if not binned:
            reasons = "; ".join(f"{e.feature}: {e.reason.en}" for e in (*rows.excluded, *out))
            raise TrainingError(f"no feature tells bad from good. {reasons}.")
        return binned, out


def _regressed(
    woe: Floats, rows: TrainingRows, binned: Sequence[FeatureBinning], *, inverse_penalty: float
) -> tuple[list[int], Floats, float, list[Exclusion]]:
    """Columns kept, their coefficients, the intercept, and the features dropped for their sign."""
    kept = list(range(len(binned)))
    dropped: list[Exclusion] = []
    while kept:
        model = LogisticRegression(C=inverse_penalty, solver="newton-cholesky", tol=1e-9, max_iter=1_000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(woe[:, kept], rows.bad, sample_weight=rows.weights)
        coefficients = np.asarray(model.coef_[0], np.float64)
        worst = int(np.argmax(coefficients))
        if coefficients[worst] < 0:
            return kept, coefficients, float(model.intercept_[0]), dropped
        gone = kept.pop(worst)
        dropped.append(_wrong_sign(binned[gone], float(coefficients[worst])))
    raise TrainingError(
        "no feature is left: each works against its own bins beside the others. "
        + "; ".join(f"{e.feature}: {e.reason.en}" for e in dropped)
    )


def _weak(binning: FeatureBinning, least: float) -> Exclusion:
    return Exclusion(
        feature=binning.feature.name,
        code="weak",
        reason=Title(
            zh=f"信息价值 {binning.information:.2g}，低于 {least:g}",
            en=f"information value {binning.information:.2g}, below {least:g}",
        ),
    )


def _wrong_sign(binning: FeatureBinning, coefficient: float) -> Exclusion:
    return Exclusion(
        feature=binning.feature.name,
        code="wrong_sign",
        reason=Title(
            zh=f"与其他特征同用时作用与其分箱相反（系数 {coefficient:+.4f}），已剔除",
            en=f"beside the other features it works against its own bins (coefficient {coefficient:+.4f}): dropped",
        ),
    )


def _table(binning: Sequence[WeighedBinning], *, intercept: float, scale: LinearScale) -> PointsTable:
    characteristics = []
    for weighed in binning:
        points = rounded_thousandths(bin_points(weighed, scale)).tolist()
        bins = weighed.binning.bins
        count = len(bins.points)
        filled: Bins = replace(bins, points=tuple(points[:count]), missing=points[count])
        if isinstance(filled, LevelBins):
            filled = replace(filled, other=points[count + 1])
        characteristics.append(Characteristic(feature=weighed.binning.feature, bins=filled))
    base = int(scale.thousandths(np.asarray([intercept]))[0])
    return PointsTable(base=base, characteristics=tuple(characteristics))


def bin_points(weighed: WeighedBinning, scale: LinearScale) -> Floats:
    """Points before rounding at each position of `lookup.positions_of`: `-factor · coefficient · WoE`."""
    return -scale.factor * weighed.coefficient * weighed.binning.woe_by_position()
