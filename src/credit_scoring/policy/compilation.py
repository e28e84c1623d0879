"""From a typed policy to small tables: policy is data, the SQL that reads it never changes.

Everything that depends on the evaluation date alone is worked out here, once: windows become pairs of dates, decay
becomes ranges of dates, conditions become clauses of tests. What is left for the engine are joins and integer sums.
Numbers: points in thousandths, values and factors in millionths, values of records in ten-thousandths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from credit_scoring.errors import PolicyError, Problem
from credit_scoring.policy.catalogue import Item, month_count
from credit_scoring.policy.clauses import Literal as Clause
from credit_scoring.policy.clauses import clauses_of
from credit_scoring.policy.language import (
    Bounds,
    Condition,
    DimensionCondition,
    IndicatorCondition,
    MeasureCondition,
    NoRecord,
    Place,
    RecordCondition,
    Scorecard,
    ScoreCondition,
    SubjectCondition,
)
from credit_scoring.policy.measures import (
    EventPoints,
    LevelsCurve,
    LinearCurve,
    Measure,
    MonthsSinceDate,
    OwnTermWindow,
    PerUnit,
    Ratio,
    RepairFactors,
    SelectedMeasure,
    Steps,
    StepsCurve,
)
from credit_scoring.policy.numbers import millionths, months_before, thousandths
from credit_scoring.policy.ranges import bounded, indicator_range, stated_points
from credit_scoring.policy.tables import COLUMNS, Row
from credit_scoring.policy.uses import Uses, uses_of
from credit_scoring.policy.walking import count_of
from credit_scoring.policy.windows import kept_from, needed_from, window_bounds

_COUNTS = {"count", "count_months", "longest_run_months", "ever"}
_DOWN_STEPS = 20


@dataclass(slots=True)
class Compiled:
    """The scorecards of one run as tables, ready for an engine."""

    cards: tuple[Scorecard, ...]
    on: date
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    @property
    def uses(self) -> Uses:
        """Which optional steps these scorecards need."""
        return uses_of(self.cards, self.rows)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimension columns of the result, in the order the scorecards first name them."""
        return tuple(dict.fromkeys(name for card in self.cards for name in card.dimensions))


def compile_policy(cards: Iterable[Scorecard], catalogue: Mapping[str, Item], *, on: date) -> Compiled:
    """Compile the scorecards of one run.

    Args:
        cards: at most one scorecard per subject type.
        catalogue: the items records may have.
        on: the evaluation date.

    Raises:
        PolicyError: two scorecards are for the same subject type.
    """
    compiled = Compiled(cards=tuple(cards), on=on)
    _one_per_subject_type(compiled.cards)
    _Compiler(compiled, catalogue).run()
    return compiled


def _one_per_subject_type(cards: tuple[Scorecard, ...]) -> None:
    first: dict[str, Scorecard] = {}
    for card in cards:
        if card.subject_type in first:
            message = (
                f"'{card.scorecard}' and '{first[card.subject_type].scorecard}' are both for "
                f"{card.subject_type}: a run takes one scorecard per subject type. Choose with --policy."
            )
            raise PolicyError([Problem(file=card.id, line=0, code="P601", message=message)])
        first[card.subject_type] = card


@dataclass(slots=True)
class _Compiler:
    out: Compiled
    catalogue: Mapping[str, Item]
    card_no: int = 0
    measures: int = 0
    tests: int = 0
    clauses: int = 0
    indicator_nos: dict[str, int] = field(default_factory=dict)
    dimension_nos: dict[str, int] = field(default_factory=dict)
    kinds: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        """Append a row; names are checked when the tables are built."""
        self.out.rows[table].append(row)

    def run(self) -> None:
        self._kinds()
        for number, card in enumerate(self.out.cards):
            self.card_no = number
            self._scorecard(card)

    # --- the catalogue -------------------------------------------------------------------------------------

    def _kinds(self) -> None:
        on = self.out.on
        types = {card.subject_type for card in self.out.cards}
        for code, item in self.catalogue.items():
            levels = [*item.levels] + ([] if item.levels and item.level_required else [""])
            for level in levels:
                self.kinds[code, level] = number = len(self.kinds)
                kept = None if item.retention == "permanent" else kept_from(on, month_count(item.retention))
                for subject_type in types & set(item.subject_types):
                    self.add(
                        "kinds", kind_no=number, item=code, level=level, subject_type=subject_type,
                        value_required=item.value_required, kept_from=kept,
                    )  # fmt: skip
            for level in item.levels:
                self.add("levels", item=code, level=level)
            self.add("items", item=code, has_levels=bool(item.levels), level_required=item.level_required)

    # --- one scorecard -------------------------------------------------------------------------------------

    def _scorecard(self, card: Scorecard) -> None:
        no = self.card_no
        low = None if card.floor == "none" else thousandths(card.floor)
        self.add(
            "scorecards", scorecard_no=no, scorecard=card.scorecard, edition=card.edition,
            subject_type=card.subject_type, start=thousandths(card.starts[-1].points), floor=low,
            total=thousandths(card.total), sign=1 if card.direction == "higher_is_better" else -1,
            band_width=None if card.bands is None else thousandths(card.bands.width),
        )  # fmt: skip
        self.indicator_nos.clear()
        self.dimension_nos.clear()
        for name, dimension in card.dimensions.items():
            number = self.dimension_nos[name] = len(self.out.rows["dimensions"])
            self.add(
                "dimensions", dimension_no=number, scorecard_no=no, dimension=name,
                points=thousandths(dimension.points), floor=_floor(dimension.floor),
            )  # fmt: skip
        groups: dict[tuple[str, str | None], int] = {}
        for place in card.places():
            self._place(card, place, groups)
        self._event_groups(card)
        for i, start in enumerate(card.starts[:-1]):
            self._condition("start", len(self.out.rows["starts"]), start.when)
            self.add("starts", target_no=len(self.out.rows["starts"]), ordinal=i, scorecard_no=no, points=thousandths(start.points))  # fmt: skip
        self._grades(card)
        self._overrides(card)

    def _place(self, card: Scorecard, place: Place, groups: dict[tuple[str, str | None], int]) -> None:
        rule, no = place.rule, len(self.out.rows["indicators"])
        self.indicator_nos[place.indicator] = no
        key = (place.dimension, place.group)
        if key not in groups:
            groups[key] = len(self.out.rows["groups"])
            group = card.dimensions[place.dimension].groups[place.group] if place.group is not None else None
            self.add(
                "groups", group_no=groups[key], dimension_no=self.dimension_nos[place.dimension],
                group_id=place.group, points=None if group is None else thousandths(group.points),
                floor=None if group is None else _floor(group.floor),
            )  # fmt: skip
        first_measure = self.measures
        measure_no = self._measure(rule.measure)
        for number in range(first_measure, self.measures):
            self.add("readings", indicator_no=no, override_no=None, measure_no=number)
        no_record = _stated(rule, rule.no_record)
        missing = rule.no_record if rule.not_collected is None else rule.not_collected
        low, _ = indicator_range(rule)
        self.add(
            "indicators", indicator_no=no, scorecard_no=self.card_no, indicator=place.indicator,
            dimension_no=self.dimension_nos[place.dimension], group_no=groups[key], measure_no=measure_no,
            points=thousandths(rule.points), floor=_floor(rule.floor),
            start=thousandths(stated_points(rule, rule.start)), curve=_curve_name(rule.curve),
            no_record=no_record, no_record_unrated=rule.no_record == "unrated",
            no_record_out=rule.no_record == "renormalise", not_collected=_stated(rule, missing),
            not_collected_unrated=missing == "unrated", not_collected_out=missing == "renormalise",
            not_collected_differs=missing != rule.no_record,
            weight=thousandths(max(rule.points - (low if low is not None and low < rule.points else Decimal(0)), Decimal(0))),
            otherwise=None if rule.applies is None else _stated(rule, rule.applies.otherwise),
            otherwise_out=rule.applies is not None and rule.applies.otherwise == "renormalise",
        )  # fmt: skip
        if rule.applies is not None:
            self._condition("applies", no, rule.applies.when)
        self._curve(no, place)
        for code in _item_codes(rule.measure):
            self.add(
                "indicator_items",
                indicator_no=no,
                item=code,
                needed_from=needed_from(rule.measure, self.out.on),
            )

    def _curve(self, no: int, place: Place) -> None:
        curve = place.rule.curve
        if isinstance(curve, StepsCurve):
            for b in curve.steps:
                self.add(
                    "bins", indicator_no=no, low=None if b.from_ is None else millionths(b.from_),
                    high=None if b.below is None else millionths(b.below), points=thousandths(b.points),
                )  # fmt: skip
        elif isinstance(curve, LinearCurve):
            line = curve.linear
            self.add(
                "lines", indicator_no=no, origin=millionths(line.from_), per=millionths(line.per),
                points=thousandths(line.points), units=line.units,
            )  # fmt: skip
        elif isinstance(curve, LevelsCurve):
            codes = _item_codes(place.rule.measure)
            levels = {level for code in codes for level in [*self.catalogue[code].levels, ""]}
            for level in sorted(levels):
                points = curve.levels.get(level, curve.levels.get("other"))
                if points is not None:
                    self.add("level_points", indicator_no=no, level=level, points=thousandths(points))

    def _event_groups(self, card: Scorecard) -> None:
        for group in card.event_groups.values():
            number = len({row["event_group_no"] for row in self.out.rows["event_groups"]})
            order = {name: i for i, name in enumerate(self.indicator_nos)}
            for member in sorted(group.indicators, key=order.__getitem__):
                self.add("event_groups", event_group_no=number, indicator_no=self.indicator_nos[member])

    # --- measures ------------------------------------------------------------------------------------------

    def _measure(self, measure: Measure) -> int:
        if isinstance(measure, Ratio):
            numerator, denominator = self._measure(measure.numerator), self._measure(measure.denominator)
            number = self._next_measure()
            zero = measure.numerator.kind in _COUNTS or measure.numerator.kind == "sum"
            self.add(
                "ratios", measure_no=number, numerator_no=numerator, denominator_no=denominator, numerator_zero=zero,
                empty=None if measure.empty == "no_record" else millionths(measure.empty), scorecard_no=self.card_no,
            )  # fmt: skip
            return number
        number = self._next_measure()
        if isinstance(measure, MonthsSinceDate):
            self.add("subject_dates", measure_no=number, scorecard_no=self.card_no)
            return number
        repeat = measure.repeat if isinstance(measure, EventPoints) else None
        self.add(
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

    def _next_measure(self) -> int:
        self.measures += 1
        return self.measures - 1

    def _rules(self, number: int, measure: EventPoints | SelectedMeasure) -> None:
        after, upto = window_bounds(measure.window, self.out.on)
        own_term = isinstance(measure.window, OwnTermWindow)
        endless = measure.window.own_term.until_repaired if isinstance(measure.window, OwnTermWindow) else ()
        wanted = () if isinstance(measure, EventPoints) else getattr(measure, "levels", ())
        factors = isinstance(getattr(measure, "repaired", None), RepairFactors)
        for code in _item_codes(measure):
            item = self.catalogue[code]
            for level in [*item.levels, ""]:
                kind_no = self.kinds.get((code, level))
                if kind_no is None or (wanted and level not in wanted):
                    continue
                fixed, per = _event_points(measure, code, level)
                self.add(
                    "rules", scorecard_no=self.card_no, kind_no=kind_no, measure_no=number,
                    after=None if level in endless else after, upto=upto, own_term=own_term,
                    value_from=_ten_thousandths(measure.value_at_least), value_below=_ten_thousandths(measure.value_below),
                    repaired="factors" if factors else str(measure.repaired),
                    points=fixed, per=None if per is None else _ten_thousandths(per.per), units=None if per is None else per.units,
                    one_event=measure.one_event,
                )  # fmt: skip

    def _factors(self, number: int, measure: EventPoints) -> None:
        on = self.out.on
        if measure.decay == "linear":
            months = month_count(str(measure.window))
            for age in range(months):
                # Age in whole months is k for events in (on - (k+1) months, on - k months].
                self.add(
                    "decays", measure_no=number, after=months_before(on, age + 1), upto=months_before(on, age),
                    factor=millionths(Decimal(months - age) / Decimal(months)),
                )  # fmt: skip
        elif isinstance(measure.decay, Steps):
            younger = 0
            for age, factor in measure.decay.steps.items():
                self.add("decays", measure_no=number, after=months_before(on, age), upto=months_before(on, younger), factor=millionths(factor))  # fmt: skip
                younger = age
        if isinstance(measure.repaired, RepairFactors):
            for i, entry in enumerate(measure.repaired.factors):
                self.add(
                    "repair_factors", measure_no=number, ordinal=i, days_at_most=entry.days_at_most,
                    value_at_most=_ten_thousandths(entry.value_at_most), factor=millionths(entry.factor),
                )  # fmt: skip

    # --- conditions ----------------------------------------------------------------------------------------

    def _condition(self, target: str, target_no: int, condition: Condition | None) -> None:
        if condition is None:
            return
        numbers: dict[int, int] = {}
        for clause in clauses_of(condition):
            no = self.clauses
            self.clauses += 1
            positive = 0
            late = False
            for literal in clause:
                test_no, is_late = self._test(literal, numbers)
                late |= is_late
                positive += not literal.negated
                self.add("literals", clause_no=no, test_no=test_no, negated=literal.negated)
            self.add(
                "clauses", clause_no=no, scorecard_no=self.card_no, target=target, target_no=target_no,
                positive=positive, late=late or target in ("override", "requires"),
            )  # fmt: skip

    def _test(self, literal: Clause, numbers: dict[int, int]) -> tuple[int, bool]:
        condition = literal.condition
        late = isinstance(condition, IndicatorCondition | DimensionCondition | ScoreCondition)
        if id(condition) in numbers:
            return numbers[id(condition)], late
        numbers[id(condition)] = test_no = self.tests
        self.tests += 1
        shared: Row = {"test_no": test_no, "scorecard_no": self.card_no}
        if isinstance(condition, RecordCondition):
            number = self._measure(count_of(condition))
            self.add("tests", **shared, source="measure", ref_no=number, low=condition.at_least * 1_000_000, low_open=False, high=None, high_open=False)  # fmt: skip
        elif isinstance(condition, MeasureCondition):
            number = self._measure(condition.measure)
            self.add("tests", **shared, source="measure", ref_no=number, **_limits(condition, 1_000_000))
        elif isinstance(condition, SubjectCondition):
            for value in condition.one_of or condition.starts_with or ("",):
                self.add(
                    "subject_tests", **shared, field=condition.subject, value=value,
                    operator="missing" if condition.missing else ("starts_with" if condition.starts_with else "one_of"),
                )  # fmt: skip
        elif isinstance(condition, IndicatorCondition):
            self.add(
                "tests",
                **shared,
                source="indicator",
                ref_no=self.indicator_nos[condition.indicator],
                **_limits(condition, 1_000_000),
            )
        elif isinstance(condition, DimensionCondition):
            self.add(
                "tests",
                **shared,
                source="dimension",
                ref_no=self.dimension_nos[condition.dimension],
                **_limits(condition, 1_000_000),
            )
        elif isinstance(condition, ScoreCondition):
            self.add(
                "tests", **shared, source="score", ref_no=self.card_no, **_limits(condition.score, 1_000_000)
            )
        return test_no, late

    # --- grades and overrides ------------------------------------------------------------------------------

    def _grades(self, card: Scorecard) -> None:
        ladder = [i for i, g in enumerate(card.grades.values()) if g.ladder and not g.by_override_only]
        first = len(self.out.rows["grades"])
        for i, (name, grade) in enumerate(card.grades.items()):
            number = first + i
            self.add(
                "grades", grade_no=number, scorecard_no=self.card_no, grade=name, position=i,
                low=None if grade.from_ is None else thousandths(grade.from_),
                high=None if grade.below is None else thousandths(grade.below),
                by_override=grade.by_override_only, conditional=grade.requires is not None,
                share=None if grade.top_share is None else millionths(grade.top_share), within=grade.within,
            )  # fmt: skip
            self._condition("requires", number, grade.requires)
            lower = [j for j in ladder if j > i]
            for steps in range(_DOWN_STEPS + 1):
                target = i if steps == 0 or not lower else lower[min(steps, len(lower)) - 1]
                self.add("grade_steps", grade_no=number, steps=steps, lower_no=first + target)

    def _overrides(self, card: Scorecard) -> None:
        positions = {
            row["grade"]: row["grade_no"]
            for row in self.out.rows["grades"]
            if row["scorecard_no"] == self.card_no
        }
        for name, override in card.overrides.items():
            number = len(self.out.rows["overrides"])
            effect = override.effect
            grade = effect.grade or effect.grade_at_most or effect.grade_at_least
            points = next(
                (p for p in (effect.score, effect.score_at_most, effect.score_at_least) if p is not None),
                None,
            )
            self.add(
                "overrides", override_no=number, scorecard_no=self.card_no, override_id=name, effect=effect.kind,
                grade_no=None if grade is None else positions[grade],
                points=None if points is None else thousandths(points), steps=effect.grades_down,
            )  # fmt: skip
            first_measure = self.measures
            self._condition("override", number, override.when)
            for measure_no in range(first_measure, self.measures):
                self.add("readings", indicator_no=None, override_no=number, measure_no=measure_no)


def _item_codes(measure: Measure | SelectedMeasure) -> tuple[str, ...]:
    if isinstance(measure, Ratio):
        return tuple(dict.fromkeys((*measure.numerator.items, *measure.denominator.items)))
    return () if isinstance(measure, MonthsSinceDate) else tuple(measure.items)


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


def _curve_name(curve: Any) -> str:
    if isinstance(curve, str):
        return curve
    if isinstance(curve, StepsCurve):
        return "steps"
    return "linear" if isinstance(curve, LinearCurve) else "levels"


def _stated(rule: Any, stated: NoRecord) -> int:
    if stated == "unrated" or stated == "renormalise":  # noqa: PLR1714 - narrows the type
        return 0
    return thousandths(bounded(rule, stated_points(rule, stated)))


def _floor(floor: Any) -> int | None:
    return None if floor == "none" else thousandths(floor)


def _ten_thousandths(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 10_000)


def _limits(bounds: Bounds, scale: int) -> Row:
    """Several limits of one side come down to the tightest, open where it is exclusive."""
    lows = [(v, o) for v, o in ((bounds.at_least, False), (bounds.above, True)) if v is not None]
    highs = [(v, not o) for v, o in ((bounds.at_most, True), (bounds.below, False)) if v is not None]
    low, low_open = max(lows, default=(None, False))
    high, high_closed_rank = min(((v, not o) for v, o in highs), default=(None, True))
    return {
        "low": None if low is None else int(low * scale),
        "low_open": low_open,
        "high": None if high is None else int(high * scale),
        "high_open": high is not None and not high_closed_rank,
    }
