"""Which way a measure may count, as the catalogue's polarity of its items gives it."""

from __future__ import annotations

from collections.abc import Mapping

from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.measures import (
    Count,
    EventPoints,
    Measure,
    MonthsSince,
    OfValues,
    PublicScore,
    Ratio,
    SelectedMeasure,
)
from credit_scoring.policy.ranges import event_point_signs
from credit_scoring.policy.training import Polarity

_OPPOSITE: dict[Polarity, Polarity] = {"better": "worse", "worse": "better"}


def polarity_of(measure: Measure, catalogue: Mapping[str, Item]) -> Polarity | None:
    """What a higher value of the measure says; None where it has to be stated.

    A direction is given only where one more entry, or a heavier one, can move the value one way only: counts, sums
    and maxima of values from 0 up, points of events, time since the last event, and counts or sums per unit of something
    neutral. A mean falls with a further small value, a latest level rises with a milder one, a count of repaired entries
    rises with repair: which way those may count is for the sector's file to say.
    """
    if isinstance(measure, PublicScore):
        return "better"
    if isinstance(measure, EventPoints):
        return "better" if event_point_signs(measure) else None
    if isinstance(measure, Ratio):
        below = {catalogue[code].polarity for code in measure.denominator.items if code in catalogue}
        counted = isinstance(measure.numerator, Count) or measure.numerator.kind == "sum"
        return _accumulating(measure.numerator, catalogue) if counted and below == {"neutral"} else None
    if isinstance(measure, MonthsSince):
        shared = _of_entries(measure, catalogue)
        return None if shared is None else _OPPOSITE[shared]
    if isinstance(measure, Count | OfValues):
        return _accumulating(measure, catalogue)
    return None


def _accumulating(measure: Count | OfValues, catalogue: Mapping[str, Item]) -> Polarity | None:
    if isinstance(measure, OfValues):
        from_zero = measure.value_at_least is not None and measure.value_at_least >= 0
        if measure.kind not in ("sum", "maximum") or not from_zero:
            return None
    return _of_entries(measure, catalogue)


def _of_entries(measure: SelectedMeasure, catalogue: Mapping[str, Item]) -> Polarity | None:
    """The polarity the items share, where neither repair nor a heavier entry can take one out of the measure."""
    if measure.repaired == "only" or measure.value_below is not None:
        return None
    items = [catalogue[code] for code in measure.items if code in catalogue]
    found = {item.polarity for item in items}
    polarity = next(iter(found)) if len(found) == 1 else "neutral"
    if polarity == "neutral":
        return None
    if measure.levels and not all(_up_to_the_end(measure.levels, item, polarity) for item in items):
        return None
    return polarity


def _up_to_the_end(levels: tuple[str, ...], item: Item, polarity: str) -> bool:
    """Whether a selection of levels takes in every level beyond the first one it takes in."""
    ranked = [level for level in item.levels if level not in item.unranked]
    if polarity == "better":
        ranked.reverse()
    chosen = [level in levels for level in ranked]
    return chosen == sorted(chosen)
