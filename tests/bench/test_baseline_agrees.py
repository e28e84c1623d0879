"""The engine and the pandas implementation of the enterprise scorecard, written apart, give the same results."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench import pandas_baseline
from credit_scoring import load_policy, score
from credit_scoring.synthetic import invent

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
# The end of February is where months are of unequal length.
DAYS = (date(2025, 12, 31), date(2024, 2, 29))


@pytest.fixture(scope="module", params=DAYS, ids=str)
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("register")
    register = invent(folder, subjects=3_000, seed=11, shares={"enterprise": 1.0})
    policy = load_policy()
    ours = score(policy, subjects=register.subjects, records=register.records, on=request.param)
    theirs = pandas_baseline.score(CONFIGS, register.subjects, register.records, request.param)
    return ours, theirs


def test_scores_grades_overrides_and_reasons_are_equal(results: Any) -> None:
    ours, theirs = results
    expected = theirs["scores"].set_index("subject_id")
    rows = ours.scores.to_pylist()
    assert {row["subject_id"] for row in rows} == set(expected.index)
    assert len(rows) == len(expected) > 2_000
    for row in rows:
        other = expected.loc[row["subject_id"]]
        assert int(row["score"] * 1000) == other["score"], row
        assert row["grade_raw"] == other["grade_raw"], row
        assert row["grade"] == (None if pd.isna(other["grade"]) else other["grade"]), row
        assert row["unrated"] == other["unrated"], row
        for column in ("overrides", "reasons"):
            assert row[column] == (other[column] if isinstance(other[column], list) else []), row


def test_points_of_every_indicator_are_equal(results: Any) -> None:
    ours, theirs = results
    mine = {(r["subject_id"], r["indicator"]): int(r["points"] * 1000) for r in ours.points.to_pylist()}
    expected = theirs["points"].set_index(["subject_id", "indicator"])["points"].to_dict()
    assert mine == expected


def test_evidence_names_the_same_records(results: Any) -> None:
    ours, theirs = results

    def row(r: dict[str, Any], points: Any) -> tuple[Any, ...]:
        return r["record_id"], r["indicator"], r["override"], r["treatment"], points

    mine = {
        row(r, None if r["points"] is None else int(r["points"] * 1000)) for r in ours.evidence.to_pylist()
    }
    table = theirs["evidence"].astype(object)
    expected = {row(r, r["points"]) for r in table.where(table.notna(), None).to_dict("records")}
    assert mine == expected


def test_the_same_rows_are_rejected_for_the_same_reasons(results: Any) -> None:
    ours, theirs = results
    mine = [(r["table"], r["reason"], r["record_id"]) for r in ours.rejected.to_pylist()]
    columns = ["table", "reason", "record_id"]
    expected = theirs["rejected"][columns].astype(object)
    expected = expected.where(expected.notna(), None)
    assert sorted(mine, key=str) == sorted(expected.itertuples(index=False, name=None), key=str)
