"""Sign and monotonicity proved by perturbation: move one feature, hold the rest, watch the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import NumericBins, PointsTable
from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.validation.inputs import FloatArray, IntArray
from credit_scoring.sectors.validation.results import Monotonicity, Sweep, Violation
from credit_scoring.sectors.validation.stability import plain_column

Score = Callable[[pd.DataFrame], NDArray[np.int64]]
"""Scores in thousandths of the rows of a frame."""


def prove_monotone(
    scores: Score,
    frame: pd.DataFrame,
    features: Sequence[Feature],
    *,
    seed: int,
    nothing_on_record: frozenset[str] = frozenset(),
    cuts: Mapping[str, Sequence[float]] | None = None,
    rows: int = 200,
    quantiles: int = 41,
    evaluations: int = 40_000,
) -> Monotonicity:
    """Sweep each feature that has a polarity over its values, on a sample of rows.

    The values are quantiles observed in `frame` with its smallest and largest value, one value beyond each end, and
    around each cut the cut itself and the numbers just below and just above it. Along the rising values every step is compared: under `worse` the
    score must not rise, under `better` it must not fall. Where missing means "nothing on record", a missing value is
    also compared with every value from the least observed on: a first bad record must not raise the score, a first good one must not
    lower it. A single wrong step is a violation.

    Args:
        scores: gives the scores of a frame with the columns of `frame`; called once or more per feature.
        frame: the rows to sample from; every feature is one of its columns.
        features: those with polarity `free` are passed over.
        seed: of the sample.
        nothing_on_record: features whose missing value means that nothing is on record.
        cuts: points at which an evaluation may jump, by feature (`cuts_of`).
        rows: size of the sample.
        quantiles: how many observed quantiles are swept over.
        evaluations: scores computed per feature at most; the sample, never the values, is made smaller to keep it.

    Returns:
        One sweep per feature with a polarity; one that cannot be tested (not in the frame, text, missing everywhere)
        says why, and the verdict fails on it.

    Raises:
        InputError: `scores` does not return one whole number per row, or the frame has no rows.
    """
    if not len(frame):
        raise InputError("the frame to prove monotonicity on has no rows.")
    sample = np.random.default_rng(seed).permutation(len(frame))[:rows]
    known = cuts or {}
    return Monotonicity(
        sweeps=tuple(
            _sweep(
                scores,
                frame,
                feature,
                sample=sample,
                missing=feature.name in nothing_on_record,
                cuts=known.get(feature.name, ()),
                quantiles=quantiles,
                evaluations=evaluations,
            )
            for feature in features
            if feature.polarity != "free"
        )
    )


def cuts_of(table: PointsTable) -> dict[str, tuple[float, ...]]:
    """The points at which a points table may jump, by feature."""
    return {c.feature.name: c.bins.cuts for c in table.characteristics if isinstance(c.bins, NumericBins)}


def _sweep(
    scores: Score,
    frame: pd.DataFrame,
    feature: Feature,
    *,
    sample: NDArray[np.intp],
    missing: bool,
    cuts: Sequence[float],
    quantiles: int,
    evaluations: int,
) -> Sweep:
    polarity = "better" if feature.polarity == "better" else "worse"
    values, least, reason = _values(frame, feature.name, cuts, quantiles=quantiles)
    if reason is not None:
        return Sweep(
            feature=feature.name, polarity=polarity, rows=0, values=0, pairs=0, violations=0, reason=reason
        )
    swept = np.append(values, np.nan) if missing else values
    chosen = sample[: max(1, evaluations // len(swept))]
    moved = _scores_over(scores, frame, feature.name, chosen, swept)
    # In the wrong direction is above 0 from here on, whatever the polarity.
    wrong = 1 if polarity == "worse" else -1
    steps = wrong * np.diff(moved[:, : len(values)], axis=1)
    froms, tos = np.arange(len(values) - 1), np.arange(1, len(values))
    if missing:
        # A value below all that was ever seen (a count of -1) is no first record.
        first = int(np.searchsorted(values, least))
        steps = np.hstack([steps, wrong * (moved[:, first : len(values)] - moved[:, -1:])])
        froms = np.append(froms, np.full(len(values) - first, len(values)))
        tos = np.append(tos, np.arange(first, len(values)))
    worst = None
    if (steps > 0).any():
        line, step = np.unravel_index(int(np.argmax(steps)), steps.shape)
        worst = Violation(
            row=int(chosen[line]),
            from_value=_or_null(swept[froms[step]]),
            to_value=_or_null(swept[tos[step]]),
            change=int(wrong * steps[line, step]),
        )
    return Sweep(
        feature=feature.name,
        polarity=polarity,
        rows=len(chosen),
        values=len(swept),
        pairs=int(steps.size),
        violations=int((steps > 0).sum()),
        worst=worst,
    )


def _values(
    frame: pd.DataFrame, name: str, cuts: Sequence[float], *, quantiles: int
) -> tuple[FloatArray, float, Title | None]:
    """Rising values to sweep over and the least one observed, or why there are none."""
    if name not in frame:
        return np.empty(0), 0.0, Title(zh="数据中没有这一特征", en="is not a column of the frame")
    column = plain_column(frame, name)
    if not np.issubdtype(column.dtype, np.number):
        return (
            np.empty(0),
            0.0,
            Title(zh="文本没有大小之分，不能规定方向", en="is text, which has no order and so no polarity"),
        )
    present = column[~np.isnan(column.astype(np.float64))].astype(np.float64)
    if not len(present) and not len(cuts):
        return np.empty(0), 0.0, Title(zh="全部缺失", en="is missing in every row")
    at = np.asarray(cuts, dtype=np.float64)
    observed = np.empty(0)
    if len(present):
        # Tomorrow's values may lie beyond today's: a step further at both ends.
        beyond = max(float(np.ptp(present)), 1.0)
        inside = np.quantile(present, np.linspace(0, 1, quantiles), method="nearest")
        observed = np.concatenate([[inside[0] - beyond], inside, [inside[-1] + beyond]])
    around = np.concatenate([np.nextafter(at, -np.inf), at, np.nextafter(at, np.inf)])
    values = np.unique(np.concatenate([observed, around]))
    return values, float(present.min()) if len(present) else float(values[0]), None


def _scores_over(
    scores: Score, frame: pd.DataFrame, name: str, rows: NDArray[np.intp], values: FloatArray
) -> IntArray:
    """Scores of each chosen row (lines) at each value (columns)."""
    moved = frame.iloc[np.repeat(rows, len(values))].reset_index(drop=True)
    moved[name] = np.tile(values, len(rows))
    found = np.asarray(scores(moved))
    if found.shape != (len(moved),) or not np.issubdtype(found.dtype, np.integer):
        raise InputError(
            f"the scores to be proved monotone must be one whole number (thousandths) per row: got shape "
            f"{found.shape} of {found.dtype} for {len(moved)} rows."
        )
    return found.astype(np.int64).reshape(len(rows), len(values))


def _or_null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
