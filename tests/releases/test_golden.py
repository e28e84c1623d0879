"""Golden rows see everything the rules of a scorecard can tell apart, and notice when it changes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from credit_scoring import Policy, load_policy
from credit_scoring.errors import NotInForceError
from credit_scoring.policy.gathering import default_configs
from credit_scoring.policy.language import InForce, Scorecard
from credit_scoring.policy.loading import is_in_force
from credit_scoring.releases.bundle import reversed_rows
from credit_scoring.releases.fingerprints import only_of
from credit_scoring.releases.golden import (
    GoldenResults,
    GoldenTables,
    golden_day,
    golden_differences,
    golden_results,
    golden_tables,
    read_golden,
    write_golden,
)
from releases.mutations import mutations, noticed, with_card
from releases.serving_cases import gradient_policy, own_card
from scoring.small import PERSON, firm_card, policy_of
from sectors.small_sector import sector_policy

PUBLIC = sorted((default_configs() / "public").glob("*-2020.yaml"))
NOTICED = 0.95
"""Share of changed values that the golden rows must notice."""


@cache
def golden_of(name: str) -> tuple[Policy, Scorecard, GoldenTables]:
    """The golden rows of a scorecard, made once."""
    policy = {
        "small": policy_of,
        "sector": lambda _: sector_policy(),
        "gradient": lambda _: gradient_policy(),
    }
    loaded = policy[name](firm_card()) if name in policy else load_policy(default_configs() / "public" / name)
    card = own_card(loaded)
    own = only_of(loaded, card)
    return own, card, golden_tables(own, card)


@cache
def results_of(name: str) -> GoldenResults:
    policy, _, tables = golden_of(name)
    return golden_results(policy, tables)


def stated_kinds(text: Any) -> set[tuple[str, str | None]]:
    """Every item that a scorecard's text names, with the levels it names with it; read from the YAML alone."""
    found: set[tuple[str, str | None]] = set()
    if isinstance(text, dict):
        items, levels = text.get("items"), text.get("levels")
        if isinstance(items, dict):
            for code, points in items.items():
                by_level = isinstance(points, dict) and "per" not in points
                found |= {(code, level) for level in points} if by_level else {(code, None)}
        elif isinstance(items, list):
            found |= {(code, level) for code in items for level in (levels or [None])}
        for child in text.values():
            found |= stated_kinds(child)
    elif isinstance(text, list):
        for child in text:
            found |= stated_kinds(child)
    return found


@pytest.mark.parametrize("file", PUBLIC, ids=lambda path: path.stem)
def test_a_subject_has_every_item_and_level_the_scorecard_names(file: Path) -> None:
    _, card, tables = golden_of(file.name)
    assert is_in_force(card, tables.on)
    kinds = stated_kinds(yaml.safe_load(file.read_text(encoding="utf-8")))
    rows = tables.records.to_pylist()
    by_subject = Counter(row["subject_id"] for row in rows)
    alone = {(row["item"], row["level"]) for row in rows if by_subject[row["subject_id"]] == 1}
    for item, level in kinds:
        levels = [name for single, name in alone if single == item]
        # `other` stands for every level that is not named.
        assert levels if level in (None, "other") else (item, level) in alone, f"{item} {level}"
    assert 100 < tables.subjects.num_rows < 1_500
    results = results_of(file.name)
    scored = {*results.scores["subject_id"].to_pylist()}
    rejected = [row for row in results.rejected.to_pylist() if row["table"] == "subjects"]
    assert len(scored) + len(rejected) == tables.subjects.num_rows
    assert not card.grades or {*card.grades} <= {*results.scores["grade"].to_pylist()}


def test_days_stand_on_both_sides_of_every_window() -> None:
    _, _, tables = golden_of("small")
    on = tables.on
    assert on == date(2024, 1, 31)

    def days(item: str) -> set[date]:
        return {
            date.fromisoformat(row["occurred_on"])
            for row in tables.records.to_pylist()
            if row["item"] == item and not (row["record_id"] or "r-").startswith("r-")
        }

    # (on - 36 months, on] and (on - 12 months, on], by the calendar.
    assert {date(2021, 1, 31), date(2021, 2, 1), on} <= days("a.penalty")
    assert {date(2023, 1, 31), date(2023, 2, 1), on} <= days("a.arrears")
    assert min(days("a.listing")) < date(2000, 1, 1)


def test_values_stand_below_at_and_above_every_cut() -> None:
    _, _, tables = golden_of("small")
    values = {row["value"] for row in tables.records.to_pylist() if row["item"] == "a.arrears"}
    assert {"999.9999", "1000", "1000.0001", "4999.9999", "5000", "5000.0001", "-0.0001", "0"} <= values


def test_repairs_withdrawals_ends_and_reports_are_among_the_rows() -> None:
    _, _, tables = golden_of("small")
    on = tables.on
    rows = [row for row in tables.records.to_pylist() if not (row["record_id"] or "r-").startswith("r-")]
    tomorrow = (on + timedelta(days=1)).isoformat()
    for column in ("repaired_on", "withdrawn_on", "expires_on"):
        assert {on.isoformat(), tomorrow} <= {row[column] for row in rows}, column
    assert any(row["contested_on"] for row in rows)
    assert any(row["recorded_on"] == tomorrow and row["occurred_on"] <= on.isoformat() for row in rows)
    assert any(row["occurred_on"] == tomorrow for row in rows)
    shared: dict[str, set[str]] = {}
    for row in rows:
        if row["event_id"]:
            shared.setdefault(row["event_id"], set()).add(row["item"])
    # One event under both indicators of an event group.
    assert {"a.penalty", "a.listing"} in shared.values()


@pytest.mark.parametrize("name", ["small", "sector"])
def test_every_reason_to_reject_is_met(name: str) -> None:
    found = {(row["table"], row["reason"]) for row in results_of(name).rejected.to_pylist()}
    assert {
        ("subjects", reason)
        for reason in (
            "subject_id_missing", "subject_type_missing", "subject_type_unknown", "region_code_malformed",
            "established_on_unreadable", "closed_on_unreadable", "closed_before_established",
            "not_yet_established", "no_scorecard", "subject_id_duplicate", "subject_id_conflict",
        )
    } <= found  # fmt: skip
    assert {
        ("records", reason)
        for reason in (
            "record_id_missing", "subject_id_missing", "subject_unknown", "subject_rejected", "item_missing",
            "item_unknown", "item_not_for_subject_type", "level_missing", "level_unknown", "occurred_on_missing",
            "occurred_on_unreadable", "recorded_on_unreadable", "expires_on_unreadable", "repaired_on_unreadable",
            "withdrawn_on_unreadable", "contested_on_unreadable", "occurred_after_recorded",
            "occurred_before_subject", "repaired_before_occurred", "withdrawn_before_occurred",
            "expires_before_occurred", "value_unreadable", "value_not_finite", "value_out_of_range",
            "weight_negative", "record_id_duplicate", "record_id_conflict",
        )
    } <= found  # fmt: skip


SAME = {
    "dimensions.conduct.groups.sanctions.indicators.listings.start": "10 or 0, less 10, is kept at the floor of 0",
    "dimensions.merit.indicators.arrears.curve.steps.0.points": "more than full marks is kept at full marks",
}
"""Changes of the small scorecard that change nothing."""


@pytest.mark.parametrize(("name", "every"), [("small", 1), ("public-enterprise-2020.yaml", 24)])
def test_golden_rows_notice_changed_values(name: str, every: int) -> None:
    policy, card, tables = golden_of(name)
    tried = [m for m in mutations(card) if ".".join(map(str, m.path)) not in SAME][::every]
    assert len(tried) > 20
    found = noticed(policy, card, tried, tables)
    missed = [str(mutation) for mutation, seen in zip(tried, found, strict=True) if not seen]
    assert len(missed) <= (1 - NOTICED) * len(tried), missed


def test_golden_rows_of_a_sector_notice_changes_of_it_and_of_what_it_extends() -> None:
    policy, card, tables = golden_of("sector")
    (base,) = (one for one in policy.scorecards if one != card)
    for one, place in ((card, 20), (base, 5)):
        changed = list(mutations(one))[place]
        assert golden_results(with_card(policy, one, changed.card), tables) != results_of("sector"), str(
            changed
        )


def test_golden_rows_notice_a_changed_leaf_of_a_tree(tmp_path: Path) -> None:
    policy, card, tables = golden_of("gradient")
    expected = results_of("gradient")
    assert card.model is not None
    model = json.loads(policy.model_text(card))
    leaves = [
        (line.start(2), value)
        for line in re.finditer(r"(?m)^(leaf_value=)(.*)$", model["model"])
        for value in re.finditer(r"-?0\.0*([1-9])\d+", line[2])
    ]
    assert len(leaves) > 10
    start, value = leaves[len(leaves) // 2]
    place = start + value.start(1)
    # Another first figure: of the same length, for the model names the size of each tree.
    figure = "4" if value[1] != "4" else "5"
    text = model["model"][:place] + figure + model["model"][place + 1 :]
    changed = with_model(policy, card, {**model, "model": text}, tmp_path)
    assert golden_results(changed, tables) != expected


def with_model(policy: Policy, card: Scorecard, content: dict[str, Any], folder: Path) -> Policy:
    """The policy with another model beside the scorecard, sealed as `as_text` would."""
    content = {key: value for key, value in content.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    text = json.dumps(content | {"sha256": digest}, ensure_ascii=False, indent=1)
    assert card.model is not None
    (folder / card.model.file).write_text(text, encoding="utf-8")
    block = card.model.model_copy(update={"sha256": hashlib.sha256(text.encode()).hexdigest()})
    changed = card.model_copy(update={"model": block})
    moved = replace(
        next(edition for edition in policy.editions if edition.card == card),
        card=changed,
        written=changed,
    )
    moved = replace(moved, document=replace(moved.document, file=str(folder / "scorecard.yaml")))
    return replace(policy, editions=tuple(moved if e.card == card else e for e in policy.editions))


def test_every_reachable_leaf_of_every_tree_is_reached_by_a_golden_subject() -> None:
    """Leaves are looked up here by walking each tree for each subject, not with the code that chose the subjects."""
    from credit_scoring.learnt.gradient_model import read_gradient_model
    from credit_scoring.scoring.measuring import measure_values

    policy, card, tables = golden_of("gradient")
    model = read_gradient_model(policy.model_text(card))
    values = measure_values(
        policy, card, subjects=tables.subjects, records=tables.records, on=tables.on
    ).to_pylist()
    reached = set()
    for row in values:
        for number, tree in enumerate(model.trees.trees):
            node = tree.root
            while node >= 0:
                split = tree.splits[node]
                value = row[model.coding.names[split.feature]]
                left = split.missing_left if value is None else value <= split.threshold
                node = split.left if left else split.right
            reached.add((number, node))
    leaves = sum(len(tree.leaf_values) for tree in model.trees.trees)
    assert len(reached) >= 0.9 * leaves, f"{len(reached)} of {leaves}"


def test_the_same_scorecard_has_the_same_rows_in_another_process() -> None:
    text = (
        "from releases.test_golden import golden_of; import hashlib, json\n"
        "t = golden_of('small')[2]\n"
        "print(hashlib.sha256(json.dumps([t.subjects.to_pylist(), t.records.to_pylist()]).encode()).hexdigest())"
    )
    tests = Path(__file__).parents[1]
    said = {
        subprocess.run(
            [sys.executable, "-c", text],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(tests)},
        ).stdout
        for seed in ("1",)
    }
    _, _, tables = golden_of("small")
    rows = [tables.subjects.to_pylist(), tables.records.to_pylist()]
    assert said == {hashlib.sha256(json.dumps(rows).encode()).hexdigest() + "\n"}


def test_results_do_not_depend_on_the_order_of_rows() -> None:
    policy, _, tables = golden_of("small")
    assert golden_differences(results_of("small"), golden_results(policy, reversed_rows(tables))) == ()


def test_rows_and_results_come_back_from_files_as_they_were(tmp_path: Path) -> None:
    _, _, tables = golden_of("small")
    write_golden(tables, results_of("small"), tmp_path / "golden")
    assert read_golden(tmp_path / "golden", on=tables.on) == (tables, results_of("small"))
    again = golden_results(
        golden_of("small")[0],
        GoldenTables(
            subjects=read_golden(tmp_path / "golden", on=tables.on)[0].subjects,
            records=read_golden(tmp_path / "golden", on=tables.on)[0].records,
            on=tables.on,
        ),
    )
    assert again == results_of("small")


def test_differences_name_the_subject_the_column_and_both_values() -> None:
    expected = results_of("small")
    row = expected.scores.to_pylist()[0]
    rows = [{**row, "score": "1.000"}, *expected.scores.to_pylist()[2:]]
    found = replace(expected, scores=pa.Table.from_pylist(rows, schema=expected.scores.schema))
    first, second = golden_differences(expected, found)
    assert first == f"scores, {row['subject_id']}: score is 1.000, and was {row['score']}."
    assert second.endswith("a row is missing.")
    assert golden_differences(expected, expected) == ()


def test_the_day_of_the_rows_is_one_on_which_scorecard_and_base_are_in_force() -> None:
    policy = policy_of(firm_card(), PERSON)
    card = next(card for card in policy.scorecards if card.scorecard == "demo")
    assert golden_day(policy, card) == date(2024, 1, 31)
    short = card.model_copy(
        update={"in_force": InForce(**{"from": date(2024, 2, 1), "until": date(2024, 3, 1)})}
    )
    assert golden_day(with_card(policy, card, short), short) == date(2024, 2, 1)
    sector = sector_policy()
    own = own_card(sector)
    base = next(card for card in sector.scorecards if card != own)
    late = base.model_copy(update={"in_force": InForce(**{"from": own.in_force.from_ + timedelta(days=400)})})
    assert golden_day(with_card(sector, base, late), own) >= late.in_force.from_
    over = base.model_copy(
        update={"in_force": InForce(**{"from": date(1990, 1, 1), "until": own.in_force.from_})}
    )
    with pytest.raises(NotInForceError, match="no edition is in force"):
        golden_day(with_card(sector, base, over), own)
