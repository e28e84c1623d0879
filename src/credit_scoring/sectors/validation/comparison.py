"""This evaluation beside the public one and beside the model in use, on the same rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, spearmanr

from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.validation.discrimination import Ladder, delong
from credit_scoring.sectors.validation.inputs import FloatArray, GradeCuts, Scored
from credit_scoring.sectors.validation.resampling import bootstrap, both_classes, with_interval
from credit_scoring.sectors.validation.results import Comparison, Estimate, Migration, Rules


def compare(
    scored: Scored,
    other: FloatArray | None,
    *,
    against: Literal["public", "in_use"],
    name: str | None,
    grades: GradeCuts,
    other_grades: GradeCuts,
    rules: Rules,
    draws: int,
    seed: int,
) -> Comparison:
    """Compare on the rows where the other score is known.

    The difference of AUCs is paired: each draw takes the same rows for both (percentile interval). Where rows are
    unweighted and independent, the p value of DeLong, DeLong and Clarke-Pearson (1988) for "no difference" stands
    beside it. The rank correlation is Spearman's, unweighted. Migration counts rows by the grades of both.
    """
    known = np.zeros(len(scored.bad), dtype=np.bool_) if other is None else ~np.isnan(other)
    reason = _reason(scored, known, against)
    if other is None or reason is not None:
        none = Estimate(reason=reason)
        return Comparison(
            against=against,
            name=name,
            rows=int(known.sum()),
            auc=none,
            other_auc=none,
            difference=none,
            rank_correlation=none,
        )
    rows = _kept(scored, known)
    theirs = other[known]
    ours, beside = Ladder.of(rows.bad, rows.score), Ladder.of(rows.bad, theirs)
    drawn = bootstrap(rows, lambda w: np.array([ours.auc(w), beside.auc(w)]), draws=draws, seed=seed).reshape(
        -1, 2
    )
    auc, other_auc = ours.auc(rows.weights), beside.auc(rows.weights)
    return Comparison(
        against=against,
        name=name,
        rows=len(rows.bad),
        auc=with_interval(auc, drawn[:, 0], confidence=rules.confidence),
        other_auc=with_interval(other_auc, drawn[:, 1], confidence=rules.confidence),
        difference=with_interval(auc - other_auc, drawn[:, 0] - drawn[:, 1], confidence=rules.confidence),
        delong_p=_delong_p(rows, theirs),
        rank_correlation=_rank_correlation(rows.score, theirs),
        migration=_migration(rows, theirs, grades, other_grades),
    )


def _reason(scored: Scored, known: NDArray[np.bool_], against: str) -> Title | None:
    if not known.any():
        return {
            "public": Title(zh="没有公共信用评价得分", en="no public score on these rows"),
            "in_use": Title(zh="没有在用模型得分", en="no score of the model in use on these rows"),
        }[against]
    return both_classes(scored.bad[known])


def _kept(scored: Scored, known: NDArray[np.bool_]) -> Scored:
    return replace(
        scored,
        bad=scored.bad[known],
        score=scored.score[known],
        probability=scored.probability[known],
        weight=scored.weights[known],
        subject=None if scored.subject is None else scored.subject[known],
        public_score=None,
        score_in_use=None,
        segments=None,
        features=None,
        observed_on=None,
    )


def _delong_p(rows: Scored, other: FloatArray) -> float | None:
    bads = int(rows.bad.sum())
    if not rows.independent or min(bads, len(rows.bad) - bads) < 2:
        return None
    auc, covariance = delong(rows.bad, [rows.score, other])
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    if variance <= np.finfo(float).eps:
        return 1.0 if auc[0] == auc[1] else None
    return float(2 * norm.sf(abs(auc[0] - auc[1]) / np.sqrt(variance)))


def _rank_correlation(ours: NDArray[np.generic], theirs: FloatArray) -> Estimate:
    if np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return Estimate(
            reason=Title(zh="其中一方得分全部相同", en="one of the two scores is the same for everybody")
        )
    return Estimate(value=float(spearmanr(ours, theirs).statistic))


def _migration(rows: Scored, other: FloatArray, grades: GradeCuts, other_grades: GradeCuts) -> Migration:
    before, after = other_grades.index(other), grades.index(rows.score)
    table = np.zeros((len(other_grades.grades), len(grades.grades)), dtype=np.int64)
    np.add.at(table, (before, after), 1)
    same = (
        float(np.average(before == after, weights=rows.weights)) if table.shape[0] == table.shape[1] else 0.0
    )
    return Migration(
        from_grades=other_grades.grades,
        to_grades=grades.grades,
        from_titles=other_grades.titles,
        to_titles=grades.titles,
        rows=tuple(tuple(int(cell) for cell in line) for line in table),
        same=same,
    )
