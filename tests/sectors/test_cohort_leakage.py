"""Leakage: each check finds a planted culprit by name, and finds nothing in its clean counterpart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from credit_scoring.errors import FeatureTableError, InputError, LeakageError
from credit_scoring.learnt.frames import frame_of
from credit_scoring.policy.loading import load_policy
from credit_scoring.sectors.cohorts.building import build_cohort
from credit_scoring.sectors.cohorts.columns import LeakageLimits, auc_of
from credit_scoring.sectors.cohorts.findings import TITLES, check_accepted, finding, settle
from credit_scoring.sectors.cohorts.leakage import check_frame
from scoring.small import RECORDS, SUBJECTS, record, subject, table
from sectors.cohort_cases import FIRST, UNTIL, cohort_of, label, labels_table, penalty, sector

MID = date(2024, 6, 1)
ROWS = 2_000
DRAW = np.random.default_rng(5)
BAD = (DRAW.random(ROWS) < 0.2).astype(int)
HONEST = pd.DataFrame(
    {
        "visits": DRAW.poisson(2 + BAD),
        "revenue": np.round(np.exp(DRAW.normal(12, 1, ROWS) - 0.3 * BAD), 2),
        "size": DRAW.choice(["small", "medium", "large"], ROWS),
        "rating": np.where(DRAW.random(ROWS) < 0.3, np.nan, DRAW.integers(0, 4, ROWS)),
    }
)
SUBJECT = np.array([f"91330106MA{i:08}" for i in range(ROWS)])


def names(found) -> set[str]:
    return {f.name for f in found}


def errors(found) -> set[str]:
    return {f.name for f in found if f.severity == "error"}


def test_an_honest_frame_raises_no_suspicion() -> None:
    split = np.where(DRAW.random(ROWS) < 0.3, "held_out", "train")
    assert check_frame(HONEST, BAD, subject=SUBJECT, split=split) == ()
    assert check_frame(HONEST, BAD, split=split) == ()


def pairwise_auc(values: list[float], bad: list[int], weights: list[float]) -> float:
    """Of all pairs of a bad and a good row, the weighted share ordered right; ties count half."""
    won = total = 0.0
    for v, b, w in zip(values, bad, weights, strict=True):
        for v2, b2, w2 in zip(values, bad, weights, strict=True):
            if b == 1 and b2 == 0:
                total += w * w2
                won += w * w2 * (1.0 if v > v2 else 0.5 if v == v2 else 0.0)
    return max(won / total, 1 - won / total)


def test_the_auc_is_that_of_weighted_pairs_and_missing_values_stand_where_they_serve_best() -> None:
    draw = np.random.default_rng(2)
    for _ in range(5):
        bad = draw.integers(0, 2, 40)
        values = draw.integers(0, 6, 40).astype(float)
        weights = draw.integers(1, 4, 40).astype(float)
        gone = draw.random(40) < 0.3
        column = frame_of(pa.table({"x": np.where(gone, np.nan, values)})).column("x")
        low, high = np.where(gone, -1e9, values), np.where(gone, 1e9, values)
        expected = max(pairwise_auc(list(v), list(bad), list(weights)) for v in (low, high))
        assert auc_of(column, bad, weights, rows=5) == pytest.approx(expected, abs=1e-12)


def test_values_too_large_for_a_step_of_one_are_still_ordered() -> None:
    values = np.where(BAD == 1, 1e300, np.where(DRAW.random(ROWS) < 0.5, np.nan, -1e300))
    assert auc_of(frame_of(pa.table({"x": values})).column("x"), BAD, np.ones(ROWS), rows=5) == 1.0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_knows_the_outcome_is_named_in_either_direction(sign: int) -> None:
    leak = sign * (BAD * 10 + DRAW.random(ROWS) * 10.5)
    found = check_frame(HONEST.assign(leak=leak), BAD)
    assert errors(found) == {"L101:leak"}
    (only,) = found
    values = {e.name: e.value for e in only.evidence}
    assert values["auc"] >= values["limit"] == 0.97
    assert values["bads"] == BAD.sum()
    below = BAD * 4 + DRAW.random(ROWS) * 10
    assert check_frame(HONEST.assign(strong=below), BAD) == ()
    assert errors(check_frame(HONEST.assign(strong=below), BAD, limits=LeakageLimits(auc=0.8))) == {
        "L101:strong"
    }


def test_a_text_that_spells_out_the_outcome_is_named_and_rare_levels_are_not_mistaken_for_it() -> None:
    text = np.where(BAD == 1, np.where(DRAW.random(ROWS) < 0.98, "fined", "clear"), "clear")
    assert "L101:verdict" in errors(check_frame(HONEST.assign(verdict=text), BAD))
    many = [f"town{i}" for i in DRAW.integers(0, 700, ROWS)]
    assert check_frame(HONEST.assign(town=many), BAD) == ()


def test_missing_only_where_the_outcome_is_bad_is_a_leak_too() -> None:
    hidden = np.where(BAD == 1, np.nan, DRAW.normal(size=ROWS))
    found = check_frame(HONEST.assign(hidden=hidden), BAD)
    assert errors(found) == {"L101:hidden", "L102:hidden"}


def test_with_few_bads_a_perfect_order_is_a_warning() -> None:
    bad = np.zeros(ROWS, int)
    bad[:5] = 1
    found = check_frame(HONEST.assign(chance=bad + DRAW.random(ROWS) * 0.5), bad)
    assert [(f.name, f.severity) for f in found] == [("L101:chance", "warning")]


def test_a_value_of_one_class_is_an_error_when_it_covers_most_of_the_class_and_a_warning_when_it_covers_less() -> (
    None
):
    code = np.zeros(ROWS)
    bads = np.flatnonzero(BAD)
    code[bads[: int(len(bads) * 0.8)]] = 9
    most = check_frame(HONEST.assign(code=code), BAD)
    assert errors(most) == {"L102:code"}
    (only,) = most
    assert {e.name: e.value for e in only.evidence}["value"] == "9"
    code[:] = 0
    code[bads[: int(len(bads) * 0.2)]] = 9
    some = check_frame(HONEST.assign(code=code), BAD)
    assert [(f.name, f.severity) for f in some] == [("L102:code", "warning")]
    few = np.zeros(ROWS)
    few[bads[:10]] = 9
    assert check_frame(HONEST.assign(code=few), BAD) == ()


def test_a_value_all_good_by_chance_is_no_finding() -> None:
    rare = (DRAW.random(ROWS) < 0.01).astype(int)
    assert not [f for f in check_frame(HONEST[["visits"]], rare) if f.code == "L102"]


def credit_code(i: int) -> str:
    from credit_scoring.records.identifiers import ALPHABET

    body = f"91330106MA{i:07}"
    total = sum(ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


IDENTIFIERS = {
    "own": SUBJECT,
    "serial": [f"REC-{i * 37}" for i in range(ROWS)],
    "code": [credit_code(i % 50) for i in range(ROWS)],
    "row_number": np.arange(ROWS) + 1000,
    "running": DRAW.permutation(ROWS),
}


@pytest.mark.parametrize("column", IDENTIFIERS)
def test_an_identifier_is_named(column: str) -> None:
    found = check_frame(HONEST.assign(**{column: IDENTIFIERS[column]}), BAD, subject=SUBJECT)
    assert errors(found) == {f"L106:{column}"}


def test_a_number_that_is_the_subject_is_named() -> None:
    subject = np.array([str(10**9 + 7919 * i) for i in range(ROWS)])
    found = check_frame(HONEST.assign(key=subject.astype(float)), BAD, subject=subject)
    assert errors(found) == {"L106:key"}


def test_a_text_of_the_subject_that_stays_over_the_dates_is_named() -> None:
    subject = np.repeat(SUBJECT[:500], 4)
    own = np.array([f"licence {i // 4}" for i in range(ROWS)])
    town = np.array([f"town {i // 80}" for i in range(ROWS)])
    days = np.tile(["2021", "2022", "2023", "2024"], 500)
    found = check_frame(HONEST.assign(licence=own, town=town), BAD, subject=subject, observed_on=days)
    assert errors(found) == {"L106:licence"}


def test_whole_amounts_that_hardly_repeat_are_a_warning_and_amounts_with_cents_are_nothing() -> None:
    whole = np.round(np.exp(DRAW.normal(16, 1, ROWS)))
    found = check_frame(HONEST.assign(capital=whole), BAD)
    assert [(f.name, f.severity) for f in found] == [("L106:capital", "warning")]
    assert check_frame(HONEST.assign(capital=whole + 0.5), BAD) == ()


def test_columns_named_like_prohibited_items_are_named() -> None:
    from policy.texts import CARD
    from scoring.small import policy_of

    catalogue = policy_of(CARD).catalogue
    frame = HONEST.assign(a_secret_count=1.0, income=2.0, a_income=3.0, asecretary=4.0)
    firms = check_frame(frame, BAD, catalogue=catalogue)
    assert errors(firms) == {"L107:a_secret_count"}
    persons = check_frame(frame, BAD, catalogue=catalogue, subject_type="natural_person")
    assert errors(persons) == {"L107:a_secret_count", "L107:a_income"}
    assert check_frame(frame, BAD) == ()


def test_the_package_s_own_catalogue_prohibits_what_the_law_prohibits() -> None:
    catalogue = load_policy().catalogue
    restricted = [code for code, item in catalogue.items() if item.personal_data == "prohibited"]
    for code in restricted:
        column = code.replace(".", "_")
        assert errors(check_frame(HONEST.assign(**{column: 1.0}), BAD, catalogue=catalogue)) == {
            f"L107:{column}"
        }


def test_a_subject_twice_on_one_date_is_named() -> None:
    subject, days = SUBJECT.copy(), np.full(ROWS, "2024-01-01")
    subject[1] = subject[0]
    found = check_frame(HONEST, BAD, subject=subject, observed_on=days)
    assert errors(found) == {"L108:subject_id"}
    assert "1 subjects" in found[0].message.en
    days[1] = "2024-02-01"
    assert check_frame(HONEST, BAD, subject=subject, observed_on=days) == ()


def test_a_subject_trained_on_and_held_out_is_named_but_may_appear_out_of_time() -> None:
    subject = np.concatenate([SUBJECT[: ROWS // 2]] * 2)
    days = np.repeat(["2023-01-01", "2024-01-01"], ROWS // 2)
    for other, expected in (("held_out", {"L109:subject_id"}), ("out_of_time", set())):
        split = np.repeat(["train", other], ROWS // 2)
        assert errors(check_frame(HONEST, BAD, subject=subject, observed_on=days, split=split)) == expected


def test_held_out_copies_of_training_rows_are_named_and_rows_equal_by_nature_are_not() -> None:
    split = np.repeat(["train", "test"], ROWS // 2)
    copied = pd.concat([HONEST[: ROWS // 2]] * 2, ignore_index=True)
    assert errors(check_frame(copied, BAD, split=split)) == {"L109:test"}
    sparse = HONEST[["visits", "size"]]
    assert check_frame(sparse, BAD, split=split) == ()


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_the_frame_may_come_in_any_library(kind: str) -> None:
    frame = HONEST.assign(row=np.arange(ROWS))
    given = {"pandas": frame, "polars": pl.from_pandas(frame), "arrow": pa.Table.from_pandas(frame)}[kind]
    assert errors(check_frame(given, BAD)) == {"L106:row"}


def test_what_does_not_fit_the_rows_is_refused() -> None:
    with pytest.raises(InputError, match="as many labels"):
        check_frame(HONEST, BAD[:-1])
    with pytest.raises(InputError, match="1 for bad and 0 for good"):
        check_frame(HONEST, BAD * 2)
    with pytest.raises(InputError, match="subjects are missing"):
        check_frame(HONEST, BAD, subject=[None, *SUBJECT[1:]])
    with pytest.raises(FeatureTableError, match="inf"):
        check_frame(HONEST.assign(x=np.inf), BAD)


def test_errors_stop_the_work_until_each_is_accepted_by_name() -> None:
    found = [
        finding("L101", "error", "a", zh="甲", en="A.", do=("查", "Look.")),
        finding("L103", "warning", "b", zh="乙", en="B.", do=("查", "Look.")),
        finding("L106", "error", "c", zh="丙", en="C.", do=("查", "Look.")),
    ]
    with pytest.raises(LeakageError, match=r"(?s)2 findings.*L101:a .*A\. Look\..*L106:c") as caught:
        settle(found)
    assert caught.value.names == ("L101:a", "L106:c")
    with pytest.raises(LeakageError, match="1 findings"):
        settle(found, accept=["L101:a"])
    settled = settle(found, accept=["L101:a", "L106:c"])
    assert [(f.name, f.accepted) for f in settled] == [("L101:a", True), ("L103:b", False), ("L106:c", True)]
    for wrong in ("a", "L101", "L199:a", "X101:a"):
        with pytest.raises(InputError, match="cannot be accepted"):
            check_accepted([wrong])
    assert all(title.zh and title.en for title in TITLES.values())


# In a cohort built from records

FIRMS = [f"firm{i:03}" for i in range(120)]
BADS = FIRMS[::3]


def outcomes(**columns):
    return [label(f, int(f in BADS), MID, **columns) for f in FIRMS]


def test_a_feature_that_knows_the_outcome_stops_the_cohort() -> None:
    # Someone wrote down the inspection under its announcement, before the observation date.
    records = [penalty(f"r{f}", f, date(2023, 12, 1), level="serious") for f in BADS]
    with pytest.raises(LeakageError, match="'penalties' alone tells bad from good") as caught:
        cohort_of(outcomes(), firms=FIRMS, records=records)
    assert caught.value.names == ("L101:penalties",)
    cohort = cohort_of(outcomes(), firms=FIRMS, records=records, accept=caught.value.names)
    assert {f.name for f in cohort.findings if f.accepted} == {"L101:penalties"}
    half = [r for r in records if int(r["subject_id"][-3:]) % 6 == 0] + [
        penalty(f"g{f}", f, date(2023, 12, 1), level="serious") for f in FIRMS[1::6]
    ]
    clean = cohort_of(outcomes(), firms=FIRMS, records=half)
    assert names(clean.findings) == {"L103:penalties"}


def test_a_feature_that_reads_the_outcome_s_items_is_a_warning_with_its_auc() -> None:
    records = [penalty(f"r{f}", f, date(2023, 12, 1)) for f in FIRMS[:40]]
    (only,) = cohort_of(outcomes(), firms=FIRMS, records=records).findings
    assert (only.name, only.severity) == ("L103:penalties", "warning")
    assert {e.name: e.value for e in only.evidence}["items"] == "a.penalty"
    none = cohort_of(outcomes(), firms=FIRMS, records=records, changes=(("    items: [a.penalty]\n", ""),))
    assert none.findings == ()


@pytest.mark.parametrize(
    ("item", "severity"), [("a.penalty", "error"), ("a.note", "warning")], ids=["read", "not read"]
)
def test_the_same_event_on_both_sides_names_the_item(item: str, severity: str) -> None:
    labels = outcomes()
    for row in labels[:6]:
        row["event_id"] = f"case {row['subject_id']}"
    known = [
        record(f"r{f}", subject_id=f, item=item, event_id=f"case {f}", occurred_on=date(2023, 12, 1))
        for f in FIRMS[:6]
    ]
    if severity == "error":
        with pytest.raises(LeakageError, match="2 events that make 2 rows bad") as caught:
            cohort_of(labels, firms=FIRMS, records=known)
        assert caught.value.names == (f"L105:{item}",)
    else:
        found = {f.name: f for f in cohort_of(labels, firms=FIRMS, records=known).findings}
        assert found[f"L105:{item}"].severity == "warning"
    other = [r | {"event_id": "another"} for r in known]
    late = [r | {"recorded_on": date(2024, 2, 1)} for r in known]
    strangers = [r | {"subject_id": FIRMS[-1 - i]} for i, r in enumerate(known)]
    for records in (other, late, strangers):
        assert "L105" not in {f.code for f in cohort_of(labels, firms=FIRMS, records=records).findings}


@pytest.mark.parametrize(
    ("kind", "expected"), [("prohibited", ("L107:honours",)), ("consent_required", ()), ("sensitive", ())]
)
def test_a_feature_on_a_prohibited_item_stops_the_cohort(kind: str, expected: tuple[str, ...]) -> None:
    policy, card = sector()
    items = dict(policy.catalogue)
    items["a.honour"] = items["a.honour"].model_copy(update={"personal_data": kind})
    changed_policy = replace(policy, catalogue=items)
    given = {
        "subjects": table([subject(f) for f in FIRMS], SUBJECTS),
        "records": table([], RECORDS),
        "labels": labels_table(outcomes()),
        "labels_until": UNTIL,
    }
    if expected:
        with pytest.raises(LeakageError, match="must not be collected") as caught:
            build_cohort(changed_policy, card, **given)
        assert caught.value.names == expected
    else:
        assert "L107" not in {f.code for f in build_cohort(changed_policy, card, **given).findings}


def test_the_date_is_named_in_the_account() -> None:
    cohort = cohort_of(outcomes(), firms=FIRMS)
    first = cohort.summary.dates[0]
    assert (first.observed_on, first.used, first.bads) == (FIRST, 120, 40)
    assert first.bad_rate == pytest.approx(1 / 3)
