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
from credit_scoring.policy.condition_tables import ConditionTables
from credit_scoring.policy.language import (
    Indicator,
    NoRecord,
    Place,
    Scorecard,
)
from credit_scoring.policy.measure_tables import MeasureTables, item_codes
from credit_scoring.policy.measures import (
    LevelsCurve,
    LinearCurve,
    Ratio,
    StepsCurve,
)
from credit_scoring.policy.numbers import millionths, thousandths
from credit_scoring.policy.ranges import bounded, indicator_range, stated_points
from credit_scoring.policy.tables import Tables
from credit_scoring.policy.uses import Uses, uses_of
from credit_scoring.policy.windows import kept_from, needed_from

_DOWN_STEPS = 20


@dataclass(slots=True)
class Compiled:
    """The scorecards of one run as tables, ready for an engine."""

    cards: tuple[Scorecard, ...]
    on: date
    tables: Tables

    @property
    def uses(self) -> Uses:
        """Which optional steps these scorecards need."""
        return uses_of(self.cards, self.tables.rows)

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
    tables = Tables()
    compiled = Compiled(cards=tuple(cards), on=on, tables=tables)
    _one_per_subject_type(compiled.cards)
    measures = MeasureTables(tables, catalogue, on)
    conditions = ConditionTables(tables, measures)
    _Compiler(
        cards=compiled.cards, catalogue=catalogue, tables=tables, measures=measures, conditions=conditions
    ).run()
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


@dataclass(slots=True, kw_only=True)
class _Compiler:
    cards: tuple[Scorecard, ...]
    catalogue: Mapping[str, Item]
    tables: Tables
    measures: MeasureTables
    conditions: ConditionTables
    card_no: int = 0
    names: dict[str, int] = field(default_factory=dict)
    """Numbers of the indicators and dimensions of the scorecard in hand."""

    def run(self) -> None:
        self._kinds()
        for number, card in enumerate(self.cards):
            self.card_no = self.measures.card_no = number
            self._scorecard(card)

    # --- the catalogue -------------------------------------------------------------------------------------

    def _kinds(self) -> None:
        on = self.measures.on
        types = {card.subject_type for card in self.cards}
        for code, item in self.catalogue.items():
            levels = [*item.levels] + ([] if item.levels and item.level_required else [""])
            for level in levels:
                self.measures.kinds[code, level] = number = len(self.measures.kinds)
                kept = None if item.retention == "permanent" else kept_from(on, month_count(item.retention))
                for subject_type in types & set(item.subject_types):
                    self.tables.add(
                        "kinds", kind_no=number, item=code, level=level, subject_type=subject_type,
                        value_required=item.value_required, kept_from=kept,
                    )  # fmt: skip
            for level in item.levels:
                self.tables.add("levels", item=code, level=level)
            self.tables.add(
                "items", item=code, has_levels=bool(item.levels), level_required=item.level_required
            )

    # --- one scorecard -------------------------------------------------------------------------------------

    def _scorecard(self, card: Scorecard) -> None:
        no = self.card_no
        low = None if card.floor == "none" else thousandths(card.floor)
        self.tables.add(
            "scorecards", scorecard_no=no, scorecard=card.scorecard, edition=card.edition,
            subject_type=card.subject_type, start=thousandths(card.starts[-1].points), floor=low,
            total=thousandths(card.total), sign=1 if card.direction == "higher_is_better" else -1,
            band_width=None if card.bands is None else thousandths(card.bands.width),
        )  # fmt: skip
        self.names.clear()
        for name, dimension in card.dimensions.items():
            number = self.names[name] = len(self.tables.rows["dimensions"])
            self.tables.add(
                "dimensions", dimension_no=number, scorecard_no=no, dimension=name,
                points=None if card.model else thousandths(dimension.points),
                floor=None if card.model else _floor(dimension.floor),
            )  # fmt: skip
        groups: dict[tuple[str, str | None], int] = {}
        for place in card.places():
            self._place(card, place, groups)
        self._event_groups(card)
        for i, start in enumerate(card.starts[:-1]):
            self.conditions.compile("start", len(self.tables.rows["starts"]), start.when, names=self.names)
            self.tables.add("starts", target_no=len(self.tables.rows["starts"]), ordinal=i, scorecard_no=no, points=thousandths(start.points))  # fmt: skip
        self._grades(card)
        self._overrides(card)

    def _place(self, card: Scorecard, place: Place, groups: dict[tuple[str, str | None], int]) -> None:
        rule, no = place.rule, len(self.tables.rows["indicators"])
        self.names[place.indicator] = no
        key = (place.dimension, place.group)
        if key not in groups:
            groups[key] = len(self.tables.rows["groups"])
            # A model's points have no bounds by heading: the score alone is bounded.
            bounded_group = place.group is not None and card.model is None
            group = card.dimensions[place.dimension].groups[place.group or ""] if bounded_group else None
            self.tables.add(
                "groups", group_no=groups[key], dimension_no=self.names[place.dimension],
                group_id=place.group, points=None if group is None else thousandths(group.points),
                floor=None if group is None else _floor(group.floor),
            )  # fmt: skip
        first_measure = self.measures.count
        measure_no = self.measures.compile(rule.measure)
        for number in range(first_measure, self.measures.count):
            self.tables.add("readings", indicator_no=no, override_no=None, measure_no=number)
        no_record = _stated(rule, rule.no_record)
        missing = rule.no_record if rule.not_collected is None else rule.not_collected
        low, _ = indicator_range(rule)
        self.tables.add(
            "indicators", indicator_no=no, scorecard_no=self.card_no, indicator=place.indicator,
            dimension_no=self.names[place.dimension], group_no=groups[key], measure_no=measure_no,
            points=thousandths(rule.points), floor=_floor(rule.floor),
            start=thousandths(stated_points(rule, rule.start)), curve=_curve_name(rule.curve),
            no_record=no_record, no_record_unrated=rule.no_record == "unrated",
            no_record_out=rule.no_record == "renormalise", not_collected=_stated(rule, missing),
            not_collected_unrated=missing == "unrated", not_collected_out=missing == "renormalise",
            not_collected_differs=missing != rule.no_record,
            weight=_weight(rule, low),
            otherwise=None if rule.applies is None else _stated(rule, rule.applies.otherwise),
            otherwise_out=rule.applies is not None and rule.applies.otherwise == "renormalise",
        )  # fmt: skip
        if rule.applies is not None:
            self.conditions.compile("applies", no, rule.applies.when, names=self.names)
        self._curve(no, place)
        parts = (
            (rule.measure.numerator, rule.measure.denominator)
            if isinstance(rule.measure, Ratio)
            else (rule.measure,)
        )
        for part in parts:
            since = needed_from(part, self.measures.on)
            for code in item_codes(part):
                self.tables.add("indicator_items", indicator_no=no, item=code, needed_from=since)

    def _curve(self, no: int, place: Place) -> None:
        curve = place.rule.curve
        if isinstance(curve, StepsCurve):
            for b in curve.steps:
                self.tables.add(
                    "bins", indicator_no=no, low=None if b.from_ is None else millionths(b.from_),
                    high=None if b.below is None else millionths(b.below), points=thousandths(b.points),
                )  # fmt: skip
        elif isinstance(curve, LinearCurve):
            line = curve.linear
            self.tables.add(
                "lines", indicator_no=no, origin=millionths(line.from_), per=millionths(line.per),
                points=thousandths(line.points), units=line.units,
            )  # fmt: skip
        elif isinstance(curve, LevelsCurve):
            codes = item_codes(place.rule.measure)
            levels = {level for code in codes for level in [*self.catalogue[code].levels, ""]}
            for level in sorted(levels):
                points = curve.levels.get(level, curve.levels.get("other"))
                if points is not None:
                    self.tables.add("level_points", indicator_no=no, level=level, points=thousandths(points))

    def _event_groups(self, card: Scorecard) -> None:
        for group in card.event_groups.values():
            number = len({row["event_group_no"] for row in self.tables.rows["event_groups"]})
            order = {name: i for i, name in enumerate(self.names)}
            for member in sorted(group.indicators, key=order.__getitem__):
                self.tables.add("event_groups", event_group_no=number, indicator_no=self.names[member])

    # --- grades and overrides ------------------------------------------------------------------------------

    def _grades(self, card: Scorecard) -> None:
        ladder = [i for i, g in enumerate(card.grades.values()) if g.ladder and not g.by_override_only]
        first = len(self.tables.rows["grades"])
        for i, (name, grade) in enumerate(card.grades.items()):
            number = first + i
            self.tables.add(
                "grades", grade_no=number, scorecard_no=self.card_no, grade=name,
                low=None if grade.from_ is None else thousandths(grade.from_),
                high=None if grade.below is None else thousandths(grade.below),
                by_override=grade.by_override_only, conditional=grade.requires is not None,
                share=None if grade.top_share is None else millionths(grade.top_share), within=grade.within,
            )  # fmt: skip
            self.conditions.compile("requires", number, grade.requires, names=self.names)
            lower = [j for j in ladder if j > i]
            for steps in range(_DOWN_STEPS + 1):
                target = i if steps == 0 or not lower else lower[min(steps, len(lower)) - 1]
                self.tables.add("grade_steps", grade_no=number, steps=steps, lower_no=first + target)

    def _overrides(self, card: Scorecard) -> None:
        positions = {
            row["grade"]: row["grade_no"]
            for row in self.tables.rows["grades"]
            if row["scorecard_no"] == self.card_no
        }
        for name, override in card.overrides.items():
            number = len(self.tables.rows["overrides"])
            effect = override.effect
            grade = effect.grade or effect.grade_at_most or effect.grade_at_least
            points = next(
                (p for p in (effect.score, effect.score_at_most, effect.score_at_least) if p is not None),
                None,
            )
            self.tables.add(
                "overrides", override_no=number, scorecard_no=self.card_no, override_id=name, effect=effect.kind,
                grade_no=None if grade is None else positions[grade],
                points=None if points is None else thousandths(points), steps=effect.grades_down,
            )  # fmt: skip
            first_measure = self.measures.count
            self.conditions.compile("override", number, override.when, names=self.names)
            for measure_no in range(first_measure, self.measures.count):
                self.tables.add("readings", indicator_no=None, override_no=number, measure_no=measure_no)


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


def _weight(rule: Indicator, low: Decimal | None) -> int:
    """What an indicator counts towards completeness: the span of its points; those of a model count alike."""
    if rule.curve == "model":
        return thousandths(Decimal(1))
    return thousandths(
        max(rule.points - (low if low is not None and low < rule.points else Decimal(0)), Decimal(0))
    )


def _floor(floor: Any) -> int | None:
    return None if floor == "none" else thousandths(floor)
