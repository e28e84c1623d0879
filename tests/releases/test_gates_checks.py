"""The other gates: each lets a sound release through and catches the fault it is there for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from credit_scoring.errors import InputError, OutputError, PolicyError
from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.gradient_model import read_gradient_model
from credit_scoring.policy.loading import dump_scorecard
from credit_scoring.releases.checks import GateReport
from credit_scoring.releases.gates import run_gates
from credit_scoring.releases.gates.base import check_base
from credit_scoring.releases.gates.comparison import check_comparison
from credit_scoring.releases.gates.golden import check_golden
from credit_scoring.releases.gates.items import check_items
from credit_scoring.releases.gates.policy import check_policy
from credit_scoring.releases.gates.running import GATES
from credit_scoring.releases.gates.shap import check_shap, compared
from credit_scoring.releases.gates.stability import check_stability
from credit_scoring.releases.gates.validation import check_validation
from credit_scoring.releases.opening import Released
from credit_scoring.releases.terms import load_terms
from policy.texts import changed
from releases.gates_cases import (
    ON,
    bench_of,
    by_name,
    learnt_release,
    population,
    public_release,
    sector_release,
    terms_with,
    with_policy,
    written,
)


def edited(released: Released, old: str, new: str) -> Released:
    return with_policy(released, changed(dump_scorecard(released.card), old, new))


# Policy and items


def test_a_policy_with_a_problem_fails_and_the_problem_is_shown() -> None:
    found = check_policy(bench_of(edited(public_release(), "minor: -1", "minor: 1")))
    checks = by_name(found)
    assert checks["problems"].outcome == "failed"
    assert "P304" in checks["problems"].detail.en
    assert checks["complete"].outcome == "passed"
    assert any("P304" in row for exhibit in found.exhibits for row in exhibit.rows)


def test_a_release_that_borrows_from_the_package_is_not_complete() -> None:
    released = edited(public_release(), "minor: -1", "minor: -1")
    (released.folder / "policy" / "instruments.yaml").unlink()
    assert by_name(check_policy(bench_of(released)))["complete"].outcome == "failed"


@pytest.mark.parametrize(
    ("item", "name"),
    [("a.secret", "prohibited"), ("a.nothing", "in_catalogue"), ("a.person", "for_the_subject")],
)
def test_an_item_that_may_not_be_used_is_found_also_in_an_override(item: str, name: str) -> None:
    wrong = edited(public_release(), "    - a.penalty\n", f"    - {item}\n")
    checks = by_name(check_items(replace(bench_of(public_release()), candidate=wrong)))
    assert [c.name for c in checks.values() if not c.stands] == [name]
    assert f"{item} (demo@1: listed)" in checks[name].detail.en


def test_the_items_of_the_public_scorecard_beneath_are_listed_too() -> None:
    found = check_items(bench_of(sector_release()))
    assert all(check.stands for check in found.checks)
    (table,) = found.exhibits
    assert "listings" in {row[-1] for row in table.rows if row[0] == "a.listing"}


# Golden rows


def test_golden_rows_are_equal_by_the_line_and_as_a_served_model() -> None:
    checks = by_name(check_golden(bench_of(public_release())))
    assert {name: c.outcome for name, c in checks.items()} == {
        "duckdb": "passed",
        "pyfunc": "passed",
        "spark": "does_not_apply",
    }


def test_one_golden_cell_that_was_changed_is_seen_by_both() -> None:
    released = public_release()
    scores = released.expected.scores
    grades = scores["grade"].to_pylist()
    place = grades.index("good")
    grades[place] = "fair"
    forged = scores.set_column(scores.column_names.index("grade"), "grade", pa.array(grades, pa.string()))
    checks = by_name(
        check_golden(bench_of(replace(released, expected=replace(released.expected, scores=forged))))
    )
    for name in ("duckdb", "pyfunc"):
        assert checks[name].outcome == "failed"
        assert "grade is good, and was fair" in checks[name].detail.en
        assert not checks[name].acceptable


def test_a_rejected_golden_row_that_is_missing_is_seen_by_both() -> None:
    released = public_release()
    rejected = released.expected.rejected
    keep = [reason != "item_unknown" for reason in rejected["reason"].to_pylist()]
    forged = replace(released.expected, rejected=rejected.filter(keep))
    checks = by_name(check_golden(bench_of(replace(released, expected=forged))))
    assert {checks["duckdb"].outcome, checks["pyfunc"].outcome} == {"failed"}


# SHAP


def test_shap_values_of_a_gradient_model_are_lightgbms_own() -> None:
    checks = by_name(check_shap(bench_of(learnt_release("gradient"))))
    assert {c.outcome for c in checks.values()} == {"passed"}
    assert set(checks) == {"values", "margin", "points", "base"}


def test_shap_values_do_not_apply_to_a_table_of_points() -> None:
    assert {c.outcome for c in check_shap(bench_of(public_release())).checks} == {"does_not_apply"}


def test_points_that_are_no_shares_of_the_shap_values_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from credit_scoring.releases.gates import shap

    released = learnt_release("gradient")
    model = read_gradient_model(released.policy.model_text(released.card))
    rows = pa.table({f.name: pa.array(np.linspace(0, 40, 50)) for f in model.features})
    assert compared(model, frame_of(rows)).points == 0
    right = shap.gradient_points

    def shifted(*args: object, **kwargs: object) -> object:
        found = right(*args, **kwargs)  # type: ignore[arg-type]
        moved = found.points.copy()
        moved[:, 0] += 3
        moved[:, 1] -= 3
        return replace(found, points=moved)

    monkeypatch.setattr(shap, "gradient_points", shifted)
    assert compared(model, frame_of(rows)).points == 100


def test_a_start_that_is_not_the_base_of_the_model_is_caught() -> None:
    released = learnt_release("gradient")
    card = released.card.model_copy(update={"start": released.card.start + Decimal("0.001")})
    editions = tuple(
        replace(e, card=card) if e.card == released.card else e for e in released.policy.editions
    )
    moved = replace(released, card=card, policy=replace(released.policy, editions=editions))
    assert by_name(check_shap(bench_of(moved)))["base"].outcome == "failed"


def test_a_model_whose_text_was_altered_is_no_finding_of_shap_but_of_every_gate_that_scores() -> None:
    released = learnt_release("gradient")
    folder = edited(released, "edition: 1-gradient", "edition: 1-gradient").folder
    model = folder / "policy" / "model.json"
    model.write_text(
        model.read_text(encoding="utf-8").replace("leaf_value=", "leaf_value=9", 1), encoding="utf-8"
    )
    broken = with_policy(replace(released, folder=folder), dump_scorecard(released.card))
    bench = bench_of(broken)
    assert isinstance(bench.run, PolicyError)
    assert by_name(check_policy(bench))["problems"].outcome == "failed"


# Validation


def test_every_limit_of_a_learnt_evaluation_is_a_check_that_nobody_may_accept() -> None:
    checks = check_validation(bench_of(learnt_release("gradient"))).checks
    text = (learnt_release("gradient").folder / "training" / "validation.json").read_text(encoding="utf-8")
    assert [c.outcome for c in checks] == [c["outcome"] for c in json.loads(text)["checks"]]
    assert not any(c.acceptable for c in checks)
    assert any(c.name == "auc_at_least.held_out" for c in checks)


def test_a_verdict_that_does_not_follow_from_its_number_fails() -> None:
    released = edited(learnt_release("gradient"), "edition: 1-gradient", "edition: 1-gradient")
    file = released.folder / "training" / "validation.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["checks"][0]["found"]["value"] = 0.01
    file.write_text(json.dumps(content), encoding="utf-8")
    check = check_validation(bench_of(released)).checks[0]
    assert (check.outcome, check.limit) == ("failed", "≥ 0.55")


def test_a_stated_scorecard_repeats_what_was_checked_at_its_build() -> None:
    released = public_release()
    checks = by_name(check_validation(bench_of(released)))
    assert checks["limits"].outcome == "does_not_apply"
    assert len(checks) == 1 + len(released.manifest.validation)
    assert len(released.manifest.validation) > 0


# The public scorecard beneath


def test_the_public_scorecard_of_a_sector_has_to_be_the_one_in_force() -> None:
    bench = bench_of(sector_release())
    assert check_base(bench).checks[0].outcome == "does_not_apply"
    assert check_base(replace(bench, base_in_force=public_release())).checks[0].outcome == "passed"
    other = edited(public_release(), "general: -5", "general: -6")
    found = check_base(replace(bench, base_in_force=other))
    assert found.checks[0].outcome == "failed"
    assert not found.checks[0].acceptable
    assert len(found.exhibits[0].rows) == 1


# Stability


def test_the_stability_index_is_that_of_the_definition() -> None:
    found = check_stability(bench_of(public_release()))
    (check,) = found.checks
    assert check.outcome == "passed"
    (table,) = found.exhibits
    then, now = ([int(str(row[i]).replace(",", "")) for row in table.rows] for i in (1, 3))
    assert sum(then) == sum(now) == 1_500
    terms = [
        (b / sum(now) - a / sum(then)) * np.log((b / sum(now)) / (a / sum(then)))
        for a, b in zip(then, now, strict=True)
        if a and b
    ]
    assert float(check.found) == pytest.approx(sum(terms), abs=1e-4)


def test_a_population_that_moved_fails_and_may_be_accepted() -> None:
    subjects, records = population()
    table = pq.read_table(subjects)
    more = [
        {"record_id": f"m{i}", "subject_id": name, "item": "a.penalty", "level": "serious",
         "occurred_on": date(2025, 6, 1), "recorded_on": date(2025, 6, 2)}
        for i, name in enumerate(table["subject_id"].to_pylist())
    ]  # fmt: skip
    known = pq.read_table(records)
    moved = pa.concat_tables([known, pa.Table.from_pylist(more, schema=known.schema)])
    check = check_stability(bench_of(public_release(), tables=(subjects, written(moved, "records")))).checks[
        0
    ]
    assert (check.outcome, check.acceptable) == ("failed", True)
    strict = bench_of(public_release(), terms=terms_with(psi_at_most=Decimal("0.000001")))
    assert check_stability(strict).checks[0].outcome == "failed"


def test_too_few_subjects_are_not_judged_with_the_reason() -> None:
    subjects, records = population()
    few = written(pq.read_table(subjects).slice(0, 40), "subjects")
    check = check_stability(bench_of(public_release(), tables=(few, records))).checks[0]
    assert (check.outcome, check.acceptable) == ("not_computed", True)
    assert "fewer than 100" in check.detail.en


# Comparison


def test_a_first_release_has_nothing_to_be_compared_with() -> None:
    assert {c.outcome for c in check_comparison(bench_of(public_release())).checks} == {"does_not_apply"}


def test_the_same_content_is_nothing_new_and_every_difference_is_listed() -> None:
    released = public_release()
    same = by_name(check_comparison(bench_of(released, in_force=released)))
    assert same["something_new"].outcome == "failed"
    assert not same["something_new"].acceptable
    other = edited(released, "general: -5", "general: -6")
    older = other.manifest.model_copy(update={"content_sha256": "0" * 64, "in_force_from": date(2026, 1, 1)})
    found = check_comparison(bench_of(released, in_force=replace(other, manifest=older)))
    checks = by_name(found)
    assert checks["something_new"].outcome == "passed"
    assert (checks["edition_order"].outcome, checks["edition_order"].acceptable) == ("failed", True)
    assert checks["policy_differences"].found == "1"
    assert found.exhibits[0].rows[0][1:] == ("-6", "-5")


def test_a_learnt_release_that_was_not_compared_with_the_one_in_force_says_so() -> None:
    bench = bench_of(learnt_release("gradient"), in_force=sector_release())
    check = by_name(check_comparison(bench))["compared_at_training"]
    assert (check.outcome, check.acceptable) == ("failed", True)


# All together


def run(released: Released, out: object, **changes: object) -> GateReport:
    subjects, records = population(firms=300)
    options = {
        "in_force": None,
        "subjects": subjects,
        "records": records,
        "on": ON,
        "terms": load_terms(),
        "out": out,
    }
    return run_gates(released, **(options | changes))  # type: ignore[arg-type]


def test_a_learnt_release_against_the_one_in_force_leaves_a_whole_report(tmp_path) -> None:  # type: ignore[no-untyped-def]
    report = run(
        learnt_release("gradient"),
        tmp_path / "out",
        in_force=sector_release(),
        base_in_force=public_release(),
    )
    order = [gate for gate, _, _ in GATES]
    assert [c.gate for c in report.checks] == sorted((c.gate for c in report.checks), key=order.index)
    assert {c.gate for c in report.checks} == set(order)
    assert len({c.id for c in report.checks}) == len(report.checks)
    # Without segments the small world's validation is not complete, and nobody may accept that.
    assert {c.gate for c in report.against} <= {"impact", "stability", "comparison", "validation"}
    assert {c.acceptable for c in report.against if c.gate == "validation"} == {False}
    assert {c.acceptable for c in report.against if c.gate != "validation"} <= {True}
    assert GateReport.model_validate_json((tmp_path / "out" / "gates.json").read_bytes()) == report
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"gates.json", "gates.zh.html", "gates.zh.md", "gates.en.html", "gates.en.md", "impact"}
    for name in ("gates.zh.md", "gates.en.html"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "firm0" not in text
        assert report.manifest_sha256 in text


def test_the_evidence_is_the_same_to_the_byte_when_the_gates_are_run_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    one, other = (run(public_release(), tmp_path / name) for name in ("one", "other"))
    assert one == other
    assert (tmp_path / "one" / "gates.json").read_bytes() == (tmp_path / "other" / "gates.json").read_bytes()
    assert one.passed
    assert "may be put to approval" in (tmp_path / "one" / "gates.en.md").read_text(encoding="utf-8")


def test_a_release_that_cannot_be_scored_gets_a_report_and_does_not_pass(tmp_path) -> None:  # type: ignore[no-untyped-def]
    broken = edited(learnt_release("gradient"), "edition: 1-gradient", "edition: 1-gradient")
    (broken.folder / "policy" / "model.json").write_text("{}", encoding="utf-8")
    report = run(broken, tmp_path / "out")
    outcomes = {c.id: c.outcome for c in report.checks}
    assert not report.passed
    for gate in ("golden", "additivity", "shap", "monotonicity", "stability", "impact"):
        assert outcomes[f"{gate}:run"] == "not_computed"
    assert not any(c.acceptable for c in report.against if c.name == "run")
    assert "P408" in next(c.detail.en for c in report.checks if c.id == "golden:run")


def test_a_fault_of_the_program_is_no_finding(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from credit_scoring.releases.gates import running

    def broken(_: object) -> object:
        raise KeyError("a bug")

    monkeypatch.setattr(running, "GATES", ((GATES[0][0], GATES[0][1], broken),))
    with pytest.raises(KeyError, match="a bug"):
        run(public_release(), tmp_path / "out")


def test_a_population_that_cannot_be_read_is_an_error_and_no_report(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        run(public_release(), tmp_path / "out", subjects=tmp_path / "nothing.parquet")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("here", encoding="utf-8")
    with pytest.raises(OutputError, match="something"):
        run(public_release(), tmp_path / "full")
