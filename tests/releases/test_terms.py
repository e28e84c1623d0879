"""The terms of releases: read strictly, checked with the policies, and complete for what is shipped."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from credit_scoring.errors import PolicyError
from credit_scoring.policy.loading import check_files, load_policy
from credit_scoring.releases.terms import check_terms, default_terms, load_terms

TEXT = default_terms().read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    path = folder / "releases.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_terms_have_no_problem() -> None:
    reading, _ = check_files([default_terms().parent])
    assert reading.terms == [default_terms()]
    assert list(check_terms(reading.terms, reading.instruments)) == []


def test_every_grade_of_a_shipped_scorecard_has_an_inspection_ratio() -> None:
    terms = load_terms().terms
    configs = default_terms().parent
    cards = load_policy(configs / "public", configs / "sectors").scorecards
    graded = [card for card in cards if card.grades]
    assert len(graded) == 9
    for card in graded:
        ratios = terms.inspections_of(card.scorecard)
        assert ratios is not None, card.scorecard
        assert set(ratios.ratios) == set(card.grades), card.scorecard
        falling = [ratios.ratios[grade] for grade in card.grades]
        assert falling == sorted(falling), "a better grade is never inspected more"


def test_a_scorecard_without_ratios_has_none() -> None:
    assert load_terms().terms.inspections_of("public-natural-person") is None


def test_the_hash_is_of_the_file_as_it_lies_there(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT + "# a remark\n")
    assert load_terms(path).terms == load_terms().terms
    assert load_terms(path).sha256 != load_terms().sha256


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("poor: 0.30}", "poor: 0}", "above 0 (nobody is exempt)"),
        ("poor: 0.30}", "poor: 1.01}", "at most 1"),
        ("[sector-environment]", "[sector-building-market]", "has inspection ratios twice"),
        ("apart: 12 months", "apart: a year", "no span of time"),
        ("psi_at_most: 0.25", "psi_at_mots: 0.25", "'psi_at_mots' is not known"),
        ("segment_size_at_least: 100", "segment_size_at_least: 0", "greater than or equal to 1"),
    ],
)
def test_a_fault_of_the_terms_is_told_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TEXT
    path = written(tmp_path, TEXT.replace(old, new))
    with pytest.raises(PolicyError) as caught:
        load_terms(path)
    problem = next(p for p in caught.value.problems if says in p.message)
    assert problem.line > 1


def test_terms_without_their_first_key_are_no_policy_file(tmp_path: Path) -> None:
    _, (problem,) = check_files([written(tmp_path, TEXT.replace("releases: default\n", ""))])
    assert "needs one of" in problem.message


def test_a_legal_text_that_is_not_stated_is_told(tmp_path: Path) -> None:
    reading, _ = check_files([default_terms().parent])
    path = written(tmp_path, TEXT.replace("[ndrc-order-36]", "[ndrc-order-63]"))
    (problem,) = check_terms([path], reading.instruments)
    assert problem.code == "R101"
    assert "Did you mean 'ndrc-order-36'?" in problem.message


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        load_terms(tmp_path / "none.yaml")


def test_limits_are_exact_numbers() -> None:
    assert load_terms().terms.limits.impact.grades_moved_at_most == Decimal("0.10")
