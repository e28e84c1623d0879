"""The gate that adds up: silent about what the line computes, loud about one changed number."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings

from cases.engine import run
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.gates.additivity import check_additivity, results_of
from credit_scoring.releases.gates.sums import Gaps, gaps_of
from credit_scoring.scoring.run import Run, score
from properties.runs import loaded
from properties.situations import Situation, situations
from releases.gates_cases import ON, bench_of, by_name, population, public_release, sector_release

_KINDS = ("dimensions", "raw_scores", "scores", "evidence")


def gaps(tables: dict[str, pa.Table], card: Scorecard) -> Gaps:
    with results_of(tables) as engine:
        return gaps_of(engine, card)


def counts(found: Gaps) -> dict[str, int]:
    return {name: getattr(found, name) for name in _KINDS}


@settings(max_examples=6)
@given(situations())
def test_whatever_the_policy_and_the_archive_a_run_of_the_line_has_no_gap(situation: Situation) -> None:
    written, archive = situation
    policy = loaded(written)
    result = run(policy, archive.subjects, archive.records, archive.dates, archive.coverage)
    for card in policy.in_force(archive.dates.on):
        found = gaps(dict(result.tables), card)
        assert counts(found) == dict.fromkeys(_KINDS, 0)
        assert found.subjects == sum(
            row["scorecard"] == card.scorecard for row in result.tables["scores"].to_pylist()
        )


@cache
def small_run() -> tuple[Run, Scorecard]:
    subjects, records = population()
    policy = public_release().policy
    found = score(policy, subjects=subjects, records=records, on=ON)
    return found, policy.in_force(ON)[0]


def with_cell(table: pa.Table, row: int, name: str, add: int) -> pa.Table:
    """The table with so many thousandths more in one cell."""
    column = table[name].to_pylist()
    column[row] += Decimal(add) / 1000
    return table.set_column(table.column_names.index(name), name, pa.array(column, table[name].type))


CHANGES: dict[str, tuple[str, str, str]] = {
    "a dimension": ("scores", "conduct", "dimensions"),
    "the start": ("scores", "start", "raw_scores"),
    "the raw score": ("scores", "score_raw", "raw_scores"),
    "the score": ("scores", "score", "scores"),
    "the points of an indicator": ("points", "points", "dimensions"),
    "the points of a record": ("evidence", "points", "evidence"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_thousandth_in_one_cell_is_a_gap(change: str) -> None:
    table, column, kind = CHANGES[change]
    found, card = small_run()
    tables = dict(found.tables)
    assert counts(gaps(tables, card)) == dict.fromkeys(_KINDS, 0)
    values = tables[table]
    row = first_that_counts(values, table)
    tables[table] = with_cell(values, row, column, -1)
    assert counts(gaps(tables, card))[kind] >= 1


def first_that_counts(values: pa.Table, table: str) -> int:
    """A row whose change no bound can hide."""
    if table == "evidence":
        wanted = pc.and_(pc.equal(values["indicator"], "penalties"), pc.equal(values["treatment"], "counted"))
        return int(pc.index(wanted, True).as_py())
    if table == "points":
        return int(pc.index(pc.equal(values["indicator"], "penalties"), True).as_py())
    return int(pc.index(pc.greater(values["score_raw"], 1), True).as_py())


def test_a_record_that_is_no_longer_shown_is_a_gap() -> None:
    found, card = small_run()
    tables = dict(found.tables)
    row = first_that_counts(tables["evidence"], "evidence")
    keep = [i for i in range(tables["evidence"].num_rows) if i != row]
    tables["evidence"] = tables["evidence"].take(keep)
    assert counts(gaps(tables, card))["evidence"] >= 1


@pytest.mark.parametrize("which", ["public", "sector"])
def test_golden_rows_and_population_add_up_with_the_public_scorecard_beneath(which: str) -> None:
    released = public_release() if which == "public" else sector_release()
    checks = by_name(check_additivity(bench_of(released)))
    assert {check.outcome for check in checks.values()} == {"passed"}
    assert len(checks) == 8
    every = 1_500 if which == "public" else 3_000
    assert checks["population_raw_score"].found == f"0 / {every:,}"
    assert not any(check.acceptable for check in checks.values())


def test_it_agrees_with_a_slow_account_of_one_subject_after_another() -> None:
    """Points by hand: no-record points, replaced where the table has a row; headings, then the whole, within bounds."""
    found, card = small_run()
    silent = {"penalties": 40, "listings": 10, "rating": 0, "honours": 0, "arrears": 30}
    points: dict[str, dict[str, Any]] = {}
    for row in found.tables["points"].to_pylist():
        points.setdefault(row["subject_id"], {})[row["indicator"]] = row["points"]
    for row in found.tables["scores"].to_pylist():
        mine: dict[str, Any] = silent | points.get(row["subject_id"], {})
        sanctions = min(max(mine["penalties"] + mine["listings"], 0), 50)
        conduct = min(max(sanctions + min(max(mine["rating"], 0), 10), 0), 60)
        merit = min(max(mine["honours"] + mine["arrears"], 0), 40)
        assert (row["conduct"], row["merit"]) == (conduct, merit)
        assert row["score_raw"] == min(max(conduct + merit, 0), 100)
    assert counts(gaps(dict(found.tables), card)) == dict.fromkeys(_KINDS, 0)
