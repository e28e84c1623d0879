"""Discrimination: AUC, Gini, KS, average precision, capture of the worst; ties handled exactly, weights allowed.

The point values are scikit-learn's. The draws of the bootstrap use the same formulas over distinct scores, which is
what makes a thousand draws of fifty thousand rows a matter of seconds; a test holds both to the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.validation.inputs import FloatArray, IntArray, Scored
from credit_scoring.sectors.validation.resampling import bootstrap, both_classes, with_interval
from credit_scoring.sectors.validation.results import Discrimination, Estimate, Rules


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rows by distinct score, worst first: what the measures need of them under any weights."""

    level: NDArray[np.intp]
    levels: int
    bads: NDArray[np.intp]
    goods: NDArray[np.intp]

    @classmethod
    def of(cls, bad: IntArray, score: NDArray[np.generic]) -> Ladder:
        """The ladder of n rows."""
        distinct, level = np.unique(score, return_inverse=True)
        return cls(level, len(distinct), np.flatnonzero(bad == 1), np.flatnonzero(bad == 0))

    def masses(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weight of the bad and of the good rows on each distinct score."""

        def mass(rows: NDArray[np.intp]) -> FloatArray:
            # Of no rows numpy counts whole numbers.
            found = np.bincount(self.level[rows], weights=weight[rows], minlength=self.levels)
            return found.astype(np.float64, copy=False)

        return mass(self.bads), mass(self.goods)

    def auc(self, weight: FloatArray) -> float:
        """Chance that a bad row scores below a good one, ties counted half (Mann and Whitney 1947).

        NaN where a class has no weight.
        """
        bad, good = self.masses(weight)
        total = bad.sum() * good.sum()
        return float(np.dot(bad, good.sum() - np.cumsum(good) + good / 2) / total) if total else float("nan")

    def measures(self, weight: FloatArray, worst_share: float) -> FloatArray:
        """AUC, KS, average precision, capture under these weights; NaN where a class has no weight."""
        bad, good = self.masses(weight)
        all_bad, all_good = bad.sum(), good.sum()
        if not all_bad or not all_good:
            return np.full(4, np.nan)
        bads, goods = np.cumsum(bad), np.cumsum(good)
        both = bads + goods
        auc = np.dot(bad, all_good - goods + good / 2) / (all_bad * all_good)
        ks = np.abs(bads / all_bad - goods / all_good).max()
        precision = np.divide(bads, both, out=np.zeros_like(bads), where=both > 0)
        capture = np.interp(worst_share * both[-1], np.append(0.0, both), np.append(0.0, bads)) / all_bad
        return np.array([auc, ks, np.dot(bad, precision) / all_bad, capture])


def discriminate(scored: Scored, *, rules: Rules, draws: int, seed: int) -> Discrimination:
    """Measures of one split with stratified percentile bootstrap intervals.

    AUC is the chance that a bad row scores lower than a good one, ties half (Hanley and McNeil 1982); Gini is
    2·AUC − 1 (Somers' D); KS the largest distance between the two distributions of scores (Siddiqi 2006, ch. 6);
    average precision the mean of the precision at each bad row, worst scores first; capture the share of all bad
    rows among the worst `rules.worst_share`, where a tie on the border counts in proportion. KS is a maximum: in small
    samples its draws, and so its interval, lie a little above the value.
    """
    reason = both_classes(scored.bad)
    if reason is not None:
        none = Estimate(reason=reason)
        return Discrimination(
            auc=none, auc_delong=none, gini=none, ks=none, average_precision=none, capture=none
        )
    ladder, weight, risk = Ladder.of(scored.bad, scored.score), scored.weights, -scored.score
    drawn = bootstrap(scored, lambda w: ladder.measures(w, rules.worst_share), draws=draws, seed=seed)
    low_high = [drawn[:, i] if draws else np.empty(0) for i in range(4)]
    auc = with_interval(
        float(roc_auc_score(scored.bad, risk, sample_weight=weight)), low_high[0], confidence=rules.confidence
    )
    false, true, cut = roc_curve(scored.bad, risk, sample_weight=weight, drop_intermediate=False)
    furthest = int(np.argmax(np.abs(true - false)))
    precision = float(average_precision_score(scored.bad, risk, sample_weight=weight))
    capture = ladder.measures(weight, rules.worst_share)[3]
    return Discrimination(
        auc=auc,
        auc_delong=_delong_interval(scored, rules.confidence),
        gini=Estimate(
            value=2 * (auc.value or 0.0) - 1,
            low=None if auc.low is None else 2 * auc.low - 1,
            high=None if auc.high is None else 2 * auc.high - 1,
        ),
        ks=with_interval(float(np.abs(true - false)[furthest]), low_high[1], confidence=rules.confidence),
        ks_at=int(-cut[furthest]) if np.isfinite(cut[furthest]) else None,
        average_precision=with_interval(precision, low_high[2], confidence=rules.confidence),
        capture=with_interval(float(capture), low_high[3], confidence=rules.confidence),
    )


def delong(bad: IntArray, scores: Sequence[NDArray[np.generic]]) -> tuple[FloatArray, FloatArray]:
    """AUCs of k scores on the same rows and their covariance (DeLong, DeLong and Clarke-Pearson 1988).

    Computed from mid-ranks (Sun and Xu 2014). Rows are unweighted and independent; at least two of each class.

    Args:
        bad: n outcomes, 1 bad.
        scores: k arrays of n scores, higher better.

    Returns:
        k AUCs and the k × k covariance of their estimates.
    """
    is_bad = bad == 1
    bads, goods = int(is_bad.sum()), int((~is_bad).sum())
    found, of_bad, of_good = [], [], []
    for score in scores:
        risk = -np.asarray(score, dtype=np.float64)
        rank = rankdata(risk)
        place_bad = (rank[is_bad] - rankdata(risk[is_bad])) / goods
        place_good = 1 - (rank[~is_bad] - rankdata(risk[~is_bad])) / bads
        found.append(place_bad.mean())
        of_bad.append(place_bad)
        of_good.append(place_good)
    covariance = np.atleast_2d(np.cov(of_bad)) / bads + np.atleast_2d(np.cov(of_good)) / goods
    return np.array(found), covariance


def _delong_interval(scored: Scored, confidence: float) -> Estimate:
    if not scored.independent:
        return Estimate(
            reason=Title(
                zh="样本加权或同一主体多次出现，DeLong 公式不适用",
                en="rows are weighted or subjects stand in several rows; DeLong's formula assumes neither",
            )
        )
    bads = int(scored.bad.sum())
    if min(bads, len(scored.bad) - bads) < 2:
        return Estimate(reason=Title(zh="失信或守信样本不足两行", en="fewer than two bad or two good rows"))
    auc, covariance = delong(scored.bad, [scored.score])
    half = float(norm.ppf(0.5 + confidence / 2) * np.sqrt(covariance[0, 0]))
    value = float(auc[0])
    return Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half))
