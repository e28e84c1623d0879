"""Labels and exclusions: each planted fault by its reason, an oracle in plain Python, and properties."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.errors import InputError, LeakageError, PolicyError, TableError, TrainingError
from credit_scoring.sectors.cohorts.building import build_cohort
from credit_scoring.sectors.cohorts.labels import windows_of
from credit_scoring.sectors.cohorts.reasons import REASONS
from scoring.small import KINDS, RECORDS, SUBJECTS, Row, handed_in, subject, table
from sectors.cohort_cases import (
    FIRST,
    SECOND,
    UNTIL,
    cohort_of,
    label,
    labels_table,
    penalty,
    reasons,
    reconciles,
    rows_of,
    sector,
)

MID = date(2024, 6, 1)
LATER = date(2025, 6, 1)
ANCHOR = label("anchor", 0, MID)
"""A firm that is always there to train on."""


def with_anchor(labels: Sequence[Row], firms: Sequence[Any] = ("firm",), **options: Any):
    cohort = cohort_of([ANCHOR, *labels], firms=["anchor", *firms], **options)
    assert reconciles(cohort)
    return cohort


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (FIRST, False),
        (FIRST + timedelta(days=1), True),
        (date(2024, 12, 31), True),
        (date(2025, 1, 1), False),
    ],
)
def test_a_label_counts_after_the_date_and_up_to_the_last_day_of_the_window(day: date, inside: bool) -> None:
    cohort = with_anchor([label("firm", 1, day)])
    assert (("firm", FIRST) in rows_of(cohort)) is inside
    if inside:
        assert rows_of(cohort)["firm", FIRST]["label"] == 1


def test_windows_of_whole_months_end_on_the_last_day_a_short_month_has() -> None:
    outcome = sector()[1].training.outcome
    ends = {w.observed_on: w.ends_on for w in windows_of([date(2024, 2, 29), date(2024, 8, 31)], outcome)}
    assert ends == {date(2024, 2, 29): date(2025, 2, 28), date(2024, 8, 31): date(2025, 8, 31)}
    half = outcome.model_copy(update={"window": "6 months"})
    assert windows_of([date(2023, 8, 31)], half)[0].ends_on == date(2024, 2, 29)


def test_a_window_that_ends_on_29_february_holds_that_day_and_no_other() -> None:
    changes = (
        ("observe: [2023-12-31, 2024-12-31]", "observe: [2023-08-31]"),
        ("window: 12 months\n    unl", "window: 6 months\n    unl"),
        ("{from: 2024-12-31}", "{from: 2024-12-31, regions: ['11']}"),
    )
    labels = [
        label("anchor", 0, date(2023, 9, 1)),
        label("in", 1, date(2024, 2, 29)),
        label("out", 1, date(2024, 3, 1)),
    ]
    cohort = cohort_of(labels, firms=["anchor", "in", "out"], changes=changes)
    assert {k[0] for k in rows_of(cohort)} == {"anchor", "in"}


def test_one_bad_label_makes_bad_whatever_the_others_say() -> None:
    labels = [
        label("firm", 0, MID),
        label("firm", 1, MID + timedelta(days=3)),
        label("firm", 0, MID + timedelta(days=9)),
    ]
    assert rows_of(with_anchor(labels))["firm", FIRST]["label"] == 1


def test_a_label_with_an_observation_date_speaks_of_that_date_only() -> None:
    changes = (
        ("window: 12 months\n    unl", "window: 36 months\n    unl"),
        ("{from: 2024-12-31}", "{from: 2027-12-31}"),
    )
    labels = [
        label("anchor", 0, LATER),
        label("firm", 1, LATER, observed_on=SECOND),
        label("other", 1, LATER),
    ]
    cohort = cohort_of(
        labels, firms=["anchor", "firm", "other"], changes=changes, labels_until=date(2028, 1, 1)
    )
    assert {k for k in rows_of(cohort) if k[0] != "anchor"} == {
        ("firm", SECOND),
        ("other", FIRST),
        ("other", SECOND),
    }


def test_unlabelled_subjects_are_left_out_or_good_as_the_policy_says() -> None:
    excluded = with_anchor([])
    assert reasons(excluded, "subjects")[FIRST, "unlabelled"] == 1
    good = with_anchor([], changes=(("unlabelled: exclude", "unlabelled: good"),))
    assert rows_of(good)["firm", FIRST]["label"] == 0


FAULTS: dict[str, Row] = {
    "subject_id_missing": label("", 0, MID),
    "subject_unknown": label("nobody", 0, MID),
    "subject_of_other_type": label("person", 0, MID),
    "label_not_0_or_1": label("firm", 2, MID),
    "labelled_on_missing": label("firm", 0, None),
    "label_before_observation": label("firm", 0, FIRST, observed_on=FIRST),
    "recorded_before_labelled": label("firm", 0, MID, recorded_on=MID - timedelta(days=1)),
    "observed_on_not_asked": label("firm", 0, MID, observed_on=date(2024, 1, 31)),
    "label_not_yet_known": label("firm", 0, MID, recorded_on=UNTIL + timedelta(days=1)),
    "inclusion_probability_out_of_range": label("firm", 0, MID, inclusion_probability=0.0),
    "inclusion_probability_missing": label("firm", 0, MID),
    "outside_every_window": label("firm", 0, date(2022, 6, 1)),
    "subject_excluded": label("closed", 0, MID),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_a_faulty_label_is_counted_under_its_reason(reason: str) -> None:
    anchor = ANCHOR | ({"inclusion_probability": 1.0} if reason.startswith("inclusion") else {})
    firms: list[Any] = [
        "anchor",
        "firm",
        subject("person", subject_type="natural_person"),
        subject("closed", closed_on=FIRST),
    ]
    cohort = cohort_of([anchor, FAULTS[reason]], firms=firms)
    assert reconciles(cohort)
    assert reasons(cohort, "labels") == {(None, reason): 1}
    assert {k[0] for k in rows_of(cohort)} == {"anchor"}
    (line,) = [e for e in cohort.summary.exclusions if e.table == "labels"]
    assert line.share == 0.5
    shown = FAULTS[reason]["subject_id"]
    assert line.example == (None if shown in ("", "person") else shown)


@pytest.mark.parametrize("probability", [0.0, -0.1, 1.0001, float("inf")])
def test_an_inclusion_probability_lies_above_0_and_is_at_most_1(probability: float) -> None:
    anchor = ANCHOR | {"inclusion_probability": 1.0}
    cohort = cohort_of(
        [anchor, label("firm", 0, MID, inclusion_probability=probability)], firms=["anchor", "firm"]
    )
    assert reasons(cohort, "labels") == {(None, "inclusion_probability_out_of_range"): 1}


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("label", "maybe", "label_not_0_or_1"),
        ("label", "0.00001", "label_not_0_or_1"),
        ("labelled_on", "03/04/2024", "labelled_on_unreadable"),
        ("recorded_on", "soon", "recorded_on_unreadable"),
        ("observed_on", "2023-02-30", "observed_on_unreadable"),
    ],
)
def test_texts_that_cannot_be_read_are_counted(column: str, text: str, reason: str) -> None:
    rows = [
        {"subject_id": "anchor", "label": "0", "labelled_on": "2024-06-01"},
        {"subject_id": "firm", "label": "0", "labelled_on": "2024-06-01"} | {column: text},
    ]
    names = ("subject_id", "label", "labelled_on", "recorded_on", "observed_on")
    labels = pa_table(rows, names)
    cohort = cohort_of(labels, firms=["anchor", "firm"])
    assert reconciles(cohort)
    assert reasons(cohort, "labels") == {(None, reason): 1}
    assert reasons(cohort, "subjects")[FIRST, "label_unusable"] == 1


def pa_table(rows: list[Row], names: Sequence[str]):
    import pyarrow as pa

    return pa.table({n: pa.array([r.get(n) for r in rows], pa.string()) for n in names})


def test_the_same_label_again_is_used_once() -> None:
    cohort = with_anchor([label("firm", 1, MID)] * 3)
    assert reasons(cohort, "labels") == {(None, "label_duplicate"): 2}
    assert rows_of(cohort)["firm", FIRST]["label"] == 1


def test_labels_that_contradict_each_other_about_one_event_are_both_left_out() -> None:
    cohort = with_anchor([label("firm", 1, MID), label("firm", 0, MID)])
    assert reasons(cohort, "labels") == {(None, "label_conflict"): 2}
    assert reasons(cohort, "subjects")[FIRST, "label_unusable"] == 1


def test_labels_of_different_events_on_one_day_do_not_contradict_each_other() -> None:
    cohort = with_anchor([label("firm", 1, MID, event_id="a"), label("firm", 0, MID, event_id="b")])
    assert reasons(cohort, "labels") == {}
    assert rows_of(cohort)["firm", FIRST]["label"] == 1


def test_inclusion_probabilities_that_differ_in_one_window_leave_the_subject_out() -> None:
    anchor = ANCHOR | {"inclusion_probability": 1.0}
    labels = [
        anchor,
        label("firm", 0, MID, inclusion_probability=0.2),
        label("firm", 0, MID + timedelta(days=9), inclusion_probability=0.3),
    ]
    cohort = cohort_of(labels, firms=["anchor", "firm"])
    assert reasons(cohort, "subjects")[FIRST, "inclusion_probability_conflict"] == 1
    assert reasons(cohort, "labels") == {(None, "subject_excluded"): 2}


def test_a_faulty_label_never_makes_its_subject_good() -> None:
    good = (("unlabelled: exclude", "unlabelled: good"),)
    faulty = label("firm", 1, MID, recorded_on=MID - timedelta(days=1))
    cohort = with_anchor([faulty], changes=good)
    assert ("firm", FIRST) not in rows_of(cohort)
    assert reasons(cohort, "subjects")[FIRST, "label_unusable"] == 1
    assert ("firm", SECOND) in rows_of(cohort), "the fault lies in the first window only"
    still_bad = with_anchor([faulty, label("firm", 1, MID + timedelta(days=9))], changes=good)
    assert rows_of(still_bad)["firm", FIRST]["label"] == 1


def test_complete_labels_cannot_be_a_sample() -> None:
    with pytest.raises(TrainingError, match="unlabelled: exclude"):
        cohort_of(
            [label("firm", 1, MID, inclusion_probability=0.5)],
            firms=["firm"],
            changes=(("unlabelled: exclude", "unlabelled: good"),),
        )


@pytest.mark.parametrize(
    ("firm", "reason"),
    [
        (subject("firm", established_on=FIRST + timedelta(days=1)), "not_yet_established"),
        (subject("firm", closed_on=FIRST), "subject_closed"),
        (subject("firm", region_code="33"), "subject_rejected"),
    ],
)
def test_a_subject_that_was_not_there_is_left_out(firm: Row, reason: str) -> None:
    cohort = with_anchor([label("firm", 0, MID)], firms=[firm])
    assert reasons(cohort, "subjects")[FIRST, reason] == 1
    assert reasons(cohort, "labels") == {(None, "subject_excluded"): 1}


@pytest.mark.parametrize(
    "firm",
    [subject("firm", established_on=FIRST), subject("firm", closed_on=FIRST + timedelta(days=1))],
)
def test_a_subject_established_that_day_or_closed_later_is_there(firm: Row) -> None:
    cohort = with_anchor([label("firm", 0, MID)], firms=[firm])
    assert ("firm", FIRST) in rows_of(cohort)
    assert cohort.summary.dates[0].closed_in_window == (firm.get("closed_on") is not None)


def test_a_subject_twice_in_the_table_is_used_once_and_one_that_differs_not_at_all() -> None:
    firms = [subject("firm"), subject("firm"), subject("two"), subject("two", region_code="330108")]
    cohort = with_anchor([label("firm", 0, MID), label("two", 0, MID)], firms=firms)
    found = reasons(cohort, "subjects")
    assert (found[FIRST, "subject_repeated"], found[FIRST, "subject_conflict"]) == (1, 2)
    assert {k[0] for k in rows_of(cohort)} == {"anchor", "firm"}


def test_a_date_whose_window_is_not_over_is_left_out_whole() -> None:
    labels = [ANCHOR, label("firm", 1, LATER)]
    censored = cohort_of(labels, firms=["anchor", "firm"], labels_until=None)
    assert censored.summary.labels_until == LATER
    assert not censored.summary.labels_until_given
    assert reasons(censored, "subjects")[SECOND, "window_not_over"] == 2
    assert ("firm", SECOND) in rows_of(cohort_of(labels, firms=["anchor", "firm"]))
    just = cohort_of(labels, firms=["anchor", "firm"], labels_until=date(2025, 12, 31))
    assert ("firm", SECOND) in rows_of(just)
    short = cohort_of(labels, firms=["anchor", "firm"], labels_until=date(2025, 12, 30))
    assert reasons(short, "subjects")[SECOND, "window_not_over"] == 2


def test_an_absurd_late_date_of_a_faulty_label_does_not_end_the_wait() -> None:
    labels = [ANCHOR, label("firm", 0, date(2025, 1, 1)), label("firm", 5, date(2099, 1, 1))]
    cohort = cohort_of(labels, firms=["anchor", "firm"], labels_until=None)
    assert cohort.summary.labels_until == date(2025, 1, 1)


def test_no_usable_label_and_nothing_left_to_train_on_are_errors_that_say_why() -> None:
    with pytest.raises(TrainingError, match="1 label_not_0_or_1"):
        cohort_of([label("firm", 7, MID)], firms=["firm"], labels_until=None)
    with pytest.raises(TrainingError, match="unlabelled"):
        cohort_of([label("firm", 0, date(2022, 1, 1))], firms=["firm"])
    with pytest.raises(TrainingError, match="1 out_of_time"):
        cohort_of([label("firm", 0, LATER)], firms=["firm"])


def test_labels_recorded_before_their_observation_date_are_an_error_by_name() -> None:
    early = label("firm", 1, MID, observed_on=FIRST, recorded_on=date(2023, 6, 1))
    with pytest.raises(LeakageError, match="1 of 2 labels were recorded before") as caught:
        cohort_of([ANCHOR, early], firms=["anchor", "firm"])
    assert caught.value.names == ("L104:labels",)
    cohort = cohort_of([ANCHOR, early], firms=["anchor", "firm"], accept=["L104:labels"])
    assert reasons(cohort, "labels") == {(None, "recorded_before_observation"): 1}
    assert [f.accepted for f in cohort.findings if f.code == "L104"] == [True]
    fine = label("firm", 1, MID, observed_on=FIRST, recorded_on=MID)
    clean = cohort_of([ANCHOR, fine], firms=["anchor", "firm"])
    assert "L104" not in {f.code for f in clean.findings}


def test_a_missing_column_a_scorecard_without_training_and_a_reserved_name_are_refused() -> None:
    with pytest.raises(TableError, match="labelled_on is missing"):
        cohort_of(labels_table([ANCHOR]).drop_columns(["labelled_on"]), firms=["anchor"])
    with pytest.raises(TableError, match="Did you mean 'recorded_on'"):
        cohort_of(
            labels_table([ANCHOR]).rename_columns(
                ["subject_id", "label", "labelled_on", "recordd_on", "p", "event_id", "observed_on"]
            ),
            firms=["anchor"],
        )
    policy, card = sector()
    bare = card.model_copy(update={"training": None})
    with pytest.raises(PolicyError, match="P704"):
        build_cohort(policy, bare, subjects=None, records=None, labels=None)
    feature = "scale: {base_score"
    added = (
        "features:\n    label: {title: {zh: 数, en: N}, dimension: merit, measure: "
        "{kind: count, items: [a.penalty], window: all}}\n  scale: {base_score"
    )
    with pytest.raises(InputError, match="cannot be called 'label'"):
        cohort_of([ANCHOR], firms=["anchor"], changes=((feature, added),))


@pytest.mark.parametrize("kind", KINDS)
def test_labels_may_come_as_any_table_or_file(kind: str, tmp_path) -> None:
    rows = [
        ANCHOR | {"inclusion_probability": 0.125},
        label("firm", 1, MID, recorded_on=MID, inclusion_probability=1 / 3, event_id="e"),
    ]
    policy, card = sector()
    data = {
        "subjects": table([subject("anchor"), subject("firm")], SUBJECTS),
        "records": table([penalty("r", "firm", date(2023, 5, 1))], RECORDS),
        "labels": labels_table(rows),
    }
    given = {name: handed_in(value, kind, tmp_path, name) for name, value in data.items()}
    cohort = build_cohort(policy, card, **given, labels_until=UNTIL)
    found = rows_of(cohort)
    assert found["firm", FIRST]["label"] == 1
    # 8 and 3 inspected subjects stand for 11: the fraction is not cut to the door's four decimals.
    assert found["anchor", FIRST]["weight"] == pytest.approx(16 / 11, rel=1e-12)
    assert found["firm", FIRST]["penalties"] == -5


def test_every_reason_has_a_title_and_identity_numbers_are_not_shown() -> None:
    shown = label("11010519491231002X", 0, MID)
    cohort = with_anchor([shown])
    (line,) = [e for e in cohort.summary.exclusions if e.table == "labels"]
    assert (line.reason, line.example) == ("subject_unknown", None)
    assert all(title.zh and title.en for title in REASONS.values())


# An oracle in plain Python, one label and one subject at a time.


def twelve_months_on(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


class Oracle:
    """Labels judged one by one, in the words of the module's docstring."""

    def __init__(
        self, labels: list[Row], subjects: list[Row], until: date, *, good: bool, start: date
    ) -> None:
        self.labels, self.subjects, self.until, self.good = labels, subjects, until, good
        self.start = start
        self.reason = [self.fault(row) for row in labels]
        for i, row in enumerate(labels):
            same = [
                j
                for j, other in enumerate(labels)
                if self.fault(other) is None and self.key(other) == self.key(row)
            ]
            if self.reason[i] is None and len({labels[j]["label"] for j in same}) > 1:
                self.reason[i] = "label_conflict"
        kept: set[Any] = set()
        for i, row in enumerate(labels):
            key = (*self.key(row), row.get("observed_on"))
            if self.reason[i] is None and key in kept:
                self.reason[i] = "label_duplicate"
            elif self.reason[i] is None:
                kept.add(key)

    @staticmethod
    def key(row: Row) -> tuple[Any, ...]:
        return row["subject_id"], row["labelled_on"], row.get("event_id")

    def fault(self, row: Row) -> str | None:
        day, seen, on = row["labelled_on"], row.get("recorded_on"), row.get("observed_on")
        if row["subject_id"] not in {s["subject_id"] for s in self.subjects}:
            return "subject_unknown"
        if (day and day > self.until) or (seen and seen > self.until):
            return "label_not_yet_known"
        if row["label"] not in (0, 1):
            return "label_not_0_or_1"
        if day is None:
            return "labelled_on_missing"
        if on and on >= day:
            return "label_before_observation"
        if seen and seen < day:
            return "recorded_before_labelled"
        if on and on not in (FIRST, SECOND):
            return "observed_on_not_asked"
        return None

    def speaks_of(self, i: int, on: date) -> bool:
        row, reason = self.labels[i], self.reason[i]
        if reason in ("subject_unknown", "label_not_yet_known", "observed_on_not_asked", "label_duplicate"):
            return False
        if row.get("observed_on") not in (None, on):
            return False
        day = row["labelled_on"]
        return reason == "label_before_observation" or day is None or on < day <= twelve_months_on(on)

    def known(self, i: int) -> date:
        """The first day on which anyone could read this label, in whichever of its copies."""
        row = self.labels[i]
        copies = [
            other
            for j, other in enumerate(self.labels)
            if self.reason[j] in (None, "label_duplicate")
            and (*self.key(other), other.get("observed_on")) == (*self.key(row), row.get("observed_on"))
        ]
        days = [copy["recorded_on"] for copy in copies if copy.get("recorded_on")]
        return min(days) if days else row["labelled_on"]

    def row(self, firm: Row, on: date) -> int | str:
        """The label, or the reason for there being none; before the hold-out, only what was known when it began."""
        found = self.outcome(firm, on)
        if isinstance(found, str) or on >= self.start:
            return found
        if twelve_months_on(on) > self.start:
            return "window_reaches_hold_out"
        if self.good and found == 0:
            return found
        known_that_day = any(
            self.labels[i]["label"] == found and self.known(i) <= self.start
            for i, row in enumerate(self.labels)
            if row["subject_id"] == firm["subject_id"] and self.reason[i] is None and self.speaks_of(i, on)
        )
        return found if known_that_day else "label_known_after_hold_out_begins"

    def outcome(self, firm: Row, on: date) -> int | str:
        """The label, or the reason for there being none, whenever it was known."""
        if twelve_months_on(on) > self.until:
            return "window_not_over"
        if firm.get("established_on") and firm["established_on"] > on:
            return "not_yet_established"
        if firm.get("closed_on") and firm["closed_on"] <= on:
            return "subject_closed"
        mine = [
            i
            for i, row in enumerate(self.labels)
            if row["subject_id"] == firm["subject_id"] and self.speaks_of(i, on)
        ]
        if any(self.reason[i] is None and self.labels[i]["label"] == 1 for i in mine):
            return 1
        if any(self.reason[i] is not None for i in mine):
            return "label_unusable"
        return 0 if mine or self.good else "unlabelled"


DAYS = [
    date(2023, 6, 1), FIRST, date(2024, 1, 1), date(2024, 2, 29), MID, SECOND,
    date(2025, 1, 1), LATER, date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 1),
]  # fmt: skip
day = st.sampled_from(DAYS)
NAMES = [f"f{i:02}" for i in range(24)]
one_label = st.fixed_dictionaries(
    {
        "subject_id": st.sampled_from([*NAMES, "nobody"]),
        "label": st.sampled_from([0, 1, 0, 1, 2, None]),
        "labelled_on": st.one_of(day, day, day, st.none()),
    },
    optional={
        "recorded_on": day,
        "event_id": st.sampled_from(["x", "y"]),
        "observed_on": st.sampled_from([FIRST, SECOND, date(2024, 1, 31)]),
    },
)
one_firm = st.fixed_dictionaries(
    {}, optional={"established_on": st.sampled_from(DAYS[:4]), "closed_on": st.sampled_from(DAYS[5:8])}
)


@settings(max_examples=8)
@given(
    labels=st.lists(one_label, min_size=40, max_size=80),
    firms=st.lists(one_firm, min_size=24, max_size=24),
    good=st.booleans(),
    until=st.sampled_from([date(2025, 12, 31), date(2025, 12, 1), date(2026, 6, 30)]),
    start=st.sampled_from([SECOND, date(2025, 3, 31), date(2025, 12, 31), date(2030, 1, 1)]),
    shuffled=st.randoms(use_true_random=False),
)
def test_labels_are_judged_as_the_oracle_judges_them(
    labels: list[Row], firms: list[Row], good: bool, until: date, start: date, shuffled: random.Random
) -> None:
    judged_alike(labels, firms, good, until, start, shuffled)


@pytest.mark.parametrize(("seed", "good"), [(1, False), (2, True)])
def test_labels_recorded_long_after_are_judged_as_the_oracle_judges_them(seed: int, good: bool) -> None:
    draw = random.Random(seed)
    labels = []
    for _ in range(60):
        on = draw.choice(DAYS[2:8])
        seen = draw.choice([None, on, *(later for later in DAYS if later >= on)])
        labels.append(label(draw.choice(NAMES), draw.choice([0, 1]), on, recorded_on=seen))
    found = judged_alike(labels, [{}] * len(NAMES), good, UNTIL, date(2025, 3, 31), draw)
    assert found[FIRST, "label_known_after_hold_out_begins"] > 0


def judged_alike(
    labels: list[Row], firms: list[Row], good: bool, until: date, start: date, shuffled: random.Random
) -> dict[tuple[date | None, str], int]:
    """The subjects left out, which the oracle leaves out too."""
    subjects = [subject(name, **firm) for name, firm in zip(NAMES, firms, strict=True)]
    subjects.append(subject("anchor"))
    rows = [ANCHOR, *labels]
    oracle = Oracle(rows, subjects, until, good=good, start=start)
    early = [
        r for r in labels if r.get("recorded_on") and r["recorded_on"] < (r.get("observed_on") or date.min)
    ]
    order = rows[:]
    shuffled.shuffle(order)
    changes = (("{from: 2024-12-31}", f"{{from: {start}, regions: ['99']}}"),)
    if good:
        changes += (("unlabelled: exclude", "unlabelled: good"),)
    cohort = cohort_of(order, firms=subjects, changes=changes, labels_until=until, accept=["L104:labels"])
    assert reconciles(cohort)
    expected = {(f["subject_id"], on): oracle.row(f, on) for f in subjects for on in (FIRST, SECOND)}
    assert {k: r["label"] for k, r in rows_of(cohort).items()} == {
        k: v for k, v in expected.items() if isinstance(v, int)
    }
    assert reasons(cohort, "subjects") == Counter(
        (on, v) for (_, on), v in expected.items() if isinstance(v, str)
    )
    assert ("L104:labels" in [f.name for f in cohort.findings]) is bool(early)
    fates: Counter[tuple[None, str]] = Counter()
    for i, row in enumerate(rows):
        reason = oracle.reason[i]
        if reason == "recorded_before_labelled" and row in early:
            reason = "recorded_before_observation"
        if reason is None:
            dates = [on for on in (FIRST, SECOND) if oracle.speaks_of(i, on)]
            if not dates:
                reason = "outside_every_window"
            elif not any(isinstance(expected[row["subject_id"], on], int) for on in dates):
                reason = "subject_excluded"
        if reason is not None:
            fates[None, reason] += 1
    assert reasons(cohort, "labels") == fates
    return reasons(cohort, "subjects")
