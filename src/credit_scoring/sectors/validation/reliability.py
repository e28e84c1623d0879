"""Reliability of the probabilities: Brier score, calibration curve, Hosmer-Lemeshow, slope and intercept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import chi2, norm
from sklearn.metrics import brier_score_loss

from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.validation.grouping import equal_cuts, group_of
from credit_scoring.sectors.validation.inputs import FloatArray, IntArray, Scored, effective_rows
from credit_scoring.sectors.validation.resampling import bootstrap, both_classes, wilson, with_interval
from credit_scoring.sectors.validation.results import (
    Estimate,
    HosmerLemeshow,
    Reliability,
    ReliabilityBin,
    Rules,
)

_STEPS = 100
_CLOSE = 1e-10


def rely(scored: Scored, *, rules: Rules, draws: int, seed: int) -> Reliability:
    """Reliability of one split.

    Brier is the weighted mean of (probability − outcome)² (Brier 1950). The curve has groups of about equal weight.
    The expected calibration error is the mean distance between foretold and observed over the groups, each counted
    by its weight (Naeini, Cooper and Hauskrecht 2015). Wilson's intervals and the Hosmer-Lemeshow test count rows as
    independent, also where subjects stand in several; the interval of the Brier score does not.
    """
    bad, weight, told = scored.bad, scored.weights, scored.probability
    squares = (told - bad) ** 2
    drawn = bootstrap(
        scored, lambda w: np.array([np.dot(w, squares) / w.sum()]), draws=draws, seed=seed
    ).ravel()
    brier = float(brier_score_loss(bad, told, sample_weight=weight, pos_label=1))
    curve, group = _curve(scored, rules)
    shares = np.bincount(group, weights=weight) / weight.sum()
    distances = [abs(item.foretold - (item.observed.value or 0.0)) for item in curve]
    rate = float(np.average(bad, weights=weight))
    slope, intercept = cox(bad, told, weight, confidence=rules.confidence)
    return Reliability(
        brier=with_interval(brier, drawn, confidence=rules.confidence),
        brier_of_base_rate=rate * (1 - rate),
        hosmer_lemeshow=hosmer_lemeshow(bad, told, weight, groups=rules.bins, fitted=scored.fitted),
        slope=slope,
        intercept=intercept,
        in_the_large=float(np.average(told, weights=weight)) - rate,
        expected_error=Estimate(value=float(np.dot(shares, distances))),
        curve=curve,
    )


def _curve(scored: Scored, rules: Rules) -> tuple[tuple[ReliabilityBin, ...], IntArray]:
    told, weight = scored.probability, scored.weights
    group = group_of(told, equal_cuts(told, weight, groups=rules.bins, isolate=False))
    bins = []
    for number in range(int(group.max()) + 1):
        rows = group == number
        rate = float(np.average(scored.bad[rows], weights=weight[rows]))
        bins.append(
            ReliabilityBin(
                rows=int(rows.sum()),
                low=float(told[rows].min()),
                high=float(told[rows].max()),
                foretold=float(np.average(told[rows], weights=weight[rows])),
                observed=wilson(rate, effective_rows(weight[rows]), confidence=rules.confidence),
            )
        )
    return tuple(bins), group


def hosmer_lemeshow(
    bad: IntArray, probability: FloatArray, weight: FloatArray, *, groups: int, fitted: bool
) -> HosmerLemeshow:
    """Test of Hosmer and Lemeshow over groups of about equal size, equal probabilities kept together.

    Ĉ = Σ n (o − p)² ÷ (p (1 − p)) with n the rows of a group, o its bad rate and p its mean probability; chi-square
    with g − 2 degrees of freedom on the rows of the fit and g on other rows (Hosmer, Lemeshow and Sturdivant 2013,
    Applied Logistic Regression, ch. 5.2.2 and 5.3). Where rows are weighted, n is the effective number of rows of
    the group: weights that stand for a population must not pass for a larger sample. With very many rows the test
    rejects differences of no consequence; read it beside the expected calibration error.

    A group whose probabilities are all 0 or all 1 adds nothing if it came true and makes the p value 0 if not.
    """
    group = group_of(probability, equal_cuts(probability, weight, groups=groups, isolate=False))
    formed = int(group.max()) + 1
    if formed < 3:
        return HosmerLemeshow(
            p=Estimate(
                reason=Title(
                    zh=f"概率取值过少，只能分成 {formed} 组，至少需要 3 组",
                    en=f"too few distinct probabilities: they form {formed} groups, at least 3 are needed",
                )
            )
        )
    total = np.bincount(group, weights=weight)
    size = total**2 / np.bincount(group, weights=weight**2)
    told = np.bincount(group, weights=weight * probability) / total
    came = np.bincount(group, weights=weight * bad) / total
    spread = told * (1 - told)
    certain = spread <= 0
    freedom = formed - 2 if fitted else formed
    if bool((certain & (np.abs(came - told) > _CLOSE)).any()):
        return HosmerLemeshow(freedom=freedom, p=Estimate(value=0.0))
    statistic = float((size * (came - told) ** 2)[~certain] @ (1 / spread[~certain]))
    return HosmerLemeshow(
        statistic=statistic, freedom=freedom, p=Estimate(value=float(chi2.sf(statistic, freedom)))
    )


def cox(
    bad: IntArray, probability: FloatArray, weight: FloatArray, *, confidence: float
) -> tuple[Estimate, Estimate]:
    """Calibration slope and intercept: logistic regression of the outcome on the log-odds of the probability.

    1 and 0 are perfect; a slope below 1 says that probabilities are too extreme (Cox 1958, Biometrika 45; Van
    Calster et al. 2019). Intervals are Wald's with the sandwich variance, so that weights may be inclusion weights;
    rows count as independent.
    """
    reason = both_classes(bad)
    if reason is None and (probability.min() <= 0 or probability.max() >= 1):
        reason = Title(zh="存在恰为 0 或 1 的概率", en="some probabilities are exactly 0 or 1")
    if reason is None and np.ptp(probability) == 0:
        reason = Title(zh="所有概率相同", en="all probabilities are the same")
    if reason is not None:
        return Estimate(reason=reason), Estimate(reason=reason)
    design = np.column_stack([np.ones(len(bad)), np.log(probability / (1 - probability))])
    beta = _logistic(design, bad, weight / weight.mean())
    if beta is None:
        apart = Title(
            zh="样本被概率完全分开，斜率无界",
            en="the probabilities part bad and good entirely; the slope is unbounded",
        )
        return Estimate(reason=apart), Estimate(reason=apart)
    told = expit(design @ beta)
    bread = np.linalg.inv((design.T * (weight * told * (1 - told))) @ design)
    meat = (design.T * (weight * (bad - told)) ** 2) @ design
    error = np.sqrt(np.diag(bread @ meat @ bread)) * float(norm.ppf(0.5 + confidence / 2))

    def estimate(i: int) -> Estimate:
        return Estimate(value=float(beta[i]), low=float(beta[i] - error[i]), high=float(beta[i] + error[i]))

    return estimate(1), estimate(0)


def _logistic(design: FloatArray, bad: IntArray, weight: FloatArray) -> NDArray[np.float64] | None:
    """Newton's method with halved steps; None where there is no maximum (the classes lie apart)."""

    def likelihood(beta: FloatArray) -> float:
        odds = design @ beta
        return float(np.dot(weight, bad * odds - np.logaddexp(0, odds)))

    beta = np.array([0.0, 1.0])
    now = likelihood(beta)
    for _ in range(_STEPS):
        told = expit(design @ beta)
        slope = design.T @ (weight * (bad - told))
        curvature = (design.T * (weight * told * (1 - told))) @ design
        if np.linalg.cond(curvature) > 1 / np.finfo(float).eps:
            return None
        step = np.linalg.solve(curvature, slope)
        while likelihood(beta + step) < now - _CLOSE * abs(now) and np.abs(step).max() > _CLOSE:
            step = step / 2
        beta = beta + step
        now = likelihood(beta)
        if np.abs(step).max() < _CLOSE:
            return beta
    return None
