"""A scorecard as rows of whole numbers, taken from its text: what the sums of a run are held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from credit_scoring.policy.language import Dimension, Effect, Floor, Group, Scorecard
from credit_scoring.policy.measures import EventPoints
from credit_scoring.policy.numbers import thousandths
from credit_scoring.policy.ranges import bounded, stated_points

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
LOWEST, HIGHEST = np.int64(-(2**62)), np.int64(2**62)
"""Stand for a bound that is not there; no sum of points comes near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A dimension or a group: which columns stand under it, and its own bounds."""

    name: str
    parts: tuple[int, ...]
    """Indicators of a group; groups of a dimension."""
    low: np.int64
    high: np.int64


@dataclass(frozen=True, slots=True, kw_only=True)
class EventIndicator:
    """An indicator whose measure is the sum of its events' points."""

    column: int
    cap_low: np.int64
    cap_high: np.int64
    identity: bool
    """Its points are that sum; otherwise a curve or a model makes them of it."""
    event_group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All numbers in thousandths. Columns are the k indicators in the order of the file."""

    card: Scorecard
    indicators: tuple[str, ...]
    no_record: Integers
    start: Integers
    low: Integers
    high: Integers
    groups: tuple[Heading, ...]
    """Indicators directly under a dimension are one group without bounds."""
    dimensions: tuple[Heading, ...]
    events: tuple[EventIndicator, ...]
    lowest_score: np.int64
    highest_score: np.int64
    starts: frozenset[int]

    @property
    def sign(self) -> int:
        """1 where more points are better, -1 where they mean more risk."""
        return 1 if self.card.direction == "higher_is_better" else -1


def sheet_of(card: Scorecard) -> Sheet:
    """The numbers of a scorecard."""
    places = list(card.places())
    # What a learnt model gives is bounded by nothing but the score: headings above it have no bounds.
    free = card.model is not None
    columns = {place.indicator: i for i, place in enumerate(places)}
    groups: list[Heading] = []
    dimensions: list[Heading] = []
    for name, dimension in card.dimensions.items():
        first = len(groups)
        if dimension.indicators:
            groups.append(_heading(name, (columns[i] for i in dimension.indicators), None))
        for group_id, group in dimension.groups.items():
            groups.append(_heading(group_id, (columns[i] for i in group.indicators), None if free else group))
        dimensions.append(_heading(name, range(first, len(groups)), None if free else dimension))
    member = {name: group for group, g in card.event_groups.items() for name in g.indicators}
    rules = [place.rule for place in places]
    return Sheet(
        card=card,
        indicators=tuple(columns),
        no_record=_thousandths(
            0 if rule.no_record in ("unrated", "renormalise")
            else thousandths(bounded(rule, stated_points(rule, rule.no_record)))  # type: ignore[arg-type]
            for rule in rules
        ),
        start=_thousandths(thousandths(stated_points(rule, rule.start)) for rule in rules),
        low=_thousandths(_low(rule.floor) for rule in rules),
        high=_thousandths(thousandths(rule.points) for rule in rules),
        groups=tuple(groups),
        dimensions=tuple(dimensions),
        events=tuple(
            _event_indicator(columns[p.indicator], p.rule.measure, identity=p.rule.curve == "identity", group=member.get(p.indicator))
            for p in places
            if isinstance(p.rule.measure, EventPoints)
        ),
        lowest_score=_low(card.floor),
        highest_score=np.int64(thousandths(card.total)),
        starts=frozenset(thousandths(start.points) for start in card.starts),
    )  # fmt: skip


def _thousandths(numbers: Iterable[int | np.int64]) -> Integers:
    return np.array(list(numbers), dtype=np.int64)


def _low(floor: Floor) -> np.int64:
    return LOWEST if floor == "none" else np.int64(thousandths(floor))


def _heading(name: str, parts: Iterable[int], bounds: Group | Dimension | None) -> Heading:
    if bounds is None:
        return Heading(name=name, parts=tuple(parts), low=LOWEST, high=HIGHEST)
    high = np.int64(thousandths(bounds.points))
    return Heading(name=name, parts=tuple(parts), low=_low(bounds.floor), high=high)


def _event_indicator(
    column: int, measure: EventPoints, *, identity: bool, group: str | None
) -> EventIndicator:
    cap = None if measure.cap is None else np.int64(thousandths(measure.cap))
    return EventIndicator(
        column=column,
        cap_low=cap if cap is not None and cap < 0 else LOWEST,
        cap_high=cap if cap is not None and cap >= 0 else HIGHEST,
        identity=identity,
        event_group=group,
    )


def overridden(score: int, effects: Iterable[Effect], *, sign: int) -> int:
    """The score that overrides leave of one before them: a stated score, then the least, then the most."""
    found = list(effects)
    stated = [thousandths(e.score) for e in found if e.score is not None]
    least = [thousandths(e.score_at_least) for e in found if e.score_at_least is not None]
    most = [thousandths(e.score_at_most) for e in found if e.score_at_most is not None]
    if stated:
        score = min(stated) if sign > 0 else max(stated)
    if least:
        score = max(score, *least)
    return min(score, *most) if most else score
