"""Event groups: indicators that may report one and the same event.

"An event that these indicators share (same `event_id`) counts only in the one where it weighs most; on a tie,
in the one that stands first in the file. Bounds of an indicator must not turn this into a gift: … the group
loses exactly `min(U, C)` — `U` each event once at its heaviest, `C` the sum of what the indicators would lose
with every report counted, each within its bounds. What is missing is charged in the order of the file."
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from oracle.event_points import Points, capped_sum
from oracle.reading import Node, number
from oracle.rounding import within


@dataclass
class Share:
    """One indicator of a group: its reports' points, those that stay with it, and what is charged on top."""

    rule: Node
    reports: Points
    own: Points = field(default_factory=dict)
    charged: Fraction = Fraction(0)

    def moves(self, points: Points) -> Fraction:
        """How far these reports take the indicator from its start, within its cap and its bounds."""
        start = starting_points(self.rule)
        end = within(
            start + capped_sum(points, self.rule["measure"]), floor_of(self.rule), number(self.rule["points"])
        )
        return end - start


def starting_points(rule: Node) -> Fraction:
    """`full` to deduct, `zero` to earn, or a number."""
    if rule["start"] == "full":
        return number(rule["points"])
    return Fraction(0) if rule["start"] == "zero" else number(rule["start"])


def floor_of(node: Node) -> Fraction | None:
    """`floor` defaults to 0; `none` is no lower bound."""
    floor = node.get("floor", "0")
    return None if floor == "none" else number(floor)


def share_events(members: list[Share], event_ids: dict[str, str | None]) -> None:
    """Give every event to one indicator and charge what the bounds would have given away.

    Args:
        members: the indicators of one group in the order of the file.
        event_ids: of every record.
    """
    weights = [weight_by_event(member.reports, event_ids) for member in members]
    heaviest: dict[object, int] = {}
    for place, weight in enumerate(weights):
        for event, points in weight.items():
            if event not in heaviest or abs(points) > abs(weights[heaviest[event]][event]):
                heaviest[event] = place
    for place, member in enumerate(members):
        member.own = {
            record: points
            for record, points in member.reports.items()
            if heaviest[event_key(record, event_ids)] == place
        }
    each_once = sum((weights[place][event] for event, place in heaviest.items()), Fraction(0))
    every_report = sum((member.moves(member.reports) for member in members), Fraction(0))
    due = min(each_once, every_report, key=abs)
    missing = due - sum((member.moves(member.own) for member in members), Fraction(0))
    for member in members:
        room = member.moves(member.reports) - member.moves(member.own)
        member.charged = min(room, missing, key=abs)
        missing -= member.charged


def event_key(record: str, event_ids: dict[str, str | None]) -> object:
    """Reports with one `event_id` are one event; a record without one stands alone."""
    return ("event", event_ids[record]) if event_ids[record] is not None else ("record", record)


def weight_by_event(points: Points, event_ids: dict[str, str | None]) -> dict[object, Fraction]:
    """Points of every event in one indicator."""
    weights: dict[object, Fraction] = {}
    for record, amount in points.items():
        event = event_key(record, event_ids)
        weights[event] = weights.get(event, Fraction(0)) + amount
    return weights
