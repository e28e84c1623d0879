"""A sector's scorecard: weights multiplied out, and what the public scorecard beneath it says of a subject."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction

from oracle.reading import Node, number
from oracle.rounding import to_thousandth

WORDS = ("full", "zero", "unrated", "renormalise", "none")


@dataclass(frozen=True)
class Public:
    """A subject's result by the scorecard that is extended."""

    score: Fraction
    grade: str | None
    unrated: bool
    dimensions: dict[str, Fraction]


def weighed(scorecard: Node) -> Node:
    """Every number of points of an indicator times weight × (total − highest start) ÷ its own points.

    Each is rounded once to the thousandth. A scorecard without weights comes back as it is.
    """
    rules = [rule for dimension in scorecard["dimensions"].values() for rule in rules_of(dimension)]
    if not any("weight" in rule for rule in rules):
        return scorecard
    result = deepcopy(scorecard)
    shared = number(scorecard["total"]) - highest_start(scorecard)
    for dimension in result["dimensions"].values():
        for rule in rules_of(dimension):
            multiply(rule, number(rule.pop("weight")) * shared / number(rule["points"]))
    return result


def rules_of(dimension: Node) -> Iterable[Node]:
    """The indicators of a dimension, with or without a second level."""
    yield from dimension.get("indicators", {}).values()
    for group in dimension.get("groups", {}).values():
        yield from group["indicators"].values()


def highest_start(scorecard: Node) -> Fraction:
    """The start, or the highest of several."""
    start = scorecard.get("start", "0")
    return number(start) if isinstance(start, str) else max(number(entry["points"]) for entry in start)


def multiply(rule: Node, factor: Fraction) -> None:
    """Points everywhere in one rule, times a factor."""

    def times(node: Node, key: str) -> None:
        if key in node and node[key] not in WORDS:
            node[key] = str(to_thousandth(number(node[key]) * factor))

    for key in ("points", "floor", "start", "no_record", "not_collected"):
        times(rule, key)
    times(rule.get("applies", {}), "otherwise")
    curve, measure = rule.get("curve", {}), rule["measure"]
    if "steps" in curve:
        for one in curve["steps"]:
            times(one, "points")
    elif "linear" in curve:
        times(curve["linear"], "points")
    elif "levels" in curve:
        for level in curve["levels"]:
            times(curve["levels"], level)
    times(measure, "cap")
    if measure["kind"] == "event_points":
        for item, points in measure["items"].items():
            if isinstance(points, str):
                times(measure["items"], item)
            elif "per" in points:
                times(points, "points")
            else:
                for level in points:
                    times(points, level)


def public_value(measure: Node, public: Public | None) -> Fraction | None:
    """The score, or the points of one dimension; nothing where the subject was not scored or is unrated."""
    if public is None or public.unrated:
        return None
    return public.dimensions[measure["dimension"]] if "dimension" in measure else public.score
