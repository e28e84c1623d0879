"""Measures as tables: which records they read, how long, and what an event is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from credit_scoring.policy.catalogue import Item, month_count
from credit_scoring.policy.measures import (
    EventPoints,
    Measure,
    MonthsSinceDate,
    OwnTermWindow,
    PerUnit,
    PublicScore,
    Ratio,
    RepairFactors,
    SelectedMeasure,
    Steps,
)
from credit_scoring.policy.numbers import millionths, months_before, thousandths
from credit_scoring.policy.tables import Tables
from credit_scoring.policy.windows import window_bounds

_COUNTS = {"count", "count_months", "longest_run_months", "ever"}


@dataclass(slots=True)
class MeasureTables:
    """Numbers measures and writes their rows; the measures of one scorecard after another."""

    tables: Tables
    catalogue: Mapping[str, Item]
    on: date
    card_no: int = 0
    count: int = 0
    kinds: dict[tuple[str, str], int] = field(default_factory=dict)
    """Numbers of the kinds of entry, by item and level."""

    def compile(self, measure: Measure) -> int:
        """Add a measure, and of a ratio its parts; returns its number."""
        if isinstance(measure, Ratio):
            numerator, denominator = self.compile(measure.numerator), self.compile(measure.denominator)
            number = self._next()
            zero = measure.numerator.kind in _COUNTS or measure.numerator.kind == "sum"
            self.tables.add(
                "ratios", measure_no=number, numerator_no=numerator, denominator_no=denominator, numerator_zero=zero,
                empty=None if measure.empty == "no_record" else millionths(measure.empty), scorecard_no=self.card_no,
            )  # fmt: skip
            return number
        number = self._next()
        if isinstance(measure, MonthsSinceDate):
            self.tables.add("subject_dates", measure_no=number, scorecard_no=self.card_no)
            return number
        if isinstance(measure, PublicScore):
            self.tables.add(
                "public_measures", measure_no=number, scorecard_no=self.card_no, dimension=measure.dimension
            )
            return number
        repeat = measure.repeat if isinstance(measure, EventPoints) else None
        self.tables.add(
            "measures", measure_no=number, scorecard_no=self.card_no, kind=measure.kind,
            one_event=measure.one_event, same_event=measure.same_event,
            cap=thousandths(measure.cap) if isinstance(measure, EventPoints) and measure.cap is not None else None,
            repeat_months=None if repeat is None else month_count(repeat.within),
            repeat_factor=None if repeat is None else millionths(repeat.factor),
        )  # fmt: skip
        self._rules(number, measure)
        if isinstance(measure, EventPoints):
            self._factors(number, measure)
        return number

    def _next(self) -> int:
        self.count += 1
        return self.count - 1

    def _rules(self, number: int, measure: EventPoints | SelectedMeasure) -> None:
        after, upto = window_bounds(measure.window, self.on)
        own_term = isinstance(measure.window, OwnTermWindow)
        endless = measure.window.own_term.until_repaired if isinstance(measure.window, OwnTermWindow) else ()
        wanted = () if isinstance(measure, EventPoints) else getattr(measure, "levels", ())
        factors = isinstance(getattr(measure, "repaired", None), RepairFactors)
        for code in item_codes(measure):
            item = self.catalogue[code]
            for level in [*item.levels, ""]:
                kind_no = self.kinds.get((code, level))
                if kind_no is None or (wanted and level not in wanted):
                    continue
                fixed, per = _event_points(measure, code, level)
                self.tables.add(
                    "rules", scorecard_no=self.card_no, kind_no=kind_no, measure_no=number,
                    after=None if level in endless else after, upto=upto, own_term=own_term,
                    value_from=ten_thousandths(measure.value_at_least), value_below=ten_thousandths(measure.value_below),
                    repaired="factors" if factors else str(measure.repaired),
                    points=fixed, per=None if per is None else ten_thousandths(per.per), units=None if per is None else per.units,
                    one_event=measure.one_event,
                )  # fmt: skip

    def _factors(self, number: int, measure: EventPoints) -> None:
        on = self.on
        if measure.decay == "linear":
            months = month_count(str(measure.window))
            for age in range(months):
                # Age in whole months is k for events in (on - (k+1) months, on - k months].
                self.tables.add(
                    "decays", measure_no=number, after=months_before(on, age + 1), upto=months_before(on, age),
                    factor=millionths(Decimal(months - age) / Decimal(months)),
                )  # fmt: skip
        elif isinstance(measure.decay, Steps):
            younger = 0
            for age, factor in measure.decay.steps.items():
                self.tables.add("decays", measure_no=number, after=months_before(on, age), upto=months_before(on, younger), factor=millionths(factor))  # fmt: skip
                younger = age
        if isinstance(measure.repaired, RepairFactors):
            for i, entry in enumerate(measure.repaired.factors):
                self.tables.add(
                    "repair_factors", measure_no=number, ordinal=i, days_at_most=entry.days_at_most,
                    value_at_most=ten_thousandths(entry.value_at_most), factor=millionths(entry.factor),
                )  # fmt: skip


def item_codes(measure: Measure | SelectedMeasure) -> tuple[str, ...]:
    """The items a measure reads; none where it reads the subject itself or its public score."""
    if isinstance(measure, Ratio):
        return tuple(dict.fromkeys((*measure.numerator.items, *measure.denominator.items)))
    return () if isinstance(measure, MonthsSinceDate | PublicScore) else tuple(measure.items)


def _event_points(
    measure: EventPoints | SelectedMeasure, code: str, level: str
) -> tuple[int | None, PerUnit | None]:
    if not isinstance(measure, EventPoints):
        return None, None
    points = measure.items[code]
    if isinstance(points, PerUnit):
        return thousandths(points.points), points
    if isinstance(points, dict):
        return thousandths(points.get(level, points.get("other", Decimal(0)))), None
    return thousandths(points), None


def ten_thousandths(value: Decimal | None) -> int | None:
    """A value as `records.value` is kept."""
    return None if value is None else int(value * 10_000)
