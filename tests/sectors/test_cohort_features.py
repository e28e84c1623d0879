"""Features of a cohort: what was known that day and nothing else, whoever else is in the tables."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.policy.gathering import default_configs
from credit_scoring.policy.loading import load_policy
from credit_scoring.policy.training import HoldOut
from credit_scoring.scoring.measuring import feature_card, measure_values
from credit_scoring.scoring.run import score
from credit_scoring.sectors.cohorts.building import build_cohort, features_of
from credit_scoring.synthetic import invent
from scoring.small import ON, RECORDS, SUBJECTS, Row, record, subject, table
from sectors.cohort_cases import FIRST, SECOND, cohort_of, label, labels_table, penalty, rows_of, sector

MID, LATER = date(2024, 6, 1), date(2025, 6, 1)
FIRMS = [f"firm{i}" for i in range(6)]
LABELS = [label(f, i % 2, day + timedelta(days=i)) for i, f in enumerate(FIRMS) for day in (MID, LATER)]
ALL_OF = ["L101:penalties", "L101:honours", "L101:arrears", "L101:listings", "L101:rating"]


def content(cohort: Any) -> Any:
    return cohort.table.to_pylist()


def test_the_columns_are_what_the_line_measures_on_each_date() -> None:
    records = [
        penalty("r1", "firm1", date(2023, 5, 1)),
        penalty("r2", "firm1", date(2024, 5, 1), level="serious"),
        record("r3", subject_id="firm2", item="a.honour", occurred_on=date(2024, 3, 1)),
        record("r4", subject_id="firm3", item="a.rating", level="low", occurred_on=date(2022, 3, 1)),
    ]
    cohort = cohort_of(LABELS, firms=FIRMS, records=records)
    rows = rows_of(cohort)
    assert rows["firm1", FIRST]["penalties"] == -5
    assert rows["firm1", SECOND]["penalties"] == -25
    assert rows["firm2", FIRST]["honours"] == 0
    assert rows["firm2", SECOND]["honours"] == 1
    assert rows["firm3", FIRST]["rating"] == 1
    assert rows["firm1", FIRST]["rating"] is None
    policy, card = sector()
    for on in (FIRST, SECOND):
        values = measure_values(
            policy, feature_card(card), subjects=table([subject(f) for f in FIRMS], SUBJECTS),
            records=table(records, RECORDS), on=on,
        )  # fmt: skip
        for row in values.to_pylist():
            assert {n: rows[row["subject_id"], on][n] for n in cohort.names} == {
                n: row[n] for n in cohort.names
            }


def test_features_carry_polarity_title_dimension_and_unit() -> None:
    features = {f.name: f for f in features_of(*sector())}
    assert {n: f.polarity for n, f in features.items()} == {
        "penalties": "better",
        "listings": "better",
        "rating": "worse",
        "honours": "better",
        "arrears": "worse",
    }
    assert (features["arrears"].unit, features["honours"].unit) == ("CNY", None)
    assert features["rating"].dimension == "conduct"
    assert features["rating"].title is not None
    stated = (("  polarity:\n", "  polarity:\n    arrears: {polarity: free, reason: small sums}\n"),)
    free = {f.name: f for f in features_of(*sector(*stated))}["arrears"]
    assert (free.polarity, free.reason) == ("free", "small sums")
    out = (("  scale: {base", "  leave_out: {arrears: not kept everywhere}\n  scale: {base"),)
    assert "arrears" not in {f.name for f in features_of(*sector(*out))}


@st.composite
def past(draw: st.DrawFn) -> Row:
    """A record known on the first observation date."""
    on = draw(st.dates(date(2021, 1, 1), FIRST))
    return penalty(
        f"p{draw(st.integers(0, 10_000))}",
        draw(st.sampled_from(FIRMS)),
        on,
        level=draw(st.sampled_from(["minor", "general", "serious"])),
        recorded_on=draw(st.dates(on, FIRST)),
    )


@st.composite
def unseen(draw: st.DrawFn) -> Row:
    """A record that happened, or was recorded, after the second observation date."""
    on = draw(st.dates(date(2023, 1, 1), date(2026, 1, 1)))
    after = max(on, SECOND + timedelta(days=1))
    return penalty(
        f"u{draw(st.integers(0, 10_000))}",
        draw(st.sampled_from(FIRMS)),
        on,
        level="serious",
        recorded_on=draw(st.dates(after, after + timedelta(days=300))),
    )


@settings(max_examples=4)
@given(
    known=st.lists(past(), max_size=10, unique_by=lambda r: r["record_id"]),
    later=st.lists(unseen(), min_size=1, max_size=10, unique_by=lambda r: r["record_id"]),
    shuffled=st.randoms(use_true_random=False),
)
def test_neither_later_records_nor_other_subjects_nor_the_order_of_rows_change_a_row(
    known: list[Row], later: list[Row], shuffled: random.Random
) -> None:
    plain = cohort_of(LABELS, firms=FIRMS, records=known, accept=ALL_OF)
    # The stranger's label is good and unlike theirs; it stands in no window, so that weights stay as they are.
    strange = [label("stranger", 1, date(2020, 1, 1)), *LABELS]
    records = [*known, *later, penalty("s1", "stranger", date(2023, 1, 1), level="serious")]
    firms = [*FIRMS, "stranger"]
    for rows in (strange, records, firms):
        shuffled.shuffle(rows)
    other = cohort_of(strange, firms=firms, records=records, accept=ALL_OF)
    assert content(other) == content(plain)


def test_a_labelled_stranger_changes_no_feature_label_or_split_of_the_others() -> None:
    labels = [r | {"inclusion_probability": 0.5} for r in LABELS]
    stranger = label("stranger", 1, MID, inclusion_probability=0.1)
    plain = rows_of(cohort_of(labels, firms=FIRMS))
    other = rows_of(cohort_of([*labels, stranger], firms=[*FIRMS, "stranger"]))
    assert ("stranger", FIRST) in other
    for key, row in plain.items():
        assert {**row, "weight": None} == {**other[key], "weight": None}
    # Weights keep their proportions; only their common mean moves.
    assert len({round(other[k]["weight"] / plain[k]["weight"], 12) for k in plain}) == 1


def test_a_shipped_sector_reads_the_public_score_of_the_day_and_says_what_that_score_reads(
    tmp_path: Path,
) -> None:
    register = invent(tmp_path, subjects=60, shares={"enterprise": 1.0})
    policy = load_policy(default_configs() / "sectors" / "sector-environment.yaml")
    (card,) = [c for c in policy.scorecards if c.training is not None]
    observe = {"observe": (date(2024, 12, 31),), "hold_out": HoldOut(share=Decimal("0.3"))}
    card = card.model_copy(update={"training": card.training.model_copy(update=observe)})
    ids = sorted(set(pq.read_table(register.subjects)["subject_id"].to_pylist()))
    cohort = build_cohort(
        policy, card, subjects=register.subjects, records=register.records, labels_until=ON,
        labels=labels_table([label(name, i % 2, LATER) for i, name in enumerate(ids)]),
    )  # fmt: skip
    base = [c for c in policy.scorecards if c.id == "public-enterprise@2020"]
    alone = replace(
        policy, editions=tuple(replace(e, as_base=False) for e in policy.editions if e.card in base)
    )
    run = score(alone, subjects=register.subjects, records=register.records, on=date(2024, 12, 31))
    public = {r["subject_id"]: r["score"] for r in run.tables["scores"].to_pylist() if not r["unrated"]}
    rows = cohort.table.to_pylist()
    assert len(rows) > 30
    for row in rows:
        expected = public.get(row["subject_id"])
        assert row["public_score"] == (None if expected is None else int(expected * 1000))
        assert row["public_credit"] == (None if expected is None else float(expected))
    items = card.training.outcome.items
    assert items == ("penalty.environment",)
    assert {"L103:public_credit", "L103:environmental_penalties"} <= {f.name for f in cohort.findings}
