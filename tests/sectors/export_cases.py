"""Random points tables and rows for exports, and what each row must get, worked out slowly and by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import Bins, Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.export.imprint import GradeCut

HUGE = (1e308, -1e308, math.inf, -math.inf, 5e-324, -5e-324, -0.0, 0.0, 2.0**53, 0.1 + 0.2)
LETTERS = "aAzZ09 _'\"`\\%;-.$&<>[]{}\t\nß中é🙂"
POINTS = st.integers(-(10**6), 10**6) | st.sampled_from([-(10**10), 3 * 10**9, 2**31])
CUTS = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-3, 50).map(float)
    | st.decimals(-100, 100, places=6).map(float)
    | st.sampled_from([-0.0, 0.1, 1e22, 1.7976931348623157e308])
)
TEXTS = st.text(LETTERS, max_size=6) | st.sampled_from(
    ["", " ", "NaN", "NULL", "null", "a b", "a  b", "a\rb", "--", "/*"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A table, its grades, and rows of values in the order of its characteristics."""

    table: PointsTable
    grades: tuple[GradeCut, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one row must get, in thousandths."""

    points: tuple[int, ...]
    raw: int
    score: int
    grade: str | None

    @property
    def row(self) -> tuple[Any, ...]:
        return (*self.points, self.raw, self.score, self.grade)


def expected(case: Case, row: tuple[Any, ...]) -> Expected:
    points = tuple(points_of(c.bins, value) for c, value in zip(case.table.characteristics, row, strict=True))
    raw = case.table.base
    for number in points:
        raw += number
    score = max(case.table.floor, min(case.table.total, raw))
    grade = None
    for cut in reversed(case.grades):
        if cut.low is None or score >= cut.low:
            grade = cut.grade
    return Expected(points=points, raw=raw, score=score, grade=grade)


def points_of(bins: Bins, value: Any) -> int:
    """Every bin is asked; exactly one must answer."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return bins.missing
    if isinstance(bins, LevelBins):
        answers = [
            p for group, p in zip(bins.groups, bins.points, strict=True) for level in group if level == value
        ]
        return answers[0] if answers else bins.other
    edges = [-math.inf, *bins.cuts, math.inf]
    answers = [
        p
        for i, p in enumerate(bins.points)
        if (i == 0 or edges[i] <= value) and (i == len(bins.points) - 1 or value < edges[i + 1])
    ]
    assert len(answers) == 1
    return answers[0]


def numeric_bins() -> st.SearchStrategy[NumericBins]:
    return st.lists(CUTS, max_size=6, unique_by=lambda cut: cut + 0.0).flatmap(
        lambda cuts: st.builds(
            NumericBins,
            cuts=st.just(tuple(sorted(cuts))),
            points=st.tuples(*[POINTS] * (len(cuts) + 1)),
            missing=POINTS,
        )
    )


def level_bins() -> st.SearchStrategy[LevelBins]:
    groups = st.lists(TEXTS, max_size=7, unique=True).map(
        lambda levels: tuple(tuple(levels[i::3]) for i in range(3))
    )
    return st.builds(
        LevelBins, groups=groups, points=st.tuples(POINTS, POINTS, POINTS), missing=POINTS, other=POINTS
    )


NAMES = st.text(LETTERS, min_size=1, max_size=8).filter(lambda name: name == name.strip())


@st.composite
def cases(draw: st.DrawFn, *, rows: int = 12) -> Case:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold))
    characteristics = tuple(
        Characteristic(
            feature=Feature(
                name=name, polarity="free", title=draw(st.none() | st.builds(Title, zh=TITLES, en=TITLES))
            ),
            bins=draw(numeric_bins() | level_bins()),
        )
        for name in names
    )
    floor, total = sorted(draw(st.tuples(POINTS, POINTS)))
    table = PointsTable(base=draw(POINTS), characteristics=characteristics, floor=floor, total=total)
    lows = sorted(draw(st.lists(st.integers(floor, total), max_size=3, unique=True)), reverse=True)
    grades = [GradeCut(grade=f"{draw(TEXTS.filter(is_plain))}{i}", low=low) for i, low in enumerate(lows)]
    if grades and draw(st.booleans()):
        grades.append(GradeCut(grade="D'", low=None))
    values = st.tuples(*(value_for(c.bins) for c in characteristics))
    return Case(
        table=table, grades=tuple(grades), rows=tuple(draw(st.lists(values, min_size=3, max_size=rows)))
    )


TITLES = st.text(LETTERS, min_size=1, max_size=8)


def is_plain(text: str) -> bool:
    return not any(letter in text for letter in "\t\n\r")


def value_for(bins: Bins) -> st.SearchStrategy[Any]:
    """Missing, at a cut, the float before and after it, far out; levels known, nearly known and unknown."""
    if isinstance(bins, LevelBins):
        levels = [level for group in bins.groups for level in group]
        near = [text for level in levels for text in (level, level.swapcase(), f"{level} ", level.strip())]
        return st.none() | TEXTS | st.sampled_from(near or ["x"]) | st.sampled_from(levels or ["y"])
    near_cuts = [
        v for cut in bins.cuts for v in (cut, math.nextafter(cut, -math.inf), math.nextafter(cut, math.inf))
    ]
    return st.sampled_from([None, math.nan, *HUGE]) | st.sampled_from(near_cuts or [1.0]) | st.floats()
