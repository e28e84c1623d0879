"""Which way a measure may count, as the catalogue's polarity of its items gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.measures import (
    EventPoints,
    LatestLevel,
    Measure,
    MonthsSince,
    MonthsSinceDate,
    PublicScore,
    Ratio,
)
from credit_scoring.policy.ranges import event_point_signs
from credit_scoring.policy.training import Polarity

_OPPOSITE: dict[Polarity, Polarity] = {"better": "worse", "worse": "better"}


def polarity_of(measure: Measure, catalogue: Mapping[str, Item]) -> Polarity | None:
    """What a higher value of the measure says; None where the catalogue does not tell.

    More of a bad item is worse, more of a good one better. Points of events and the public score are better the
    higher they are. Of `latest_level` the value is the rank of the level, worse the higher it is. Time since a bad
    event speaks for the subject. Items of both kinds in one measure, neutral items and the age of the subject
    give no direction.
    """
    if isinstance(measure, PublicScore):
        return "better"
    if isinstance(measure, MonthsSinceDate):
        return None
    if isinstance(measure, Ratio):
        below = _of_items(measure.denominator.items, catalogue)
        above = _of_items(measure.numerator.items, catalogue)
        return above if below is None else None
    if isinstance(measure, EventPoints):
        return "better" if event_point_signs(measure) else None
    if isinstance(measure, LatestLevel):
        return "worse"
    shared = _of_items(measure.items, catalogue)
    if isinstance(measure, MonthsSince):
        return None if shared is None else _OPPOSITE[shared]
    return shared


def _of_items(codes: Iterable[str], catalogue: Mapping[str, Item]) -> Polarity | None:
    found = {catalogue[code].polarity for code in codes if code in catalogue}
    if found == {"worse"}:
        return "worse"
    return "better" if found == {"better"} else None
