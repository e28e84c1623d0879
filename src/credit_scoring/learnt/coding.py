"""How columns become the numbers LightGBM sees, the same at the fit as later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_scoring.learnt.frames import Frame, NumberColumn, TextColumn
from credit_scoring.learnt.trees import Floats, Integers

OTHER = 0
"""Code of a level that is not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How a frame's columns become the numbers a model sees.

    A number stays what it is, NaN is missing. Of L listed levels, level i has code i + 1, a missing text L + 1, and any
    other text 0, at the fit as later. Texts that were too rare to be listed teach the model what 0 means; if there were
    none, a level never seen goes the way of the levels that no split names.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...] | None, ...]
    """Listed levels of each feature; None for numbers."""

    @property
    def categories(self) -> list[int]:
        """Places of the features that are texts."""
        return [place for place, levels in enumerate(self.levels) if levels is not None]

    def matrix(self, frame: Frame, used: Sequence[str] | None = None) -> Floats:
        """n rows by k features.

        Args:
            frame: columns of the kinds learnt from.
            used: features to read; the others are left missing. None reads all.
        """
        found = np.full((frame.rows, len(self.names)), np.nan, order="F")
        for place, (name, levels) in enumerate(zip(self.names, self.levels, strict=True)):
            if used is not None and name not in used:
                continue
            column = frame.column(name)
            if isinstance(column, NumberColumn):
                found[:, place] = column.values if levels is None else len(levels) + 1
            else:
                found[:, place] = _codes(column, levels or ())
        return found


def coding_of(frame: Frame, *, level_rows: int) -> Coding:
    """The coding for a frame to learn from: levels in the order of their text, rare ones left out."""
    return Coding(
        names=frame.names,
        levels=tuple(
            _levels(column, level_rows) if isinstance(column, TextColumn) else None
            for column in frame.columns
        ),
    )


def _levels(column: TextColumn, level_rows: int) -> tuple[str, ...]:
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
    return tuple(
        sorted(
            level for level, count in zip(column.levels, counts, strict=True) if count >= max(1, level_rows)
        )
    )


def _codes(column: TextColumn, levels: tuple[str, ...]) -> Integers:
    place = {level: i + 1 for i, level in enumerate(levels)}
    # The last entry is where code -1, missing, points to.
    by_code = np.array(
        [*(place.get(level, OTHER) for level in column.levels), len(levels) + 1], dtype=np.int64
    )
    return by_code[column.codes]
