"""What a scorecard gives without any record, and how headings and the scale bound what comes together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from credit_scoring.errors import ReleaseError
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.compilation import compile_policy
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.numbers import thousandths


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One subject's score under one scorecard in parts that add up to it, in thousandths."""

    start: int
    indicators: dict[str, int]
    headings: dict[str, int]
    """What the bounds of a dimension and its groups add or cut off."""
    scale: int
    override: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPoints:
    """A scorecard with the points of its indicators where nothing is on record, in thousandths."""

    card: Scorecard
    bases: Mapping[str, int]

    def bases_beside(self, other: CardPoints) -> int:
        """No-record points of the indicators that the other scorecard does not have, in thousandths."""
        return sum(base for name, base in self.bases.items() if name not in other.bases)

    def account(self, row: Mapping[str, Any], points: Mapping[str, int]) -> Account:
        """The parts of a score.

        Args:
            row: of the table `scores`.
            points: thousandths by indicator, of the subject's rows of the table `points`.

        Raises:
            ReleaseError: the parts are not what the scorecard's own bounds make of the points.
        """
        own = {**self.bases, **points}
        headings = {}
        for dimension in self.card.dimensions:
            names = [p.indicator for p in self.card.places() if p.dimension == dimension]
            plain = sum(own[name] for name in names)
            found = thousandths(row[dimension])
            # Where something was taken out, the rest was scaled, and no heading bounds it.
            if found not in (plain, self._bounded(dimension, own)):
                raise ReleaseError(
                    f"{self.card.id}: the points of '{dimension}' do not follow from those of its indicators. "
                    "This is a fault of the program: please report it."
                )
            headings[dimension] = found - plain
        start, raw, score = (thousandths(row[name]) for name in ("start", "score_raw", "score"))
        dimensions = sum(thousandths(row[name]) for name in self.card.dimensions)
        scaled = _within(start + dimensions, self.card.floor, self.card.total)
        if raw != scaled or (score != raw and not row["overrides"]):
            raise ReleaseError(
                f"{self.card.id}: a score does not follow from its dimensions. This is a fault of the program: please report it."
            )
        return Account(
            start=start,
            indicators=own,
            headings=headings,
            scale=raw - start - dimensions,
            override=score - raw,
        )

    def _bounded(self, dimension: str, points: Mapping[str, int]) -> int:
        heading = self.card.dimensions[dimension]
        total = sum(points[name] for name in heading.indicators)
        for group in heading.groups.values():
            total += _within(sum(points[name] for name in group.indicators), group.floor, group.points)
        return _within(total, heading.floor, heading.points)


def _within(points: int, floor: Any, most: Any) -> int:
    points = min(points, thousandths(most))
    return points if floor == "none" else max(points, thousandths(floor))


def card_points(card: Scorecard, catalogue: Mapping[str, Item], *, on: date) -> CardPoints:
    """A scorecard and its no-record points on a date, as the line computes with them."""
    compiled = compile_policy((card,), catalogue, on=on)
    bases = {row["indicator"]: row["no_record"] for row in compiled.tables.rows["indicators"]}
    return CardPoints(card=card, bases=bases)
