"""Records in, scores out: a card that pays for misconduct does not get through, and what is not judged is named."""

from __future__ import annotations

import pytest

from credit_scoring.policy.loading import dump_scorecard
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.monotonicity import check_monotonicity
from credit_scoring.releases.gates.perturbing import SUBJECTS_AT_MOST
from credit_scoring.releases.opening import Released
from policy.texts import changed
from releases.gates_cases import (
    bench_of,
    by_name,
    learnt_release,
    public_release,
    sector_release,
    with_policy,
)

HONOURS = """\
        start: zero
        no_record: zero
        measure:
          window: all
          items:
          - a.honour
"""


def judged(released: Released) -> dict[str, Check]:
    return by_name(check_monotonicity(bench_of(released)))


def wrong(*changes: tuple[str, str]) -> dict[str, Check]:
    """The small public scorecard with some of its text changed."""
    released = public_release()
    text = dump_scorecard(released.card)
    for old, new in changes:
        text = changed(text, old, new)
    return judged(with_policy(released, text))


def failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if not check.stands}


def test_a_sound_public_scorecard_passes_and_its_changes_do_move_scores() -> None:
    checks = judged(public_release())
    assert failed(checks) == set()
    for name in (
        "bad_records",
        "good_records",
        "heavier_levels",
        "larger_values",
        "withdrawn",
        "repaired",
        "again",
    ):
        assert checks[name].outcome == "passed", name
        assert checks[name].found.startswith("0 / ")
        assert "pairs compared, of which 0 differ" not in checks[name].detail.en
    assert checks["unchanged"].outcome == "passed"
    assert not any(check.acceptable for check in checks.values())


def test_what_may_count_either_way_is_named_and_not_passed_over() -> None:
    check = judged(public_release())["not_judged"]
    assert check.outcome == "does_not_apply"
    assert "a.rating (rating)" in check.detail.en


def test_a_sector_is_judged_through_the_public_scorecard_it_rests_on() -> None:
    checks = judged(sector_release())
    assert failed(checks) == set()
    assert checks["bad_records"].outcome == "passed"


def test_a_bad_record_that_pays_is_caught() -> None:
    checks = wrong(("minor: -1", "minor: 1"))
    assert failed(checks) >= {"bad_records", "withdrawn", "repaired"}
    assert "a.penalty minor (+1)" in checks["bad_records"].detail.en


def test_a_heavier_level_that_costs_less_is_caught() -> None:
    checks = wrong(("minor: -1", "minor: -8"))
    assert failed(checks) == {"heavier_levels"}
    assert "a.penalty minor > general" in checks["heavier_levels"].detail.en


def test_a_good_record_that_costs_is_caught() -> None:
    checks = wrong(("points: 5\n", "points: -5\n"), (HONOURS, HONOURS.replace("zero", "full")))
    assert failed(checks) == {"good_records"}


def test_a_larger_debt_that_costs_less_is_caught() -> None:
    checks = wrong(("points: -30", "points: -3"))
    assert "larger_values" in failed(checks)


def test_a_bad_record_that_only_moves_the_grade_is_caught() -> None:
    checks = wrong(("grade: poor\n", "grade: good\n"))
    assert "bad_records" in failed(checks)


def test_a_bad_record_by_which_one_escapes_being_rated_is_caught() -> None:
    checks = wrong(("grade: poor\n", "unrated: true\n"))
    assert "bad_records" in failed(checks)


@pytest.mark.parametrize("family", ["woe", "gradient"])
def test_learnt_scorecards_pass_with_their_own_proof_repeated(family: str) -> None:
    checks = judged(learnt_release(family))  # type: ignore[arg-type]
    assert failed(checks) == set()
    assert checks["training"].outcome == "passed"
    assert "a.rating (rating)" in checks["not_judged"].detail.en


def test_the_same_subjects_are_drawn_whatever_the_order_of_the_rows() -> None:
    import pyarrow.parquet as pq

    from releases.gates_cases import population, written

    subjects, records = population()
    turned = tuple(
        written(table.take(list(reversed(range(table.num_rows)))), name)
        for name, table in (("subjects", pq.read_table(subjects)), ("records", pq.read_table(records)))
    )
    one, other = (
        check_monotonicity(bench_of(public_release(), tables=tables))
        for tables in ((subjects, records), turned)
    )
    assert one.checks == other.checks
    assert one.exhibits == other.exhibits


def test_nobody_can_be_named_from_what_the_gate_says() -> None:
    found = check_monotonicity(bench_of(public_release()))
    assert "firm0" not in str(found)
    drawn = found.checks[7].detail.en
    assert "good" in drawn
    assert SUBJECTS_AT_MOST >= 100
