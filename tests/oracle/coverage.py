"""Coverage: what sources have delivered, and how much of a scorecard rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle.days import add_months
from oracle.event_groups import floor_of, starting_points
from oracle.reading import Dates, Delivery, Node, Subject, months_in, number
from oracle.rounding import to_thousandth, within


def is_collected(rule: Node, subject: Subject, dates: Dates, coverage: Sequence[Delivery] | None) -> bool:
    """Every item of the indicator is covered; without a coverage table nothing is claimed."""
    if coverage is None:
        return True
    return all(
        any(covers(delivery, item, subject.region_code, first, dates.on) for delivery in coverage)
        for item, first in needs(rule["measure"], dates.on)
    )


def needs(measure: Node, on: date) -> Iterator[tuple[str, date]]:
    """The items a measure reads, both sides of a ratio, and the day each must be covered from."""
    if measure["kind"] == "ratio":
        yield from needs(measure["numerator"], on)
        yield from needs(measure["denominator"], on)
    for item in measure.get("items", ()):
        yield item, min(on, first_day(measure["window"], on))


def first_day(window: Any, on: date) -> date:
    """The first day of a window; `on` itself where every record has its own term, or there is no window."""
    if window == "all" or "own_term" in window:
        return on
    if isinstance(window, str):
        return add_months(on, -months_in(window)) + timedelta(days=1)
    return date(on.year - int(window.get("offset", 0)) - int(window["calendar_years"]) + 1, 1, 1)


def covers(delivery: Delivery, item: str, region: str | None, first: date, on: date) -> bool:
    """A row of the item, for the region or one that contains it, from the first day needed to the date."""
    return (
        delivery.item == item
        and contains(delivery.region_code, region)
        and (delivery.covered_from is None or delivery.covered_from <= first)
        and (delivery.covered_until is None or delivery.covered_until >= on)
    )


def contains(whole: str | None, region: str | None) -> bool:
    """330000 covers 3301xx, 330100 covers 330102; no region covers all, and alone whoever has none.

    >>> contains("330000", "330102"), contains("330100", "330102"), contains("330200", "330102")
    (True, True, False)
    >>> contains(None, None), contains("330000", None), contains("330102", "330100")
    (True, False, False)
    """
    if whole is None:
        return True
    if region is None:
        return False
    province, city, county = whole[:2], whole[2:4], whole[4:]
    if county != "00":
        return region == whole
    return region[:2] == province if city == "00" else region[:4] == province + city


def completeness(weights: Iterable[tuple[Fraction, bool]]) -> Fraction:
    """Share of the weight that is known, to the thousandth; all of it where nothing has any weight.

    Args:
        weights: of every indicator, and whether it is covered, observed or does not apply.
    """
    everything = list(weights)
    whole = sum((weight for weight, _ in everything), Fraction(0))
    known = sum((weight for weight, is_known in everything if is_known), Fraction(0))
    return to_thousandth(known / whole) if whole > 0 else Fraction(1)


def weight_of(rule: Node) -> Fraction:
    """Points − the fewest a subject with records can get; just the points where that is no limit or no less."""
    points, low = number(rule["points"]), lowest(rule)
    return max(points - (low if low is not None and low < points else 0), Fraction(0))


def lowest(rule: Node) -> Fraction | None:
    """The fewest points with records: by the curve where it lists its points, else the floor."""
    curve, floor = rule.get("curve", "identity"), floor_of(rule)
    if "steps" in curve:
        reach = [number(one["points"]) for one in curve["steps"]]
    elif "levels" in curve:
        reach = [number(points) for points in curve["levels"].values()]
    else:
        return floor
    return within(starting_points(rule) + min(reach), floor, number(rule["points"]))
