"""Points of a points table, looked up column by column and exact at every boundary.

Counting the cuts a value has reached beats a binary search as long as the count fits a byte: numpy compares eight
numbers at a time, and a block of rows stays in the cache. A wide frame is never turned into a long one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from credit_scoring.errors import FeatureTableError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.frames import Column, Frame, NumberColumn, TextColumn
from credit_scoring.learnt.points_table import Bins, LevelBins, NumericBins, PointsTable

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Writer: TypeAlias = Callable[[slice, Integers], None]
Answer = TypeVar("Answer", np.int64, np.float64)

_BLOCK = 32_768
"""Rows: a block of numbers (256 KB) and its positions fit the cache of one core."""
_MOST_COUNTED = np.iinfo(np.uint8).max - 1
"""Cuts whose count, and the place of missing values after it, fit a byte."""


def points_of(table: PointsTable, frame: Frame) -> Integers:
    """Points in thousandths, (n, k): one column per characteristic, in the order of the table.

    Args:
        frame: n rows with a column for every characteristic; further columns are ignored.

    Raises:
        FeatureTableError: a column is missing, or holds texts where numbers are expected or the other way round.
    """
    points = np.empty((frame.rows, len(table.characteristics)), np.int64, order="F")
    writers = _writers(table, frame)
    for rows in _blocks(frame.rows):
        for j, write in enumerate(writers):
            write(rows, points[rows, j])
    return points


def scores_of(table: PointsTable, frame: Frame, *, bounded: bool = False) -> Integers:
    """n scores in thousandths: `base + Σ points`, kept within floor and total if `bounded`. Errors as `points_of`."""
    scores = np.full(frame.rows, table.base, np.int64)
    part = np.empty(min(_BLOCK, frame.rows), np.int64)
    writers = _writers(table, frame)
    for rows in _blocks(frame.rows):
        for write in writers:
            points = part[: rows.stop - rows.start]
            write(rows, points)
            scores[rows] += points
    return scores.clip(table.floor, table.total) if bounded else scores


def positions_of(bins: Bins, column: Column) -> Integers:
    """n positions of bins: 0 to b-1 for the b bins, b for missing, b + 1 for a level in no group.

    Raises:
        FeatureTableError: texts where numbers are expected or the other way round.

    >>> bins = NumericBins(cuts=(1.0, 3.0), points=(40, 25, 0), missing=40)
    >>> positions_of(bins, NumberColumn(name="visits", values=np.array([0, 1, 2.9, 3, np.nan]))).tolist()
    [0, 1, 1, 2, 3]
    """
    positions = np.empty(len(column.missing()), np.int64)
    write = _writer(bins, column, np.arange(len(bins.points) + 2))
    for rows in _blocks(len(positions)):
        write(rows, positions[rows])
    return positions


def look_up_numbers(
    values: Floats, cuts: Floats, answers: npt.NDArray[Answer], *, out: npt.NDArray[Answer]
) -> None:
    """Write the answer of each value's bin.

    Args:
        values: n numbers; NaN is missing.
        cuts: c rising cuts; bin i holds `cuts[i-1] <= value < cuts[i]`.
        answers: c + 2: of the bins, and of a missing value; more are ignored.
        out: n answers.
    """
    missing = np.isnan(values)
    if len(cuts) > _MOST_COUNTED:
        # NaN sorts behind every number, so its place is the last bin's: one more is that of missing values.
        places: npt.NDArray[Any] = np.searchsorted(cuts, values, side="right") + missing
    else:
        places = missing.astype(np.uint8) * np.uint8(len(cuts) + 1)
        reached = np.empty(len(values), np.bool_)
        for cut in cuts:
            np.greater_equal(values, cut, out=reached)
            places += reached.view(np.uint8)
    # Every place is within bounds; without "clip" numpy would copy the result once more.
    np.take(answers, places, out=out, mode="clip")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableModel:
    """A points table as the `PointsModel` of a learnt scorecard."""

    table: PointsTable

    @property
    def base(self) -> int:
        """Thousandths everyone starts with."""
        return self.table.base

    @property
    def floor(self) -> int:
        """Least score, in thousandths."""
        return self.table.floor

    @property
    def total(self) -> int:
        """Highest score, in thousandths."""
        return self.table.total

    @property
    def features(self) -> tuple[Feature, ...]:
        """Of the characteristics, in their order."""
        return tuple(c.feature for c in self.table.characteristics)

    def points(self, frame: Frame) -> Integers:
        """Points in thousandths, (n, k)."""
        return points_of(self.table, frame)


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, min(rows, start + _BLOCK)) for start in range(0, rows, _BLOCK))


def _writers(table: PointsTable, frame: Frame) -> list[Writer]:
    return [_writer(c.bins, frame.column(c.feature.name), _points(c.bins)) for c in table.characteristics]


def _points(bins: Bins) -> Integers:
    extra = (bins.other,) if isinstance(bins, LevelBins) else ()
    return np.asarray((*bins.points, bins.missing, *extra), np.int64)


def _writer(bins: Bins, column: Column, answers: Integers) -> Writer:
    """What writes the answers of a slice of rows: those of the bins, of missing, and of other levels."""
    if isinstance(bins, NumericBins) and isinstance(column, NumberColumn):
        values, cuts = column.values, np.asarray(bins.cuts, np.float64)
        return lambda rows, out: look_up_numbers(np.ascontiguousarray(values[rows]), cuts, answers, out=out)
    if isinstance(bins, LevelBins) and isinstance(column, TextColumn):
        codes, by_code = column.codes, answers[_places_of_levels(bins, column.levels)]
        return lambda rows, out: out.__setitem__(slice(None), by_code[codes[rows]])
    missing = column.missing()
    if not missing.all():
        expected, held = ("numbers", "texts") if isinstance(bins, NumericBins) else ("texts", "numbers")
        raise FeatureTableError(
            f"column '{column.name}' holds {held}, and its points are given for {expected}. "
            "Convert it before scoring."
        )
    return lambda _rows, out: out.fill(answers[len(bins.points)])


def _places_of_levels(bins: LevelBins, levels: Sequence[str]) -> Integers:
    """Positions of each level, and at the end (where code -1 points) that of missing."""
    missing, other = len(bins.groups), len(bins.groups) + 1
    place = {level: i for i, group in enumerate(bins.groups) for level in group}
    return np.asarray([*(place.get(level, other) for level in levels), missing], np.int64)
