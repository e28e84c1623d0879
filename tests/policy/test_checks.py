"""Every fault of a scorecard is reported alone, at its line, with a word on what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit_scoring import load_policy
from credit_scoring.errors import PolicyError
from policy.texts import CARD, CATALOGUE, INSTRUMENTS, changed, line_of, problems, write_policy

ASSUMED = CARD.replace("basis: published", "basis: assumed").replace("authority: [law art. 1]\n", "")
"""Nothing is published here, so nothing but the override needs an authority."""
PERSON = (
    CARD[: CARD.index("event_groups:")]
    .replace("enterprise", "natural_person")
    .replace("in_force:", "bands: {width: 10}\nin_force:")
)
PERSONS = CATALOGUE.replace("subject_types: [enterprise]", "subject_types: [enterprise, natural_person]")

BINS = """\
            - {below: 1000, points: 0}
            - {from: 1000, below: 5000, points: -10}
            - {from: 5000, points: -30}
"""
Fault = tuple[str, str, str, str, str]
FAULTS: dict[str, Fault] = {
    "a key nobody knows": ("P002", "total: 100", "total: 100\nweight: 3", "weight: 3", "'weight' is not known here: correct or remove it"),
    "no word on what no record gives": ("P002", "            start: zero\n            no_record: zero\n", "            start: zero\n", "          rating:", "'no_record' is missing"),
    "a number in quotes": ("P002", "total: 100", 'total: "100"', "total:", "must be a number"),
    "a number with an exponent": ("P002", "total: 100", "total: 1e2", "total:", "must be a number"),
    "points finer than a thousandth": ("P002", "low: 2.5", "low: 2.5001", "low: 2.5001", "more than 3 decimals"),
    "an edition that ends before it begins": ("P002", "{from: 2024-01-01}", "{from: 2024-01-01, until: 2023-01-01}", "in_force:", "'until' must be after 'from'"),
    "a measure that does not exist": ("P002", "kind: count", "kind: number", "kind: number", "'kind' must be one of count, count_months"),
    "a condition of no kind": ("P002", "when: {items: [a.penalty], levels: [serious]}", "when: {itmes: [a.penalty]}", "when:", "a condition needs one of the keys all, any"),
    "two effects at once": ("P002", "effect: {grade: poor}", "effect: {grade: poor, score: 0}", "effect:", "needs exactly one of grade"),
    "a span without unit": ("P002", "window: 36 months", "window: 36", "window: 36", "'36' is no span of time: write it as '36 months'"),
    "a text that is not among the legal texts": ("P102", "[law art. 1]", "[lwa art. 1]", "lwa", "'lwa' is not among the legal texts of instruments.yaml. Did you mean 'law'?"),
    "an item that is not in the catalogue": ("P201", "a.penalty: {minor", "a.penatly: {minor", "a.penatly", "Did you mean 'a.penalty'?"),
    "a level that is not in the catalogue": ("P202", "serious: -20}", "serious: -20, severe: -30}", "severe", "'severe' is not a level of item 'a.penalty'"),
    "a level without points": ("P202", "general: -5, serious: -20", "general: -5", "a.penalty: {minor", "no points for level serious of 'a.penalty': name them, or add `other`"),
    "a level of a condition that does not exist": ("P202", "levels: [serious]}", "levels: [serios]}", "serios", "Did you mean 'serious'?"),
    "a level of a curve that does not exist": ("P202", "{high: 10, low: 2.5}", "{high: 10, low: 2.5, middle: 1}", "middle", "level 'middle' is not a level of a.rating"),
    "a curve without points for a level": ("P202", "{high: 10, low: 2.5}", "{high: 10}", "curve: {levels", "no points for level low: name them"),
    "an endless level that does not exist": ("P202", "window: 36 months", "window: {own_term: {default: 36 months, until_repaired: [grave]}}", "grave", "level 'grave' is not a level of any item"),
    "an item of persons for enterprises": ("P203", "[a.honour]", "[a.person]", "a.person", "'a.person' is not collected for subject type enterprise"),
    "a sum over an item without value": ("P204", "items: [a.arrears]", "items: [a.note]", "a.note", "item 'a.note' carries no value in the catalogue, and 'sum' needs one"),
    "points per unit of an item without value": ("P204", "{a.listing: -10}", "{a.listing: {per: 1, points: -10}}", "items: {a.listing", "carries no value"),
    "a limit of the value of an item without value": ("P204", "measure: {kind: count, items: [a.honour]", "measure: {kind: count, value_below: 3, items: [a.honour]", "value_below", "carries no value"),
    "an item the law forbids": ("P205", "[a.honour]", "[a.secret]", "a.secret", "must not be collected: remove it"),
    "a total that is not the sum": ("P301", "total: 100", "total: 101", "total: 101", "the scorecard states 101 points and its parts add up to 100"),
    "a heading that is not the sum": ("P301", "points: 30\n", "points: 29\n", "points: 40\n    basis", "merit states 40 points and its parts add up to 39."),
    "a heading below its sum": ("P301", "points: 30\n", "points: 31\n", "points: 40\n    basis", "Mend the points, or state `capped: true`"),
    "an empty bin": ("P302", "{from: 1000, below: 5000, points: -10}", "{from: 1000, below: 1000, points: -10}\n            - {from: 1000, below: 5000, points: -10}", "below: 1000, points: -10", "the bin from 1000 below 1000 is empty"),
    "a gap between bins": ("P302", "{from: 1000, below", "{from: 1500, below", "from: 1500", "a gap between 1000 and 1500"),
    "bins that overlap": ("P302", "{from: 1000, below", "{from: 900, below", "from: 900", "an overlap between 1000 and 900"),
    "a first bin with a beginning": ("P302", "{below: 1000", "{from: 0, below: 1000", "from: 0", "leave `from` out of the first"),
    "a last bin with an end": ("P302", "{from: 5000, points", "{from: 5000, below: 9000, points", "9000", "leave `below` out of the last"),
    "a worse level treated better": ("P303", "general: -5", "general: -25", "general: -25", "level 'serious' is worse than 'general' and is treated better (-20 against -25)"),
    "a worse letter treated better": ("P303", "high: 10, low: 2.5", "high: 1, low: 2.5", "high: 1,", "level 'low' is worse than 'high'"),
    "an honour that costs points": ("P304", "{per: 1, points: 5}", "{per: 1, points: -5}", "kind: count", "more of 'a.honour' is better by the catalogue, and indicator 'honours' lowers"),
    "arrears that earn points": ("P304", BINS, BINS.replace("points: 0}", "points: -20}").replace("-30", "-5"), "kind: sum", "more of 'a.arrears' is worse by the catalogue, and indicator 'arrears' raises"),
    "no-record points above the most": ("P305", "no_record: full\n        measure: {kind: sum", "no_record: 31\n        measure: {kind: sum", "no_record: 31", "no_record 31 lies outside 0 to 30"),
    "a start below the floor": ("P305", "start: full\n        no_record: full\n        measure: {kind: sum", "start: -1\n        no_record: full\n        measure: {kind: sum", "start: -1", "start -1 lies outside 0 to 30"),
    "a letter without a curve of letters": ("P306", "            curve: {levels: {high: 10, low: 2.5}}\n", "", "measure: {kind: latest_level", "`latest_level` needs a `levels` curve"),
    "letters for a number": ("P306", "curve: {linear: {per: 1, points: 5}}", "curve: {levels: {high: 1}}", "{high: 1}", "goes with `latest_level`, not 'count'"),
    "a cap on the wrong side": ("P307", "cap: -30", "cap: 30", "cap: 30", "cap 30 does not bound points of this sign"),
    "a cap of nothing": ("P307", "cap: -30", "cap: 0", "cap: 0", "cap 0 does not bound"),
    "a name for two things": ("P401", "          rating:", "          honours:", "honours:\n        title: {zh: 荣誉", "'honours' names two things (first on line"),
    "a name that is no identifier": ("P401", "      honours:", "      Honours:", "Honours:", "'Honours' is no identifier: use lower-case"),
    "a grade that is not defined": ("P402", "effect: {grade: poor}", "effect: {grade: por}", "por}", "grade 'por' is not defined here. Did you mean 'poor'?"),
    "an indicator that is not defined": ("P402", "when: {items: [a.penalty], levels: [serious]}", "when: {indicator: penaltys, below: 5}", "penaltys", "Did you mean 'penalties'?"),
    "a dimension that is not defined": ("P402", "when: {items: [a.penalty], levels: [serious]}", "when: {not: {dimension: conducts, below: 5}}", "conducts", "Did you mean 'conduct'?"),
    "an event group of a stranger": ("P402", "[penalties, listings]", "[penalties, listing]", "[penalties, listing]", "Did you mean 'listings'?"),
    "points that decide whether points apply": ("P403", "              cap: -30\n", "              cap: -30\n            applies: {when: {score: {below: 5}}, otherwise: full}\n", "applies:", "cannot depend on points"),
    "no grade for everyone else": ("P404", "otherwise: true", "from: 10", "grades:", "exactly one grade takes everyone else (`otherwise: true`), found 0"),
    "grades that do not fall": ("P404", "from: 50}", "from: 90}", "from: 90", "grade 'fair' begins at 90, not below the better grade's 80"),
    "a limit for the other direction": ("P404", "from: 50}", "below: 50}", "below: 50}", "bounded by `from`"),
    "neither grades nor bands": ("P404", CARD[CARD.index("overrides:") :], "", "scorecard: demo", "needs either `grades` or `bands`"),
    "an event group with a count": ("P406", "[penalties, listings]", "[penalties, listings, honours]", "honours]", "'honours' is not `event_points` with the identity curve"),
    "an event group of both signs": ("P406", "{a.listing: -10}", "{a.note: 1}", "same_case:", "share events of one sign only"),
    "less with a record than without": ("P501", "start: zero\n            no_record: zero", "start: zero\n            no_record: 5", "no_record: 5", "gives 5 points without a record and as little as 2.5 with one"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported_alone_with_its_line_and_what_to_do(name: str, tmp_path: Path) -> None:
    code, old, new, needle, says = FAULTS[name]
    text = changed(CARD, old, new)
    (problem,) = problems(write_policy(tmp_path, text))
    assert (Path(problem.file).name, problem.line, problem.code) == ("card.yaml", line_of(text, needle), code)
    assert says in problem.message
    assert str(problem).startswith(f"{tmp_path / 'card.yaml'}:{problem.line}: {code}")


@pytest.mark.parametrize("text", [CARD, ASSUMED], ids=["published", "assumed"])
def test_the_policy_that_the_faults_are_made_in_has_none(text: str, tmp_path: Path) -> None:
    assert problems(write_policy(tmp_path, text)) == ()
    assert load_policy(tmp_path).names() == ("demo",)


def test_warnings_are_kept_and_do_not_stop_the_loading(tmp_path: Path) -> None:
    text = changed(CARD, "start: zero\n            no_record: zero", "start: zero\n            no_record: 5")
    policy = load_policy(write_policy(tmp_path, text))
    (warning,) = policy.warnings
    assert warning.warning
    assert ": P501 warning: " in str(warning)


@pytest.mark.parametrize(
    ("old", "new", "needle"),
    [
        ("{from: 2024-01-01}\nbasis: assumed", "{from: 2024-01-01}\nbasis: published", "basis: published"),
        ("points: 30\n        basis: assumed", "points: 30\n        basis: published", "      arrears:"),
        ("points: 30\n        basis: assumed", "points: 30\n        basis: assumed\n        rule_basis: published", "      arrears:"),
        ("points: 50\n        basis: assumed", "points: 50\n        basis: published", "      sanctions:"),
        ("    authority: [law art. 2]\n", "", "  listed:"),
    ],
    ids=["scorecard", "indicator", "rule", "group", "override"],
)  # fmt: skip
def test_a_published_number_without_a_text_is_a_fault(
    old: str, new: str, needle: str, tmp_path: Path
) -> None:
    text = changed(ASSUMED, old, new)
    (problem,) = problems(write_policy(tmp_path, text))
    assert (problem.code, problem.line) == ("P101", line_of(text, needle))
    assert "cites nothing" in problem.message


def test_a_catalogue_entry_cites_a_text_that_exists(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("legal_basis: [law]", "legal_basis: [lwa]", 1)
    (problem,) = problems(write_policy(tmp_path, catalogue=catalogue))
    assert (Path(problem.file).name, problem.line, problem.code) == ("catalogue.yaml", 3, "P102")
    assert "Did you mean 'law'?" in problem.message


def test_one_item_in_two_event_indicators_belongs_into_one_event_group(tmp_path: Path) -> None:
    shared = changed(CARD, "{a.listing: -10}", "{a.penalty: -10}")
    assert problems(write_policy(tmp_path / "grouped", shared)) == ()
    group = CARD[CARD.index("event_groups:") : CARD.index("overrides:")]
    text = changed(shared, group, "")
    (problem,) = problems(write_policy(tmp_path / "apart", text))
    assert (problem.code, problem.warning) == ("P502", True)
    assert problem.line == line_of(text, "          listings:")
    assert "(penalties, listings): put them into one event group" in problem.message


def test_an_indicator_is_in_one_event_group(tmp_path: Path) -> None:
    group = "  {}: {{title: {{zh: 同, en: Same}}, indicators: [penalties, listings]}}\n"
    text = changed(CARD, "overrides:", group.format("again") + "overrides:")
    reported = problems(write_policy(tmp_path, text))
    assert {(p.code, p.line) for p in reported} == {("P406", line_of(text, "  again:"))}
    assert "'penalties' is already in event group 'same_case'" in " ".join(p.message for p in reported)


def test_a_grade_behind_the_one_for_everyone_can_never_be_given(tmp_path: Path) -> None:
    text = changed(CARD, "grades:\n", "grades:\n  all: {title: {zh: 全, en: All}, otherwise: true}\n")
    reported = problems(write_policy(tmp_path, text))
    assert {p.code for p in reported} == {"P404"}
    assert any("'poor' can never be given: 'all' before it takes everyone" in p.message for p in reported)


def test_persons_get_bands_and_no_grade(tmp_path: Path) -> None:
    assert problems(write_policy(tmp_path / "bands", PERSON, catalogue=PERSONS)) == ()
    grades = CARD[CARD.index("grades:") :]
    text = changed(PERSON, "bands: {width: 10}\n", "") + grades
    (problem,) = problems(write_policy(tmp_path / "grades", text, catalogue=PERSONS))
    assert (problem.code, problem.line) == ("P405", line_of(text, "grades:"))
    assert "use `bands`" in problem.message


def test_what_needs_a_persons_consent_is_for_no_public_scorecard_of_persons(tmp_path: Path) -> None:
    text = changed(PERSON, "[a.honour]", "[a.income]")
    (problem,) = problems(write_policy(tmp_path / "person", text, catalogue=PERSONS))
    assert (problem.code, problem.line) == ("P205", line_of(text, "[a.income]"))
    assert "written consent" in problem.message
    enterprise = changed(CARD, "[a.honour]", "[a.income]")
    assert problems(write_policy(tmp_path / "enterprise", enterprise)) == ()


def test_two_editions_are_not_in_force_on_one_day(tmp_path: Path) -> None:
    folder = write_policy(
        tmp_path, changed(CARD, "{from: 2024-01-01}", "{from: 2024-01-01, until: 2025-01-02}")
    )
    later = changed(changed(CARD, 'edition: "1"', 'edition: "2"'), "2024-01-01", "2025-01-01")
    (folder / "later.yaml").write_text(later, encoding="utf-8")
    (problem,) = problems(folder)
    assert (Path(problem.file).name, problem.code) == ("later.yaml", "P407")
    assert problem.line == line_of(later, "in_force:")
    assert "state its `until` as 2025-01-01 or earlier" in problem.message
    (folder / "later.yaml").write_text(changed(later, "2025-01-01", "2025-01-02"), encoding="utf-8")
    assert problems(folder) == ()


def test_faults_of_all_files_are_reported_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    text = changed(changed(CARD, "total: 100", "total: 90"), "cap: -30", "cap: 30")
    folder = write_policy(
        tmp_path, text,
        catalogue=CATALOGUE.replace("polarity: neutral", "polarity: mixed", 1),
        instruments=changed(INSTRUMENTS, "standing: assumed", "standing: heard"),
    )  # fmt: skip
    (folder / "stray.yaml").write_text("hello: world\n", encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        load_policy(folder)
    reported = [(Path(p.file).name, p.line, p.code) for p in error.value.problems]
    assert reported == sorted(reported)
    assert {(name, code) for name, _, code in reported} >= {
        ("card.yaml", "P301"), ("card.yaml", "P307"), ("catalogue.yaml", "P004"), ("instruments.yaml", "P003"), ("stray.yaml", "P001"),
    }  # fmt: skip
    assert all(str(problem) in str(error.value) for problem in error.value.problems)


def test_an_item_stands_in_the_catalogue_once(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    head, line = "catalogue: again\nitems:\n", CATALOGUE.splitlines()[3]
    (folder / "more.yaml").write_text(head + line + "\n", encoding="utf-8")
    (problem,) = problems(folder)
    assert (Path(problem.file).name, problem.line, problem.code) == ("more.yaml", 3, "P005")
    assert f"item 'a.listing' stands twice (first in {folder / 'catalogue.yaml'})" in problem.message


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "says"),
    [
        ("instruments", "standing: assumed", "standing: heard", "P003", "'published' or 'assumed'"),
        ("catalogue", "unit: CNY, ", "unit: CNY, units: CNY, ", "P004", "'units' is not known here"),
        ("catalogue", "unit: CNY, ", "value_required: true, ", "P004", "a required value needs a unit"),
    ],
)
def test_catalogue_and_legal_texts_have_a_grammar_too(
    file: str, old: str, new: str, code: str, says: str, tmp_path: Path
) -> None:
    text = changed({"instruments": INSTRUMENTS, "catalogue": CATALOGUE}[file], old, new)
    reported = [
        p for p in problems(write_policy(tmp_path, **{file: text})) if Path(p.file).name == f"{file}.yaml"
    ]
    assert [(p.code, p.line) for p in reported] == [(code, line_of(text, new.strip(", ")))]
    assert says in reported[0].message


def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    (folder / "stray.yaml").write_text("hello: world\n", encoding="utf-8")
    (problem,) = problems(folder)
    assert (Path(problem.file).name, problem.line, problem.code) == ("stray.yaml", 1, "P001")
    assert "it needs one of 'scorecard:', 'catalogue:', 'instruments:', 'source:'" in problem.message
