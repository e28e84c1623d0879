"""Walks over a scorecard: every condition, measure, item and citation with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from credit_scoring.policy.conditions import (
    AllOf,
    AnyOf,
    Condition,
    MeasureCondition,
    Not,
    RecordCondition,
)
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.measures import (
    Count,
    EventPoints,
    Measure,
    MonthsSinceDate,
    PublicScore,
    Ratio,
    SelectedMeasure,
)

Keys: TypeAlias = tuple[str | int, ...]


def top_conditions(card: Scorecard) -> Iterator[tuple[Keys, Condition]]:
    """The conditions as they stand in the file, compounds unopened."""
    for i, start in enumerate(card.starts):
        if start.when is not None:
            yield ("start", i, "when"), start.when
    for place in card.places():
        if place.rule.applies is not None:
            yield (*place.keys, "applies", "when"), place.rule.applies.when
    for name, override in card.overrides.items():
        yield ("overrides", name, "when"), override.when
    for name, grade in card.grades.items():
        if grade.requires is not None:
            yield ("grades", name, "requires"), grade.requires


def conditions(card: Scorecard) -> Iterator[tuple[Keys, Condition]]:
    """Every simple condition, with compounds opened."""
    for keys, condition in top_conditions(card):
        yield from _simple(keys, condition)


def _simple(keys: Keys, condition: Condition) -> Iterator[tuple[Keys, Condition]]:
    if isinstance(condition, AllOf):
        for i, part in enumerate(condition.all):
            yield from _simple((*keys, "all", i), part)
    elif isinstance(condition, AnyOf):
        for i, part in enumerate(condition.any):
            yield from _simple((*keys, "any", i), part)
    elif isinstance(condition, Not):
        yield from _simple((*keys, "not"), condition.not_)
    else:
        yield keys, condition


def count_of(condition: RecordCondition) -> Count:
    """A condition on records as the count it compares with `at_least`."""
    shared = condition.model_dump(exclude={"at_least"}, exclude_unset=True)
    return Count.model_validate({"kind": "count", "window": "all", **shared})


def stated_measures(card: Scorecard) -> Iterator[tuple[Keys, Measure]]:
    """Every measure of indicators, conditions and features; ratios whole."""
    for place in card.places():
        yield (*place.keys, "measure"), place.rule.measure
    for keys, condition in conditions(card):
        if isinstance(condition, MeasureCondition):
            yield (*keys, "measure"), condition.measure
        elif isinstance(condition, RecordCondition):
            yield keys, count_of(condition)
    for name, feature in card.training.features.items() if card.training is not None else ():
        yield ("training", "features", name, "measure"), feature.measure


def record_measures(card: Scorecard) -> Iterator[tuple[Keys, Any]]:
    """Every measure that reads records; of a ratio, both parts."""
    for keys, measure in stated_measures(card):
        if isinstance(measure, Ratio):
            yield (*keys, "numerator"), measure.numerator
            yield (*keys, "denominator"), measure.denominator
        elif not isinstance(measure, MonthsSinceDate | PublicScore):
            yield keys, measure


def item_uses(card: Scorecard) -> Iterator[tuple[Keys, str]]:
    """Every use of an item, with the place it is named."""
    for keys, measure in record_measures(card):
        if isinstance(measure, EventPoints):
            for code in measure.items:
                yield (*keys, "items", code), code
        elif isinstance(measure, SelectedMeasure):
            for i, code in enumerate(measure.items):
                yield (*keys, "items", i), code


def codes(card: Scorecard, name: str) -> Iterator[tuple[Keys, str]]:
    """Every text in lists of this name (such as `authority`), anywhere in the tree."""
    yield from _texts(card.model_dump(by_alias=True, exclude_unset=True), (), name)


def _texts(value: Any, keys: Keys, name: str) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            if key == name and isinstance(child, list | tuple):
                yield from (((*keys, key, i), str(text)) for i, text in enumerate(child))
            else:
                yield from _texts(child, (*keys, key), name)
    elif isinstance(value, list | tuple):
        for i, child in enumerate(value):
            yield from _texts(child, (*keys, i), name)
