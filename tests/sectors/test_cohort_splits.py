"""Splits by region, time and subject, purging, weights of inspected subjects, segments, and the account of it all."""

from __future__ import annotations

import json
import random
import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from credit_scoring.errors import InputError, TrainingError
from credit_scoring.policy.numbers import months_after
from credit_scoring.policy.training import HoldOut
from credit_scoring.sectors.cohorts.events import overlapping
from credit_scoring.sectors.cohorts.labels import Window
from credit_scoring.sectors.cohorts.results import Cohort, CohortSummary
from credit_scoring.sectors.cohorts.segments import Segments
from credit_scoring.sectors.cohorts.splits import assign, held_out
from credit_scoring.sectors.cohorts.weights import share_of_heaviest, weigh
from credit_scoring.sectors.validation.inputs import effective_rows
from scoring.small import subject
from sectors.cohort_cases import FIRST, SECOND, cohort_of, label, reasons, reconciles, rows_of

MID, LATER = date(2024, 6, 1), date(2025, 6, 1)
FIRMS = [f"firm{i}" for i in range(8)]
BOTH_YEARS = [label(firm, 0, day) for firm in FIRMS for day in (MID, LATER)]


def oracle_split(firm: str, region: str | None, on: date, hold_out: HoldOut, seed: int) -> str:
    """The split in the words of the policy, one row at a time."""
    for prefix in hold_out.regions:
        if region is not None and region[: len(prefix)] == prefix:
            return "out_of_region"
    if hold_out.from_ is not None and on >= hold_out.from_:
        return "out_of_time"
    if hold_out.share is not None and held_out([firm], share=float(hold_out.share), seed=seed)[0]:
        return "held_out"
    return "train"


@pytest.mark.parametrize(
    "hold_out",
    [
        {"from": SECOND},
        {"regions": ("3301",)},
        {"share": "0.5"},
        {"from": SECOND, "regions": ("3301", "11"), "share": "0.3"},
    ],
    ids=["time", "region", "share", "all"],
)
def test_each_row_falls_into_the_split_the_policy_says(hold_out: dict) -> None:
    from decimal import Decimal

    if "share" in hold_out:
        hold_out = hold_out | {"share": Decimal(hold_out["share"])}
    rule = HoldOut.model_validate(hold_out)
    random_ = random.Random(3)
    rows = [
        (f"f{i % 40}", random_.choice(["330106", "330206", "110101", None]), random_.choice([FIRST, SECOND]))
        for i in range(200)
    ]
    found = assign(
        subject=[r[0] for r in rows],
        region=[r[1] for r in rows],
        observed_on=[r[2] for r in rows],
        ends_on=[r[2] for r in rows],
        known_on=[None] * len(rows),
        hold_out=rule,
        seed=5,
    )
    assert found.split.tolist() == [oracle_split(*row, rule, 5) for row in rows]
    assert not found.purged.any()
    assert not found.unknown.any()
    train = {row[0] for row, split in zip(rows, found.split, strict=True) if split == "train"}
    assert found.seen_subject.tolist() == [row[0] in train for row in rows]


def test_the_random_share_is_of_subjects_and_depends_on_nothing_but_seed_and_name() -> None:
    names = [f"s{i}" for i in range(20_000)]
    drawn = held_out(names, share=0.2, seed=7)
    # Five standard deviations of 20 000 draws of 0.2.
    assert abs(drawn.mean() - 0.2) < 5 * (0.2 * 0.8 / 20_000) ** 0.5
    order = np.random.default_rng(1).permutation(len(names))
    assert (held_out([names[i] for i in order], share=0.2, seed=7) == drawn[order]).all()
    assert held_out(names[:100], share=0.2, seed=7).tolist() == drawn[:100].tolist()
    assert (held_out(names, share=0.2, seed=8) != drawn).any()
    smaller = held_out(names, share=0.1, seed=7)
    assert (drawn | ~smaller).all(), "a larger share holds the smaller one"


def test_a_subject_held_out_by_region_or_share_never_trains_and_one_that_trains_is_marked_out_of_time() -> (
    None
):
    firms = [subject(f, region_code="330206" if i < 2 else "330106") for i, f in enumerate(FIRMS)]
    changes = (("{from: 2024-12-31}", "{from: 2024-12-31, regions: ['3302'], share: 0.4}"),)
    cohort = cohort_of(BOTH_YEARS, firms=firms, changes=changes)
    assert reconciles(cohort)
    rows = rows_of(cohort)
    split = {key: row["split"] for key, row in rows.items()}
    for name in FIRMS:
        early, late = split[name, FIRST], split[name, SECOND]
        if name in FIRMS[:2]:
            assert (early, late) == ("out_of_region", "out_of_region")
        else:
            assert early in ("train", "held_out")
            assert late == "out_of_time"
        assert rows[name, SECOND]["seen_subject"] is (early == "train")
    assert {"train", "held_out"} <= set(split.values())
    of = {s.split: s for s in cohort.summary.splits}
    assert of["out_of_time"].rows_of_seen_subjects == of["train"].rows
    assert of["out_of_region"].rows_of_seen_subjects == of["held_out"].rows_of_seen_subjects == 0
    assert cohort.rows("train").num_rows == of["train"].rows
    assert cohort.frame("train", "held_out").column_names == list(cohort.names)
    with pytest.raises(InputError, match="'test' is no split"):
        cohort.rows("test")


def test_training_rows_whose_window_reaches_beyond_the_hold_out_are_left_out_and_only_they() -> None:
    changes = (
        ("observe: [2023-12-31, 2024-12-31]", "observe: [2022-12-31, 2023-12-31, 2024-06-30]"),
        ("{from: 2024-12-31}", "{from: 2024-06-30, share: 0.4}"),
    )
    days = [date(2023, 6, 1), date(2024, 3, 1), date(2024, 9, 1)]
    labels = [label(firm, 0, day) for firm in FIRMS for day in days]
    cohort = cohort_of(labels, firms=FIRMS, changes=changes)
    assert reconciles(cohort)
    held = set(np.array(FIRMS)[held_out(FIRMS, share=0.4, seed=7)])
    assert 0 < len(held) < len(FIRMS)
    found = reasons(cohort, "subjects")
    assert found == {(FIRST, "window_reaches_hold_out"): len(FIRMS) - len(held)}
    rows = rows_of(cohort)
    assert {k[0] for k in rows if k[1] == FIRST} == held
    assert {k[0] for k in rows if k[1] == date(2022, 12, 31)} == set(FIRMS)


def test_a_window_that_ends_on_the_first_day_of_the_hold_out_stays() -> None:
    cohort = cohort_of(BOTH_YEARS, firms=FIRMS)
    assert {r["split"] for k, r in rows_of(cohort).items() if k[1] == FIRST} == {"train"}


RECORDED_LATE = date(2026, 3, 1)
SPRING = (
    ("observe: [2023-12-31, 2024-12-31]", "observe: [2022-12-31, 2023-12-31, 2025-03-31]"),
    ("{from: 2024-12-31}", "{from: 2025-03-31}"),
)
WINDOWS = {date(2022, 12, 31): date(2023, 6, 1), FIRST: MID, date(2025, 3, 31): LATER}


def spring(recorded_on: date | None, bad: int, **options: Any) -> Cohort:
    """A hold-out from 2025-03-31; of each window, half the firms have the label in question, half were known at once."""
    labels = [
        label(firm, bad if i % 2 else 1 - bad, day, recorded_on=recorded_on if i % 2 else day)
        for i, firm in enumerate(FIRMS)
        for day in WINDOWS.values()
    ]
    return cohort_of(labels, firms=FIRMS, labels_until=date(2026, 6, 30), **options)


@pytest.mark.parametrize("bad", [1, 0])
def test_rows_whose_label_was_known_only_after_the_hold_out_begins_are_not_trained_on(bad: int) -> None:
    cohort = spring(RECORDED_LATE, bad, changes=SPRING)
    assert reconciles(cohort)
    assert reasons(cohort, "subjects") == {
        (on, "label_known_after_hold_out_begins"): 4 for on in (date(2022, 12, 31), FIRST)
    }
    split = {key: row["split"] for key, row in rows_of(cohort).items()}
    for i, firm in enumerate(FIRMS):
        assert split.get((firm, FIRST)) == (None if i % 2 else "train")
        assert split[firm, date(2025, 3, 31)] == "out_of_time", "what is held out may be learnt of later"
        assert rows_of(cohort)[firm, date(2025, 3, 31)]["seen_subject"] is (i % 2 == 0)
    assert {row["label"] for row in cohort.rows("train").to_pylist()} == {1 - bad}


@pytest.mark.parametrize(
    ("recorded_on", "trained"), [(None, 16), (date(2025, 3, 31), 16), (date(2025, 4, 1), 8)]
)
def test_a_label_known_on_the_first_day_of_the_hold_out_is_known(
    recorded_on: date | None, trained: int
) -> None:
    changes = (("observe: [2023-12-31, 2024-12-31]", "observe: [2022-12-31, 2023-12-31]"), SPRING[1])
    labels = [
        label(firm, i % 2, day, recorded_on=recorded_on if i % 2 else None)
        for i, firm in enumerate(FIRMS)
        for day in list(WINDOWS.values())[:2]
    ]
    cohort = cohort_of(labels, firms=FIRMS, changes=changes)
    assert reconciles(cohort)
    assert cohort.rows("train").num_rows == trained


def test_without_a_first_day_of_the_hold_out_and_for_rows_held_out_no_label_is_too_late() -> None:
    no_day = (SPRING[0], ("{from: 2024-12-31}", "{regions: ['99']}"))
    assert spring(RECORDED_LATE, 1, changes=no_day).rows("train").num_rows == 3 * len(FIRMS)
    shared = (SPRING[0], ("{from: 2024-12-31}", "{from: 2025-03-31, share: 0.4}"))
    cohort = spring(RECORDED_LATE, 1, changes=shared)
    held = {name for name, is_held in zip(FIRMS, held_out(FIRMS, share=0.4, seed=7), strict=True) if is_held}
    late = set(FIRMS[1::2])
    assert held & late
    assert late - held
    assert {k[0] for k in rows_of(cohort) if k[1] == FIRST} == set(FIRMS) - (late - held)


def test_the_first_bad_label_known_in_time_decides_and_a_good_row_without_need_of_labels_waits_for_none() -> (
    None
):
    labels = [
        *[label(firm, 1, MID) for firm in FIRMS[:1]],
        label(FIRMS[1], 0, MID),
        label(FIRMS[1], 1, date(2024, 7, 1), recorded_on=RECORDED_LATE),
        label(FIRMS[2], 1, MID),
        label(FIRMS[2], 1, date(2024, 7, 1), recorded_on=RECORDED_LATE),
        label(FIRMS[3], 0, MID, recorded_on=RECORDED_LATE),
    ]
    good = (*SPRING, ("unlabelled: exclude", "unlabelled: good"))
    for changes, trained in ((SPRING, {0, 2}), (good, {0, 2, 3, 4, 5, 6, 7})):
        cohort = cohort_of(labels, firms=FIRMS, changes=changes)
        assert reconciles(cohort)
        assert {k[0] for k in rows_of(cohort) if k[1] == FIRST} == {FIRMS[i] for i in trained}
        late = reasons(cohort, "subjects")[FIRST, "label_known_after_hold_out_begins"]
        assert late == (1 if changes is good else 2)


def test_nothing_known_when_the_hold_out_begins_is_an_error_that_says_so() -> None:
    labels = [label(firm, i % 2, MID, recorded_on=RECORDED_LATE) for i, firm in enumerate(FIRMS)]
    with pytest.raises(TrainingError, match="8 label_known_after_hold_out_begins"):
        cohort_of(labels, firms=FIRMS, changes=SPRING)


def oracle_most(dates: list[date], months: int) -> int:
    """Rows the busiest day decides, day by day."""
    day, most = dates[0], 0
    while day < months_after(dates[-1], months):
        day += timedelta(days=1)
        most = max(most, sum(on < day <= months_after(on, months) for on in dates))
    return most


@pytest.mark.parametrize(
    ("dates", "months", "pairs"),
    [
        ([date(2023, 12, 31), date(2024, 12, 31)], 12, []),
        ([date(2023, 12, 31), date(2024, 12, 30)], 12, [("2023-12-31 and 2024-12-30 (1 days)")]),
        (
            [date(2023, 6, 30), date(2023, 12, 31), date(2024, 6, 30)],
            12,
            ["2023-06-30 and 2023-12-31 (182 days)", "2023-12-31 and 2024-06-30 (184 days)"],
        ),
        ([date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31)], 3, None),
        ([date(2020, 1, 31), date(2023, 2, 28), date(2023, 3, 31)], 3, None),
    ],
)
def test_overlapping_windows_are_said_with_their_dates_days_and_rows_per_event(
    dates: list[date], months: int, pairs: list[str] | None
) -> None:
    found = list(overlapping([Window(observed_on=on, ends_on=months_after(on, months)) for on in dates]))
    if pairs == []:
        assert found == []
        return
    (only,) = found
    assert (only.name, only.severity) == ("L110:observe", "warning")
    evidence = {e.name: e.value for e in only.evidence}
    assert evidence["rows_per_event"] == oracle_most(dates, months)
    for pair in pairs or []:
        assert pair in only.message.en
        first, second = re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", pair)
        assert f"{first}与{second}" in only.message.zh
    if pairs:
        assert evidence["pairs"] == len(pairs)


def test_a_cohort_says_that_one_event_decided_two_rows_and_only_where_both_dates_have_rows() -> None:
    near = (
        ("observe: [2023-12-31, 2024-12-31]", "observe: [2023-06-30, 2023-12-31, 2025-06-30]"),
        ("{from: 2024-12-31}", "{from: 2025-06-30}"),
    )
    labels = [label(firm, i % 2, date(2024, 3, 1)) for i, firm in enumerate(FIRMS)]
    cohort = cohort_of(labels, firms=FIRMS, changes=near)
    (said,) = [f for f in cohort.summary.findings if f.code == "L110"]
    assert said.severity == "warning"
    assert "2023-06-30 and 2023-12-31 (182 days)" in said.message.en
    assert "2025-06-30" not in said.message.en
    assert cohort.table.num_rows == 2 * len(FIRMS)
    apart = [label(firm, i % 2, date(2023, 9, 1)) for i, firm in enumerate(FIRMS)]
    assert "L110" not in {f.code for f in cohort_of(apart, firms=FIRMS, changes=near).findings}


def test_weights_are_inverse_probabilities_with_mean_1_over_the_training_rows() -> None:
    probability = np.array([0.1, 0.5, 1.0, 0.25, 0.5])
    train = np.array([True, True, True, False, False])
    weights = weigh(probability, train=train).weights
    raw = [1 / p for p in probability]
    mean = (raw[0] + raw[1] + raw[2]) / 3
    assert weights.tolist() == pytest.approx([r / mean for r in raw], rel=1e-15)
    assert weights[train].mean() == pytest.approx(1, rel=1e-15)
    assert effective_rows(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)
    assert share_of_heaviest(np.array([1.0] * 99 + [101.0])) == pytest.approx(101 / 200)


def test_weights_are_trimmed_only_when_told_and_the_number_is_stated() -> None:
    probability = np.array([0.01, *[1.0] * 99])
    train = np.ones(100, bool)
    assert weigh(probability, train=train).weights.max() > 50
    cut = weigh(probability, train=train, trim_at=5)
    assert cut.trimmed == 1
    assert cut.weights.mean() == pytest.approx(1)
    assert cut.weights.max() / cut.weights.min() == pytest.approx(5 / (100 / 199) / 1, rel=0.02)
    with pytest.raises(InputError, match="multiple of the mean above 1"):
        weigh(probability, train=train, trim_at=0.5)


def test_weights_of_inspected_subjects_recover_the_share_of_bads_in_the_population() -> None:
    """Risky subjects are inspected five times as often: the raw share of bads is far off, the weighted one is not."""
    draw = np.random.default_rng(11)
    size = 6_000
    risky = draw.random(size) < 0.3
    bad = draw.random(size) < np.where(risky, 0.3, 0.02)
    probability = np.where(risky, 0.5, 0.1)
    inspected = draw.random(size) < probability
    names = [f"s{i:05}" for i in range(size)]
    labels = [
        label(names[i], int(bad[i]), MID, inclusion_probability=float(probability[i]))
        for i in np.flatnonzero(inspected)
    ]
    cohort = cohort_of(labels, firms=names)
    assert reconciles(cohort)
    assert reasons(cohort, "subjects")[FIRST, "unlabelled"] == size - len(labels)
    train = next(s for s in cohort.summary.splits if s.split == "train")
    # Standard deviation of the weighted share over repeated inspections is below 0.01 here.
    assert train.weighted_bad_rate == pytest.approx(bad.mean(), abs=0.025)
    assert train.bad_rate - bad.mean() > 0.05
    own = np.array([r["weight"] for r in cohort.rows("train").to_pylist()])
    assert train.effective_rows == pytest.approx(own.sum() ** 2 / (own**2).sum())
    assert train.effective_rows < train.rows
    assert cohort.summary.weights.largest / cohort.summary.weights.smallest == pytest.approx(5)
    assert not cohort.summary.weights.equal


def test_segments_are_regions_and_whole_years_of_age() -> None:
    firms = [
        subject("a", established_on=date(2021, 1, 1), region_code="330106"),
        subject("b", established_on=FIRST.replace(year=2020), region_code=None),
        subject("c", established_on=None),
        subject("d", established_on=date(2013, 12, 31)),
        subject("e", established_on=date(2014, 1, 1)),
    ]
    cohort = cohort_of([label(n, 0, MID) for n in "abcde"], firms=firms)
    rows = {k[0]: r for k, r in rows_of(cohort).items()}
    assert [rows[n]["age_band"] for n in "abcde"] == ["0-2", "3-9", None, "10+", "3-9"]
    assert [rows[n]["region"] for n in "ab"] == ["3301", None]
    wide = cohort_of(
        [label("a", 0, MID)], firms=firms[:1], segments=Segments(region_digits=2, age_years=(2, 5, 8))
    )
    assert rows_of(wide)["a", FIRST] | {"region": "33", "age_band": "2-4"} == rows_of(wide)["a", FIRST]
    with pytest.raises(InputError, match="rising"):
        Segments(age_years=(5, 3))
    with pytest.raises(InputError, match="1 to 6"):
        Segments(region_digits=0)


def test_the_account_is_json_and_reads_back_equal() -> None:
    summary = cohort_of(BOTH_YEARS, firms=FIRMS, accept=["L101:nothing"]).summary
    text = summary.model_dump_json()
    assert CohortSummary.model_validate_json(text) == summary
    assert json.loads(text)["accepted_in_vain"] == ["L101:nothing"]
    assert summary.seed == 7
    assert cohort_of(BOTH_YEARS, firms=FIRMS, seed=8).summary.seed == 8
