"""From the measures to the score, for one subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from oracle.conditions import Facts, holds, value_of
from oracle.coverage import completeness, is_collected, weight_of
from oracle.event_groups import Share, floor_of, share_events, starting_points
from oracle.event_points import capped_sum, kept_points
from oracle.measuring import Measured, curve_points
from oracle.reading import Dates, Delivery, Node, Record, Subject, number
from oracle.rounding import to_thousandth, within
from oracle.sectors import Public


@dataclass
class Line:
    """One indicator of one subject: its points, how they came about, and whether it is taken out."""

    points: Fraction
    state: str
    unrated: bool = False
    out: bool = False


@dataclass
class Scored:
    """Everything about one subject before overrides and grades."""

    subject: Subject
    facts: Facts
    lines: dict[str, Line]
    groups: dict[str, Fraction]
    dimensions: dict[str, Fraction]
    score_raw: Fraction
    unrated: bool
    completeness: Fraction | None
    events: dict[str, Share] = field(default_factory=dict)


def indicators_of(dimension: Node) -> Iterator[tuple[str, Node]]:
    """The indicators of a dimension, with or without a second level."""
    yield from dimension.get("indicators", {}).items()
    for group in dimension.get("groups", {}).values():
        yield from group["indicators"].items()


def all_indicators(scorecard: Node) -> dict[str, Node]:
    """Every indicator of a scorecard, in the order of the file."""
    return {name: rule for d in scorecard["dimensions"].values() for name, rule in indicators_of(d)}


def score_subject(
    scorecard: Node,
    catalogue: Node,
    subject: Subject,
    records: Sequence[Record],
    dates: Dates,
    coverage: Sequence[Delivery] | None = None,
    public: Public | None = None,
) -> Scored:
    """Score one subject by one scorecard, up to the score before overrides."""
    facts = Facts(subject, records, dates, catalogue, public=public)
    events = events_of_indicators(scorecard, facts)
    lines = {
        name: line_of(rule, events.get(name), facts, coverage)
        for name, rule in all_indicators(scorecard).items()
    }
    scale_what_was_observed(scorecard, lines)
    groups, dimensions = add_up(scorecard, lines)
    score = within(
        start_points(scorecard, facts) + sum(dimensions.values(), Fraction(0)),
        floor_of(scorecard),
        number(scorecard["total"]),
    )
    facts.indicators = {name: line.points for name, line in lines.items()}
    facts.dimensions = dimensions
    facts.score = score
    unrated = any(line.unrated for line in lines.values())
    complete = None if coverage is None else known_share(scorecard, lines, facts, coverage)
    return Scored(subject, facts, lines, groups, dimensions, score, unrated, complete, events)


def known_share(
    scorecard: Node, lines: dict[str, Line], facts: Facts, coverage: Sequence[Delivery]
) -> Fraction:
    """Share of the weight that is covered, or has something observed, or does not apply."""
    return completeness(
        (
            weight_of(rule),
            lines[name].state in ("observed", "not_applicable")
            or is_collected(rule, facts.subject, facts.dates, coverage),
        )
        for name, rule in all_indicators(scorecard).items()
    )


def events_of_indicators(scorecard: Node, facts: Facts) -> dict[str, Share]:
    """What every `event_points` indicator makes of the records, events of a group counted once."""
    shares: dict[str, Share] = {}
    for name, rule in all_indicators(scorecard).items():
        if rule["measure"]["kind"] == "event_points" and applies(rule, facts):
            reports = kept_points(rule["measure"], facts.records, facts.dates, facts.catalogue)
            shares[name] = Share(rule, reports, own=reports)
    event_ids = {record.record_id: record.event_id for record in facts.records}
    for group in scorecard.get("event_groups", {}).values():
        share_events([share for name, share in shares.items() if name in group["indicators"]], event_ids)
    return shares


def applies(rule: Node, facts: Facts) -> bool:
    """Whether the indicator is for this subject."""
    return "applies" not in rule or holds(rule["applies"]["when"], facts)


def line_of(rule: Node, share: Share | None, facts: Facts, coverage: Sequence[Delivery] | None) -> Line:
    """The points of one indicator, before anything is scaled."""
    if not applies(rule, facts):
        return stated(rule["applies"]["otherwise"], rule, "not_applicable")
    if share is not None:
        value: Measured = capped_sum(share.own, rule["measure"]) if share.own or share.charged else None
        extra = share.charged
    else:
        value = value_of(rule["measure"], facts)
        extra = Fraction(0)
    if value is None:
        if is_collected(rule, facts.subject, facts.dates, coverage):
            return stated(rule["no_record"], rule, "no_record")
        return stated(rule.get("not_collected", rule["no_record"]), rule, "not_collected")
    points = starting_points(rule) + curve_points(rule.get("curve", "identity"), value)
    points = within(points, floor_of(rule), number(rule["points"]))
    return Line(points + extra, "observed")


def stated(what: str, rule: Node, state: str) -> Line:
    """`full` · `zero` · a number · `unrated` · `renormalise`, where the records say nothing."""
    if what == "full":
        return Line(number(rule["points"]), state)
    if what == "zero":
        return Line(Fraction(0), state)
    if what == "unrated":
        return Line(Fraction(0), state, unrated=True)
    if what == "renormalise":
        return Line(Fraction(0), state, out=True)
    return Line(number(what), state)


def scale_what_was_observed(scorecard: Node, lines: dict[str, Line]) -> None:
    """`renormalise`: the other indicators are scaled up to the dimension's points, and to the total where a
    dimension is wholly out, in the same step."""
    dimensions = scorecard["dimensions"]
    if not any(line.out for line in lines.values()):
        return
    wholly_out = {
        dimension_id
        for dimension_id, dimension in dimensions.items()
        if all(lines[name].out for name, _ in indicators_of(dimension))
    }
    everything = points_of(dimensions)
    still_in = points_of({k: d for k, d in dimensions.items() if k not in wholly_out})
    for dimension in dimensions.values():
        rules = dict(indicators_of(dimension))
        observed = points_of({name: rule for name, rule in rules.items() if not lines[name].out})
        factor = Fraction(1)
        if any(lines[name].out for name in rules) and observed > 0:
            factor *= number(dimension["points"]) / observed
        if wholly_out and still_in > 0:
            factor *= everything / still_in
        for name in rules:
            lines[name].points = to_thousandth(lines[name].points * factor)


def points_of(nodes: Node) -> Fraction:
    """The points of several headings or indicators together."""
    return sum((number(node["points"]) for node in nodes.values()), Fraction(0))


def is_scaled(dimension: Node, lines: dict[str, Line], scorecard: Node) -> bool:
    """Whether something of the dimension, or some whole dimension, was taken out."""
    return any(lines[name].out for name, _ in indicators_of(dimension)) or any(
        all(lines[name].out for name, _ in indicators_of(other)) for other in scorecard["dimensions"].values()
    )


def add_up(scorecard: Node, lines: dict[str, Line]) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Group and dimension = sum of the parts, kept within `[floor, points]`.

    Where indicators were taken out, the scaled points add up "without bounds of their own".
    """
    groups: dict[str, Fraction] = {}
    dimensions: dict[str, Fraction] = {}
    for dimension_id, dimension in scorecard["dimensions"].items():
        scaled = is_scaled(dimension, lines, scorecard)
        parts = [lines[name].points for name in dimension.get("indicators", {})]
        for group_id, group in dimension.get("groups", {}).items():
            points = sum((lines[name].points for name in group["indicators"]), Fraction(0))
            groups[group_id] = points if scaled else within(points, floor_of(group), number(group["points"]))
            parts.append(groups[group_id])
        points = sum(parts, Fraction(0))
        dimensions[dimension_id] = (
            points if scaled else within(points, floor_of(dimension), number(dimension["points"]))
        )
    return groups, dimensions


def start_points(scorecard: Node, facts: Facts) -> Fraction:
    """A number, or the first of a list whose condition holds."""
    start = scorecard.get("start", "0")
    if isinstance(start, str):
        return number(start)
    for entry in start:
        if "when" not in entry or holds(entry["when"], facts):
            return number(entry["points"])
    raise AssertionError("the last start has no condition")
