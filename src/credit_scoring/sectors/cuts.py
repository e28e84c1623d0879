"""Where to cut: optbinning's optimal cuts, made short, and merged until they follow the direction asked for."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from optbinning import OptimalBinning

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.frames import TextColumn

Floats: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.int64]

PLACES = 6
"""Most decimals of a cut: values are kept to the millionth."""
_MEAN_WEIGHT = 1_000
"""optbinning truncates sums of weights to whole numbers; weights that are not whole are made large first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinningRules:
    """How bins are chosen. Rows are counted by their weights."""

    max_prebins: int
    min_bin_share: float
    """Least share of all rows in a bin, or of a level with a place of its own."""
    enough_rows: float
    """Rows that suffice where the share would ask for more."""
    rows_apart: float
    """Rows from which missing, special and rare values have a WoE of their own."""
    max_bins: int | None
    time_limit: float
    """Seconds per feature for the solver."""

    def least(self, weights: Floats) -> float:
        """Least rows of a bin, given the weights of all rows."""
        return min(self.min_bin_share * float(weights.sum()), self.enough_rows)


def optimal_cuts(
    values: Floats,
    bad: Labels,
    weights: Floats,
    *,
    trend: str,
    name: str,
    given: Sequence[float] | None,
    least: float,
    rules: BinningRules,
) -> tuple[float, ...]:
    """Rising cuts; none where one bin is best, or where no bins follow the trend.

    Args:
        values: n numbers, none missing.
        bad: n labels, 1 is bad.
        weights: n weights above 0.
        trend: of the rate of bad, in optbinning's words: `ascending`, `descending`, `auto`.
        name: of the feature, for messages.
        given: the only cuts allowed.
        least: rows of a bin (see `BinningRules.least`).

    Raises:
        TrainingError: cuts that do not rise, or the solver ran out of time.
    """
    if given is not None and (not np.isfinite(given).all() or (np.diff(given) <= 0).any()):
        raise TrainingError(f"the cuts given for '{name}' must be finite and rise: {list(given)}.")
    if not len(values) or values.min() == values.max() or bad.min() == bad.max():
        return ()
    if given is not None and not len(given):
        return ()
    whole = bool((weights == np.trunc(weights)).all())
    large = weights if whole else weights * (_MEAN_WEIGHT / weights.mean())
    share = min(0.5, least / float(weights.sum()))
    binning = OptimalBinning(
        dtype="numerical",
        monotonic_trend=trend,
        max_n_prebins=rules.max_prebins,
        min_prebin_size=share,
        max_n_bins=rules.max_bins,
        user_splits=None if given is None else np.asarray(given, np.float64),
        time_limit=rules.time_limit,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            binning.fit(values, bad, sample_weight=large, check_input=False)
    except (ValueError, TypeError, ArithmeticError, IndexError, RuntimeError) as error:
        raise TrainingError(f"'{name}' cannot be binned: {error}. Leave it out, or give its cuts.") from error
    if binning.status not in ("OPTIMAL", "INFEASIBLE"):
        raise TrainingError(
            f"the solver did not finish the bins of '{name}' within {rules.time_limit:g} s ({binning.status}), so they would "
            "depend on the machine. Allow more time, or fewer prebins."
        )
    if given is None and not len(binning.splits) and binning._n_refinements:
        # Every candidate bin held one class, as in small or perfectly separable data, and optbinning keeps none.
        return separating_cut(values, bad, weights, sign={"ascending": 1, "descending": -1}.get(trend, 0))
    return tuple(float(cut) for cut in np.unique(binning.splits))


def shortest_cuts(values: Floats, cuts: Sequence[float]) -> tuple[tuple[float, ...], int]:
    """The same bins of these values by the shortest decimals, and how many cuts no six decimals can express.

    Args:
        values: the different values, rising.

    >>> shortest_cuts(np.array([0.0, 1.0, 2.0]), [0.50000001, 1.5])
    ((1.0, 2.0), 0)
    """
    short, lost = [], 0
    for cut in cuts:
        at = int(np.searchsorted(values, cut, side="left"))
        if at in (0, len(values)):
            continue
        low, high = float(values[at - 1]), float(values[at])
        found = _shortest(low, high)
        if found is None:
            lost += 1
        else:
            short.append(found)
    return tuple(sorted(set(short))), lost


def _shortest(low: float, high: float) -> float | None:
    """The number with the fewest decimals in (low, high], the one nearest the middle."""
    middle = low + (high - low) / 2
    for places in range(PLACES + 1):
        step = 10.0**-places
        near = round(middle, places)
        tries = [c for c in (near, round(near + step, places), round(near - step, places)) if low < c <= high]
        if tries:
            return min(tries, key=lambda c: abs(c - middle))
    return None


def pooled(
    values: Floats, bad: Labels, weights: Floats, *, cuts: tuple[float, ...], sign: int
) -> tuple[float, ...]:
    """Cuts left after neighbouring bins that contradict the direction are merged (pool adjacent violators).

    Args:
        sign: 1 the rate of bad rises, -1 it falls, 0 either: nothing is merged.
    """
    place = np.searchsorted(np.asarray(cuts), values, side="right")
    weight = np.bincount(place, weights=weights, minlength=len(cuts) + 1)
    bads = np.bincount(place, weights=weights * bad, minlength=len(cuts) + 1)
    blocks: list[tuple[float, float, float | None]] = []
    for i in range(len(cuts) + 1):
        total, part, low = float(weight[i]), float(bads[i]), cuts[i - 1] if i else None
        while blocks and _merges(blocks[-1], (total, part), sign):
            before = blocks.pop()
            total, part, low = total + before[0], part + before[1], before[2]
        blocks.append((total, part, low))
    return tuple(low for _, _, low in blocks if low is not None)


def _merges(before: tuple[float, float, float | None], now: tuple[float, float], sign: int) -> bool:
    return sign != 0 and sign * (now[1] * before[0] - before[1] * now[0]) <= 0


def separating_cut(values: Floats, bad: Labels, weights: Floats, *, sign: int) -> tuple[float, ...]:
    """The one cut that tells most, for values whose candidate bins hold one class only; none if none follows the sign.

    The measure is the information value with half a row added to each cell, so that it stays finite.
    """
    different, place = np.unique(values, return_inverse=True)
    bads: Floats = np.cumsum(np.bincount(place, weights=weights * bad), dtype=np.float64)
    goods: Floats = np.cumsum(np.bincount(place, weights=weights * (1 - bad)), dtype=np.float64)
    low_bad, low_good = bads[:-1], goods[:-1]
    high_bad, high_good = bads[-1] - low_bad, goods[-1] - low_good
    low = adjusted_woe(low_good, low_bad, all_good=goods[-1], all_bad=bads[-1])
    high = adjusted_woe(high_good, high_bad, all_good=goods[-1], all_bad=bads[-1])
    part = (low_good / goods[-1] - low_bad / bads[-1]) * (low - high)
    part[sign * (low - high) < 0] = 0
    best = int(np.argmax(part)) if len(part) else 0
    return (float(different[best + 1]),) if len(part) and part[best] > 0 else ()


def adjusted_woe(good: Floats, bads: Floats, *, all_good: float, all_bad: float) -> Floats:
    """Weight of evidence with half a row added to the good and the bad of each bin; finite for bins of one class."""
    half = 0.5
    return np.asarray(np.log(((good + half) / all_good) / ((bads + half) / all_bad)), np.float64)


def levels_by_risk(
    column: TextColumn, bad: Labels, weights: Floats, *, min_weight: float, apart: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Levels by rising rate of bad, and the rare ones; those `apart` are in neither."""
    known = column.codes >= 0
    codes = column.codes[known]
    weight = np.bincount(codes, weights=weights[known], minlength=len(column.levels))
    bads = np.bincount(codes, weights=(weights * bad)[known], minlength=len(column.levels))
    seen = [i for i, level in enumerate(column.levels) if weight[i] > 0 and level not in apart]
    frequent = [i for i in seen if weight[i] >= min_weight]
    by_risk = sorted(frequent, key=lambda i: (bads[i] / weight[i], column.levels[i]))
    rare = sorted(column.levels[i] for i in seen if weight[i] < min_weight)
    return [column.levels[i] for i in by_risk], rare
