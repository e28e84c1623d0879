"""Which optional steps of the line a policy needs; the others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.tables import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Which optional steps of the line these scorecards need; the others are left out."""

    repeat: bool
    event_groups: bool
    ratios: bool
    public_score: bool
    public_grade: bool
    runs: bool
    early_conditions: bool
    late_points: bool
    renormalise: bool
    bounds_bind: bool
    top_share: bool


def uses_of(cards: Iterable[Scorecard], rows: Mapping[str, list[Row]]) -> Uses:
    """The optional steps that compiled scorecards need."""
    measures = rows["measures"]
    return Uses(
        repeat=any(m["repeat_months"] is not None for m in measures),
        event_groups=bool(rows["event_groups"]),
        ratios=bool(rows["ratios"]),
        public_score=bool(rows["public_measures"]),
        public_grade=any(t["field"] == "public_grade" for t in rows["subject_tests"]),
        runs=any(m["kind"] == "longest_run_months" for m in measures),
        early_conditions=any(not c["late"] for c in rows["clauses"]),
        late_points=any(t["source"] != "measure" for t in rows["tests"]),
        renormalise=any(
            i["no_record_out"] or i["not_collected_out"] or i["otherwise_out"] for i in rows["indicators"]
        ),
        bounds_bind=any(_bounds_can_bind(card) for card in cards),
        top_share=any(g["share"] is not None for g in rows["grades"]),
    )


def _bounds_can_bind(card: Scorecard) -> bool:
    """Whether a heading's own floor or cap can ever cut the sum of its parts (else the step is left out)."""

    def cuts(points: Decimal, floor: Any, low: Decimal | None, high: Decimal) -> bool:
        return high > points or (floor != "none" and (low is None or low < floor))

    for dimension in card.dimensions.values():
        parts: list[tuple[Decimal | None, Decimal]] = []
        for group in dimension.groups.values():
            low, high = _sum_range(group.indicators.values())
            if cuts(group.points, group.floor, low, high):
                return True
            parts.append((low, high))
        if dimension.indicators:
            parts.append(_sum_range(dimension.indicators.values()))
        low = (
            None
            if any(p[0] is None for p in parts)
            else sum((p[0] for p in parts if p[0] is not None), Decimal(0))
        )
        if cuts(dimension.points, dimension.floor, low, sum((p[1] for p in parts), Decimal(0))):
            return True
    return False


def _sum_range(rules: Iterable[Any]) -> tuple[Decimal | None, Decimal]:
    low: Decimal | None = Decimal(0)
    high = Decimal(0)
    for rule in rules:
        low = None if low is None or rule.floor == "none" else low + rule.floor
        high += rule.points
    return low, high
