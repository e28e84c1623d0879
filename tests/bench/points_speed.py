"""How fast points are looked up, side by side with optbinning's scorecard on the same rows and the same bins."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from optbinning import BinningProcess, Scorecard
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.lookup import look_up_numbers, points_of, scores_of
from credit_scoring.learnt.points_table import Characteristic, NumericBins, PointsTable
from credit_scoring.learnt.scale import rounded_thousandths

LEARNT_FROM = 20_000
"""Rows optbinning is fitted to; the rows timed are others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsSpeed:
    """Rows per second, each the best of its repetitions, from a pandas frame."""

    rows: int
    indicators: int
    cuts: int
    """Of all indicators together."""
    optbinning: float
    scores: float
    """Our scores: the same answer as optbinning's `score`."""
    points: float
    """Our points of every indicator, which optbinning does not give."""
    largest_difference: float
    """Between the two scores before rounding, in points."""

    @property
    def times_faster(self) -> float:
        """Our scores against optbinning's."""
        return self.scores / self.optbinning


def measure(*, rows: int = 1_000_000, indicators: int = 30, seed: int = 0, repeats: int = 3) -> PointsSpeed:
    """Learn a scorecard with optbinning, score the same rows with both, compare and time.

    Raises:
        AssertionError: the scores differ by more than 1e-9 points before rounding, or by more than rounding after.
    """
    data, bad = _invented(rows, indicators, seed)
    theirs = _learnt(data.head(LEARNT_FROM), bad[:LEARNT_FROM])
    answers = _answers(theirs)
    table = _table(answers)
    their_time, their_scores = _best(lambda: theirs.score(data), repeats=1)
    our_time, our_scores = _best(lambda: scores_of(table, frame_of(data)), repeats=repeats)
    points_time, points = _best(lambda: points_of(table, frame_of(data)), repeats=repeats)
    exact = np.zeros(rows)
    part = np.empty(rows)
    for name, (cuts, earned) in answers.items():
        look_up_numbers(data[name].to_numpy(), cuts, earned, out=part)
        exact += part
    largest = float(np.abs(exact - their_scores).max())
    assert largest <= 1e-9, largest
    assert np.abs(our_scores / 1000 - their_scores).max() <= 0.0005 * indicators
    assert (points.sum(axis=1) == our_scores).all()
    return PointsSpeed(
        rows=rows,
        indicators=indicators,
        cuts=sum(len(cuts) for cuts, _ in answers.values()),
        optbinning=rows / their_time,
        scores=rows / our_time,
        points=rows / points_time,
        largest_difference=largest,
    )


def _invented(rows: int, indicators: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(seed)
    data = {f"indicator_{i:02}": draw.gamma(2, 3, rows).round(2) for i in range(indicators)}
    risk = sum((-1) ** i * (values - 6) * 0.08 for i, values in enumerate(data.values()))
    bad = (draw.random(rows) < expit(risk - 2)).astype(int)
    for values in data.values():
        values[draw.random(rows) < 0.03] = np.nan
    return pd.DataFrame(data), bad


def _learnt(data: pd.DataFrame, bad: np.ndarray) -> Scorecard:
    scorecard = Scorecard(
        binning_process=BinningProcess(list(data.columns)),
        estimator=LogisticRegression(max_iter=1_000),
        scaling_method="pdo_odds",
        scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return scorecard.fit(data, bad, metric_missing="empirical")


def _answers(scorecard: Scorecard) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Cuts, and points of the bins and of missing values, as optbinning's own table has them."""
    lines = scorecard.table(style="detailed")
    answers = {}
    for name, of_feature in lines.groupby("Variable", sort=False):
        cuts = scorecard.binning_process_.get_binned_variable(name).splits
        earned = of_feature["Points"].to_numpy(np.float64)
        # The last two lines are special values, of which there are none, and missing values.
        answers[str(name)] = (np.asarray(cuts), np.append(earned[: len(cuts) + 1], earned[-1]))
    return answers


def _table(answers: dict[str, tuple[np.ndarray, np.ndarray]]) -> PointsTable:
    lines = []
    for name, (cuts, earned) in answers.items():
        points = rounded_thousandths(earned).tolist()
        bins = NumericBins(cuts=tuple(cuts.tolist()), points=tuple(points[:-1]), missing=points[-1])
        lines.append(Characteristic(feature=Feature(name=name, polarity="free"), bins=bins))
    return PointsTable(base=0, characteristics=tuple(lines))


def _best(task: Callable[[], Any], *, repeats: int) -> tuple[float, Any]:
    best, answer = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = task()
        best = min(best, time.perf_counter() - start)
    return best, answer
