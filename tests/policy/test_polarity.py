"""Where the catalogue gives a direction, one more or a heavier entry moves a measure one way only; elsewhere it is silent."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import TypeAdapter

from credit_scoring.policy.gathering import read_files
from credit_scoring.policy.measures import Measure
from credit_scoring.policy.polarity import polarity_of
from policy.texts import write_policy

with TemporaryDirectory() as _folder:
    CATALOGUE = read_files([write_policy(Path(_folder))]).catalogue

BAD: dict[str, Any] = {"items": ["a.penalty"], "window": "24 months"}
MONEY: dict[str, Any] = {"items": ["a.arrears"], "window": "24 months"}
GOOD: dict[str, Any] = {"items": ["a.honour"], "window": "24 months"}


def polarity(**measure: Any) -> str | None:
    from decimal import Decimal

    exact = {k: Decimal(v) if k.startswith("value_") else v for k, v in measure.items()}
    found: Measure = TypeAdapter(Measure).validate_python(exact)
    return polarity_of(found, CATALOGUE)


@pytest.mark.parametrize("kind", ["count", "count_months", "longest_run_months", "ever"])
def test_more_entries_of_one_kind_speak_one_way(kind: str) -> None:
    assert polarity(kind=kind, **BAD) == "worse"
    assert polarity(kind=kind, **GOOD) == "better"


@pytest.mark.parametrize("kind", ["sum", "maximum"])
def test_sums_and_maxima_speak_where_no_value_is_below_zero(kind: str) -> None:
    assert polarity(kind=kind, value_at_least=0, **MONEY) == "worse"
    assert polarity(kind=kind, **MONEY) is None
    assert polarity(kind=kind, value_at_least=-5, **MONEY) is None


@pytest.mark.parametrize("kind", ["mean", "weighted_mean", "minimum", "latest"])
def test_what_a_further_entry_can_move_either_way_must_be_stated(kind: str) -> None:
    assert polarity(kind=kind, value_at_least=0, **MONEY) is None


def test_time_since_a_bad_event_speaks_for_the_subject() -> None:
    assert polarity(kind="months_since", **BAD) == "better"
    assert polarity(kind="months_since", **GOOD) == "worse"


@pytest.mark.parametrize(
    "selection",
    [{"repaired": "only"}, {"value_below": 1000}, {"levels": ["minor"]}, {"levels": ["minor", "general"]}],
    ids=str,
)
def test_a_selection_that_a_heavier_entry_or_repair_can_leave_or_enter_must_be_stated(
    selection: dict[str, Any],
) -> None:
    assert polarity(kind="count", **BAD, **selection) is None


@pytest.mark.parametrize("levels", [["serious"], ["general", "serious"], ["minor", "general", "serious"]])
def test_a_selection_of_all_levels_from_one_up_speaks(levels: list[str]) -> None:
    assert polarity(kind="count", levels=levels, **BAD) == "worse"


def test_items_of_both_kinds_or_of_none_must_be_stated() -> None:
    assert polarity(kind="count", items=["a.penalty", "a.honour"], window="24 months") is None
    assert polarity(kind="count", items=["a.note"], window="24 months") is None
    assert polarity(kind="latest_level", items=["a.rating"], window="all") is None
    assert polarity(kind="months_since", date="established_on") is None


def test_a_ratio_speaks_where_bad_entries_are_counted_per_unit_of_something_neutral() -> None:
    notes = {"kind": "count", "items": ["a.note"], "window": "24 months"}
    honours = {"kind": "count", "items": ["a.honour"], "window": "24 months"}
    bad = {"kind": "count", **BAD}
    highest = {"kind": "maximum", **MONEY}
    mixed = {"kind": "count", "items": ["a.note", "a.honour"], "window": "24 months"}
    assert polarity(kind="ratio", numerator=bad, denominator=notes, empty="no_record") == "worse"
    assert polarity(kind="ratio", numerator=bad, denominator=honours, empty="no_record") is None
    assert polarity(kind="ratio", numerator=bad, denominator=mixed, empty="no_record") is None
    assert polarity(kind="ratio", numerator=highest, denominator=notes, empty="no_record") is None
