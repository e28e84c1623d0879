"""The indicators' own points of every subject of a run, as shares of their maximum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from credit_scoring.errors import InputError
from credit_scoring.policy.language import Indicator, Scorecard
from credit_scoring.policy.ranges import bounded, stated_points
from credit_scoring.policy.weights import points_of_weights, resolved
from credit_scoring.scoring.run import Run
from credit_scoring.sectors.weighing.pairwise import Floats

_THOUSANDTH = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorMatrix:
    """What the weights are multiplied with: one row per rated subject, one column per indicator."""

    names: tuple[str, ...]
    subject_ids: tuple[str, ...]
    shares: Floats
    """m x n; 1 is the indicator's maximum. NaN where the indicator is out of the subject's score (`renormalise`)."""
    starts: Floats
    """Points before the indicators', per subject."""
    dimension_of: tuple[int, ...]
    """Number of each indicator's dimension, from 0."""
    points: float
    """Points of the scorecard that the weights share out."""
    unrated: int
    """Subjects left out because they are unrated."""

    @property
    def whole(self) -> Floats:
        """Which subjects have every indicator in their score."""
        return np.asarray(~np.isnan(self.shares).any(axis=1))


def indicator_matrix(run: Run, card: Scorecard) -> IndicatorMatrix:
    """The rated subjects of a run by one scorecard, and their points as shares of each indicator's maximum.

    Args:
        run: the result of `score`. Its table `points` is sparse: where it has no row, a subject has the indicator's
            no-record points.
        card: the scorecard, with its weights.

    Raises:
        InputError: nobody was scored by the scorecard, or its scores are no weighted sums of the indicators.
    """
    places = list(card.places())
    names = tuple(place.indicator for place in places)
    rules = [place.rule for place in resolved(card).places()]
    if idle := [name for name, rule in zip(names, rules, strict=True) if rule.points <= 0]:
        raise InputError(
            f"{', '.join(idle)}: no points to take shares of. Give every indicator a weight above 0."
        )
    scores = run.tables["scores"]
    ours = scores.filter(pc.equal(scores["scorecard"], card.scorecard))
    rated = ours.filter(pc.invert(ours["unrated"]))
    if rated.num_rows == 0:
        raise InputError(f"nobody was rated by '{card.scorecard}': nothing can be said about its weights.")
    shares = np.tile([_no_record(rule) for rule in rules], (rated.num_rows, 1))
    _fill(shares, run.tables["points"], rated["subject_id"], names, card.scorecard)
    dimensions = list(card.dimensions)
    matrix = IndicatorMatrix(
        names=names,
        subject_ids=tuple(rated["subject_id"].to_pylist()),
        shares=shares,
        starts=_floats(rated["start"]),
        dimension_of=tuple(dimensions.index(place.dimension) for place in places),
        points=float(points_of_weights(card)),
        unrated=ours.num_rows - rated.num_rows,
    )
    _prove(matrix, [float(place.rule.weight or 0) for place in places], _floats(rated["score_raw"]), card)
    return matrix


def scores_by(matrix: IndicatorMatrix, weights: Sequence[float] | Floats) -> Floats:
    """Scores of all subjects under some weights, which need not add up to 1: they are renormalised.

    An indicator that is out leaves its weight to its dimension, a dimension wholly out to the others, as the engine does it.

    Args:
        weights: n weights, or k x n for k sets of them.

    Returns:
        m scores, or m x k.
    """
    w = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    w = w / w.sum(axis=1, keepdims=True)
    sums = np.empty((len(matrix.shares), len(w)))
    whole = np.asarray(matrix.whole, dtype=bool)
    sums[whole] = matrix.shares[whole] @ w.T
    if not whole.all():
        sums[~whole] = _renormalised(matrix, matrix.shares[~whole], w)
    result = matrix.starts[:, None] + matrix.points * sums
    return np.asarray(result[:, 0] if np.ndim(weights) == 1 else result)


def _renormalised(matrix: IndicatorMatrix, shares: Floats, w: Floats) -> Floats:
    observed = ~np.isnan(shares)
    earned = np.zeros((len(shares), len(w)))
    present = np.zeros_like(earned)
    for number in sorted(set(matrix.dimension_of)):
        columns = [i for i, d in enumerate(matrix.dimension_of) if d == number]
        of_dimension = w[:, columns].sum(axis=1)
        seen = observed[:, columns] @ w[:, columns].T
        points = np.where(observed[:, columns], shares[:, columns], 0) @ w[:, columns].T
        mean = np.divide(points, seen, out=np.zeros_like(points), where=seen > 0)
        earned += mean * of_dimension
        present += (seen > 0) * of_dimension
    return np.divide(earned, present, out=np.zeros_like(earned), where=present > 0)


def _no_record(rule: Indicator) -> float:
    stated = rule.no_record
    if stated == "unrated" or stated == "renormalise":  # noqa: PLR1714 - narrows the type
        return 0.0  # Such subjects have a row of their own in `points`.
    return float(bounded(rule, stated_points(rule, stated)) / rule.points)


def _fill(
    shares: Floats, points: pa.Table, ids: pa.ChunkedArray, names: tuple[str, ...], scorecard: str
) -> None:
    points = points.filter(pc.equal(points["scorecard"], scorecard))
    rows = pc.index_in(points["subject_id"], value_set=ids.combine_chunks())
    columns = pc.index_in(points["indicator"], value_set=pa.array(names, pa.string()))
    known = pc.and_(pc.is_valid(rows), pc.is_valid(columns))
    own, most = (_floats(points[name].filter(known)) for name in ("points", "most"))
    share = np.divide(own, most, out=np.full_like(own, np.nan), where=most > 0)
    shares[_integers(rows.filter(known)), _integers(columns.filter(known))] = share


def _prove(matrix: IndicatorMatrix, weights: Sequence[float], scored: Floats, card: Scorecard) -> None:
    # Each indicator's points were rounded once to the thousandth, and its maximum too.
    allowed = _THOUSANDTH * (len(matrix.names) + 1)
    off = np.abs(scores_by(matrix, weights) - scored)
    if off.max() > allowed:
        at = int(off.argmax())
        raise InputError(
            f"the score of '{matrix.subject_ids[at]}' by '{card.scorecard}' is {scored[at]:.3f}, and its weighted "
            f"indicators come to {scored[at] - off[at]:.3f} or {scored[at] + off[at]:.3f}: headings with bounds of "
            "their own cannot be weighed. Remove their `floor` and `capped`."
        )


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy())


def _integers(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.to_numpy())
