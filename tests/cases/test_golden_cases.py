"""Every golden case, on the oracle and on the engine."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cases.engine import answers_of, load_policy, run
from cases.golden import (
    CONFIGS,
    SCHEMES,
    Answer,
    Case,
    Fault,
    by_oracle,
    case_files,
    cases_of,
    editions_of,
    expected,
    faults,
    subjects_of,
    warnings,
)
from credit_scoring.errors import PolicyError
from oracle.evaluation import edition_in_force
from oracle.reading import Dates
from oracle.scoring import all_indicators, stated
from oracle.sectors import weighed

ALL = [case for file in case_files() for case in cases_of(file)]


def of(answer: Answer, expect: Answer) -> Answer:
    """The part of an answer that a case speaks of."""
    part = {key: answer.get(key) for key in expect if key != "points"}
    if "points" in expect:
        part["points"] = {name: answer["points"].get(name) for name in expect["points"]}
    return part


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_the_oracle_gives_what_the_published_rule_says(case: Case) -> None:
    expect = expected(case.expect)
    assert of(by_oracle(case), expect) == expect


@cache
def policy_of(case_policy: tuple[Path, ...], vocabulary: tuple[Path, ...]) -> Any:
    """The engine's policy, loaded once per file of cases."""
    return load_policy(*case_policy, *vocabulary)


@cache
def run_together(
    policy: tuple[Path, ...], vocabulary: tuple[Path, ...], dates: Dates, alone: str | None
) -> dict[str, Answer]:
    """All cases of a date in one run; a case with peers has a run of its own."""
    together = [
        case
        for case in ALL
        if (case.policy, case.dates) == (policy, dates) and alone == (case.id if case.runs_alone else None)
    ]
    result = run(
        policy_of(policy, vocabulary),
        [subject for case in together for subject in subjects_of(case)],
        [record for case in together for record in case.records],
        dates,
        together[0].coverage,
    )
    assert result.rejected.num_rows == 0, result.rejected.to_pylist()
    return answers_of(result)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_the_engine_gives_what_the_published_rule_says(case: Case) -> None:
    answers = run_together(case.policy, case.vocabulary, case.dates, case.id if case.runs_alone else None)
    answer = answers[case.subject_id]
    expect = expected(case.expect)
    for name, points in stated_without_record(case).items():
        answer["points"].setdefault(name, points)
    assert of(answer, expect) == expect


def stated_without_record(case: Case) -> dict[str, Fraction]:
    """Points of the indicators without a record: the table `points` leaves them out."""
    rules = all_indicators(weighed(edition_in_force(editions_of(case), case.dates.on)))
    return {name: stated(rule["no_record"], rule, "no_record").points for name, rule in rules.items()}


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.id)
def test_a_scheme_with_a_fault_is_refused_with_file_line_and_both_numbers(
    fault: Fault, tmp_path: Path
) -> None:
    file = tmp_path / fault.policy.name
    text = fault.policy.read_text(encoding="utf-8")
    assert text.count(fault.replace) == 1
    file.write_text(text.replace(fault.replace, fault.by), encoding="utf-8")
    with pytest.raises(PolicyError) as refusal:
        load_policy(file, *fault.vocabulary)
    messages = [line for line in str(refusal.value).splitlines() if f"{file}:{fault.line}:" in line]
    assert any(all(word in message for word in fault.says) for message in messages), str(refusal.value)


@pytest.mark.parametrize("fault", warnings(), ids=lambda fault: fault.id)
def test_the_check_warns_of_what_a_scheme_does_to_those_it_evaluates(fault: Fault) -> None:
    policy = load_policy(fault.policy, *fault.vocabulary)
    messages = [str(w) for w in policy.warnings if f"{fault.policy}:{fault.line}:" in str(w)]
    assert any(all(word in message for word in fault.says) for message in messages), policy.warnings


def test_every_scheme_has_golden_cases() -> None:
    schemes = {path.resolve() for path in SCHEMES.glob("*.yaml")}
    tried = {path for case in ALL for path in case.policy}
    assert schemes - tried == {SCHEMES / "catalogue.yaml", SCHEMES / "instruments.yaml"}


def test_every_public_scorecard_has_golden_cases() -> None:
    assert {path.resolve() for path in (CONFIGS / "public").glob("*.yaml")} <= {
        path for case in ALL for path in case.policy
    }


def test_every_sector_scorecard_has_golden_cases() -> None:
    assert {path.resolve() for path in (CONFIGS / "sectors").glob("*.yaml")} <= {
        path for case in ALL for path in case.policy
    }


def test_no_two_golden_cases_have_the_same_name() -> None:
    names = [case.id for case in ALL]
    assert len(names) == len(set(names))
