"""What depends on the date alone: windows, retention, conditions as clauses, one scorecard per subject type."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import DateOffset, Timestamp
from pydantic import TypeAdapter

from credit_scoring import load_policy
from credit_scoring.errors import PolicyError
from credit_scoring.policy.clauses import clauses_of
from credit_scoring.policy.compilation import compile_policy
from credit_scoring.policy.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Not,
    SubjectCondition,
)
from credit_scoring.policy.measures import Window
from credit_scoring.policy.numbers import months_after, months_before
from credit_scoring.policy.windows import window_bounds
from policy.texts import CARD, changed, write_policy

with TemporaryDirectory() as _folder:
    SMALL = load_policy(write_policy(Path(_folder)))
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("on", "months", "earlier"),
    [
        ("2024-03-31", 1, "2024-02-29"),
        ("2023-03-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2024-02-29", 48, "2020-02-29"),
        ("2025-12-31", 36, "2022-12-31"),
        ("2025-01-31", 2, "2024-11-30"),
        ("2025-01-01", 1, "2024-12-01"),
        ("2025-05-30", 0, "2025-05-30"),
    ],
)
def test_months_end_where_the_calendar_ends_them(on: str, months: int, earlier: str) -> None:
    assert months_before(date.fromisoformat(on), months) == date.fromisoformat(earlier)


@given(days, st.integers(0, 240))
def test_months_are_counted_as_another_library_counts_them(day: date, months: int) -> None:
    assert months_before(day, months) == (Timestamp(day) - DateOffset(months=months)).date()
    assert months_after(day, months) == (Timestamp(day) + DateOffset(months=months)).date()


def window(value: Any) -> Any:
    return TypeAdapter(Window).validate_python(value)


@pytest.mark.parametrize(
    ("value", "after", "upto"),
    [
        ("36 months", "2021-02-28", "2024-02-29"),
        ("1 month", "2024-01-29", "2024-02-29"),
        ("all", None, "2024-02-29"),
        ({"calendar_years": 1}, "2023-12-31", "2024-02-29"),
        ({"calendar_years": 1, "offset": 1}, "2022-12-31", "2023-12-31"),
        ({"calendar_years": 3, "offset": 2}, "2019-12-31", "2022-12-31"),
        ({"own_term": {"default": "12 months"}}, "2023-02-28", "2024-02-29"),
    ],
)
def test_a_window_is_a_pair_of_days(value: Any, after: str | None, upto: str) -> None:
    bounds = window_bounds(window(value), date(2024, 2, 29))
    assert bounds == (after and date.fromisoformat(after), date.fromisoformat(upto))


@given(days, st.integers(1, 120))
def test_windows_one_after_the_other_leave_no_day_out_and_count_none_twice(day: date, months: int) -> None:
    following = day + timedelta(days=1)
    after, _ = window_bounds(window(f"{months} months"), day)
    next_after, upto = window_bounds(window(f"{months} months"), following)
    assert upto == following
    assert after is not None
    assert next_after is not None
    assert timedelta(0) <= next_after - after <= timedelta(days=4)


@given(days, st.integers(1, 72))
def test_the_first_day_still_kept_is_the_first_whose_retention_reaches_the_date(
    on: date, months: int
) -> None:
    catalogue = SMALL.catalogue | {
        "a.note": SMALL.catalogue["a.note"].model_copy(update={"retention": f"{months} months"})
    }
    rows = compile_policy(SMALL.scorecards, catalogue, on=on).tables.rows["kinds"]
    (kept_from,) = {row["kept_from"] for row in rows if row["item"] == "a.note"}
    assert months_after(kept_from, months) >= on
    assert months_after(kept_from - timedelta(days=1), months) < on


# Conditions

ATOMS = tuple(SubjectCondition(subject="industry_code", one_of=(letter,)) for letter in "ABCD")


def nested(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda p: AllOf(all=p)),
        several.map(lambda p: AnyOf(any=p)),
        parts.map(lambda p: Not.model_validate({"not": p})),
    )


conditions = st.recursive(st.sampled_from(ATOMS), nested, max_leaves=8)


def holds(condition: Condition, true: set[int]) -> bool:
    if isinstance(condition, AllOf):
        return all(holds(part, true) for part in condition.all)
    if isinstance(condition, AnyOf):
        return any(holds(part, true) for part in condition.any)
    if isinstance(condition, Not):
        return not holds(condition.not_, true)
    return id(condition) in true


@given(conditions)
def test_clauses_hold_exactly_where_the_condition_does(condition: Condition) -> None:
    clauses = clauses_of(condition)
    for bits in range(2 ** len(ATOMS)):
        true = {id(atom) for i, atom in enumerate(ATOMS) if bits >> i & 1}
        by_clauses = any(
            all((id(literal.condition) in true) != literal.negated for literal in clause)
            for clause in clauses
        )
        assert by_clauses == holds(condition, true)


@given(conditions)
def test_a_literal_stands_once_in_a_clause(condition: Condition) -> None:
    for clause in clauses_of(condition):
        keys = [(id(literal.condition), literal.negated) for literal in clause]
        assert len(keys) == len(set(keys))


def test_negation_turns_all_into_any() -> None:
    both = AllOf(all=ATOMS[:2])
    assert len(clauses_of(both)) == 1
    assert [len(clause) for clause in clauses_of(Not.model_validate({"not": both}))] == [1, 1]


# Tables


def test_a_run_takes_one_scorecard_per_subject_type(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    (folder / "twin.yaml").write_text(changed(CARD, "scorecard: demo", "scorecard: twin"), encoding="utf-8")
    policy = load_policy(folder)
    with pytest.raises(PolicyError) as error:
        compile_policy(policy.scorecards, policy.catalogue, on=date(2025, 1, 1))
    (problem,) = error.value.problems
    assert problem.code == "P601"
    assert "'twin' and 'demo' are both for enterprise" in problem.message
    assert "Choose with --policy" in problem.message


def test_linear_decay_is_a_ladder_of_days_that_ends_with_the_window(tmp_path: Path) -> None:
    text = changed(CARD, "window: 36 months\n", "window: 4 months\n              decay: linear\n")
    policy = load_policy(write_policy(tmp_path, text))
    rows = compile_policy(policy.scorecards, policy.catalogue, on=date(2024, 3, 31)).tables.rows["decays"]
    assert [(row["after"], row["upto"], row["factor"]) for row in rows] == [
        (date(2024, 2, 29), date(2024, 3, 31), 1_000_000),
        (date(2024, 1, 31), date(2024, 2, 29), 750_000),
        (date(2023, 12, 31), date(2024, 1, 31), 500_000),
        (date(2023, 11, 30), date(2023, 12, 31), 250_000),
    ]


def test_points_become_thousandths_and_values_millionths(tmp_path: Path) -> None:
    policy = load_policy(write_policy(tmp_path))
    rows = compile_policy(policy.scorecards, policy.catalogue, on=date(2025, 1, 1)).tables.rows
    levels = {row["level"]: row["points"] for row in rows["level_points"]}
    assert levels == {"high": 10_000, "low": 2_500}
    assert [(b["low"], b["high"], b["points"]) for b in rows["bins"]] == [
        (None, 1_000_000_000, 0),
        (1_000_000_000, 5_000_000_000, -10_000),
        (5_000_000_000, None, -30_000),
    ]
    values = {type(v) for table in rows.values() for row in table for v in row.values()}
    assert values == {int, str, date, bool, type(None)}
