"""Transitions added up: by group of subjects, in counts and in the inspections that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from credit_scoring.engines.base import Engine
from credit_scoring.policy.catalogue import Title
from credit_scoring.releases import terms
from credit_scoring.releases.impact.comparing import Sides, cells, segment_titles
from credit_scoring.releases.impact.contents import (
    Cell,
    GradeInspections,
    Inspections,
    Movement,
    Segment,
    SegmentKind,
    State,
)
from credit_scoring.releases.impact.ladders import WITHOUT, Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The states of one side and where each stands, by the place the SQL gave it."""

    states: tuple[State, ...]
    index: Mapping[int, int]

    @classmethod
    def of(cls, ladder: Ladder, seen: Mapping[int, str | None]) -> Places:
        """Every grade of the ladder, and what else somebody has."""
        found = ladder.states(dict(seen))
        return cls(states=tuple(found.values()), index={place: i for i, place in enumerate(found)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """What is needed to add transitions up."""

    sides: Sides
    before: Places
    after: Places
    ratios_before: terms.Inspections | None
    ratios_after: terms.Inspections | None
    size_at_least: int

    def everyone(self, engine: Engine) -> Movement:
        """The transitions of everyone."""
        return self.movement(cells(engine, None))

    def by(self, engine: Engine, columns: Sequence[str]) -> tuple[SegmentKind, ...]:
        """The transitions by every grouping, the largest segments first."""
        return tuple(
            SegmentKind(name=name, title=title, segments=self._segments(cells(engine, name)))
            for name, title in segment_titles(columns).items()
        )

    def _segments(self, rows: list[dict[str, Any]]) -> tuple[Segment, ...]:
        by_value: dict[str | None, list[dict[str, Any]]] = {}
        for row in rows:
            by_value.setdefault(row["value"], []).append(row)
        segments = []
        for value, own in by_value.items():
            movement = self.movement(own)
            judged = movement.subjects >= self.size_at_least
            segments.append(Segment(value=value, judged=judged, movement=movement))
        return tuple(sorted(segments, key=lambda s: (-s.movement.subjects, s.value is None, s.value or "")))

    def movement(self, rows: Sequence[Mapping[str, Any]]) -> Movement:
        """The sum of some transitions."""
        both = [row for row in rows if row["scored_by_both"]]
        steps = [
            (row["place_before"] - row["place_after"], row["subjects"])
            for row in both
            if row["place_before"] < WITHOUT and row["place_after"] < WITHOUT
        ]
        same = self.sides.same_ladder
        counts: dict[tuple[int, int], int] = {}
        for row in rows:
            key = (self.before.index[row["place_before"]], self.after.index[row["place_after"]])
            counts[key] = counts.get(key, 0) + row["subjects"]
        return Movement(
            subjects=sum(row["subjects"] for row in both),
            moved=sum(row["subjects"] for row in both if row["moved"]),
            better=sum(n for step, n in steps if step > 0) if same else None,
            worse=sum(n for step, n in steps if step < 0) if same else None,
            entered_worst=sum(row["subjects"] for row in both if row["entered"]),
            left_worst=sum(row["subjects"] for row in both if row["left_worst"]),
            score_changed=sum(row["score_changed"] for row in both),
            change=points(sum(row["change"] for row in both)),
            absolute_change=points(sum(row["absolute_change"] for row in both)),
            inspections_before=_drawn(self.before, self.ratios_before, counts, 0),
            inspections_after=_drawn(self.after, self.ratios_after, counts, 1),
            cells=tuple(Cell(before=a, after=b, subjects=n) for (a, b), n in sorted(counts.items())),
        )


def _drawn(
    places: Places, stated: terms.Inspections | None, counts: Mapping[tuple[int, int], int], side: int
) -> Decimal | None:
    if stated is None:
        return None
    return sum(
        (n * stated.ratios.get(places.states[key[side]].name or "", Decimal(0)) for key, n in counts.items()),
        Decimal(0),
    )


def inspections(
    places: Places, stated: terms.Inspections | None, everyone: Movement, *, side: int
) -> Inspections | None:
    """The inspections of each grade, and who is without a stated ratio; None where none are stated.

    Args:
        side: 0 before, 1 after.
    """
    if stated is None:
        return None
    counts = [0] * len(places.states)
    for cell in everyone.cells:
        counts[cell.before if side == 0 else cell.after] += cell.subjects
    grades = []
    for state, subjects in zip(places.states, counts, strict=True):
        if state.kind == "not_scored":
            continue
        ratio = stated.ratios.get(state.name) if state.kind == "grade" and state.name is not None else None
        drawn = None if ratio is None else subjects * ratio
        grades.append(GradeInspections(state=state, subjects=subjects, ratio=ratio, inspections=drawn))
    return Inspections(
        grades=tuple(grades),
        total=sum((g.inspections for g in grades if g.inspections is not None), Decimal(0)),
        without_ratio=sum(g.subjects for g in grades if g.ratio is None),
        basis=stated.basis,
        authority=stated.authority,
    )


def points(thousandths: int) -> Decimal:
    """Thousandths as points, exactly.

    >>> points(-12345)
    Decimal('-12.345')
    """
    return Decimal(thousandths).scaleb(-3)


def titles_of(sides: Sides) -> dict[tuple[str, str], Title]:
    """Titles of indicators, overrides and dimensions by kind and name; the new scorecard's where both have one."""
    found: dict[tuple[str, str], Title] = {}
    for card in (sides.before.card, sides.after.card):
        found |= {("indicator", place.indicator): place.rule.title for place in card.places()}
        found |= {("override", name): rule.title for name, rule in card.overrides.items()}
        found |= {("heading", name): rule.title for name, rule in card.dimensions.items()}
    return found
