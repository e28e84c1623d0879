"""The flat table of a served model: everyone gets a row, and the scores are those of a run."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings

from credit_scoring import score
from credit_scoring.errors import InputError, NotInForceError, TableError
from credit_scoring.releases.served import RECORD_COLUMNS, RESULT, SUBJECT_COLUMNS, flat_table, scores_of
from credit_scoring.synthetic import invent
from oracle.tables import records_table, subjects_table
from properties.runs import loaded
from properties.situations import situations
from releases.serving_cases import POLICIES, population, public_policy, rows
from scoring.small import ON, RECORDS, SUBJECTS, record, subject, table


def by_subject(found: pa.Table) -> dict:
    return {row["subject_id"]: row for row in found.to_pylist()}


def agrees(found: pa.Table, run) -> bool:
    """Whether a served table says of everyone what the run says, which shares no query with it."""
    served = by_subject(found)
    scored = {row["subject_id"]: row for row in run.tables["scores"].to_pylist()}
    assert {key for key, row in served.items() if row["outcome"] == "scored"} == scored.keys()
    for key, row in scored.items():
        mine = served[key]
        assert mine["score"] == float(row["score"])
        assert Decimal(repr(mine["score"])) == row["score"]
        for name in ("scorecard", "edition", "grade", "band", "unrated", "overrides", "reasons"):
            assert mine[name] == row[name], (key, name)
    return True


@pytest.mark.parametrize("kind", POLICIES)
def test_scores_are_those_of_a_run_for_every_kind_of_scorecard(kind: str) -> None:
    subjects, records = population(kind)
    policy = POLICIES[kind]()
    for day in (date(2025, 6, 30), ON):
        run = score(policy, subjects=subjects, records=records, on=day)
        assert agrees(scores_of(policy, flat_table(subjects, records), on=day), run)


def test_an_invented_register_with_faults_is_scored_alike_and_reconciles(tmp_path) -> None:
    from credit_scoring import load_policy

    invented = invent(tmp_path, subjects=3_000, seed=11)
    policy = load_policy()
    run = score(policy, subjects=invented.subjects, records=invented.records, on=ON)
    flat = flat_table(invented.subjects, invented.records)
    found = scores_of(policy, flat, on=ON)
    assert agrees(found, run)
    rejected = [row for row in run.tables["rejected"].to_pylist() if row["table"] == "records"]
    named = [r for row in found.to_pylist() for r in row["rejected_records"]]
    known = {r["record_id"] for r in rejected}
    assert {r["record_id"] for r in named} == known
    assert sum(found["records_admitted"].to_pylist()) == run.info.records_admitted
    assert sum(found["records_not_yet_known"].to_pylist()) == run.info.records_not_yet_known


@settings(max_examples=6)
@given(situations(subjects=25))
def test_any_scorecard_over_any_archive_is_scored_alike(situation) -> None:
    written, archive = situation
    policy = loaded(written)
    subjects, records = subjects_table(archive.subjects), records_table(archive.records)
    days = {"on": archive.dates.on, "known_by": archive.dates.known_by}
    run = score(policy, subjects=subjects, records=records, **days)
    assert agrees(scores_of(policy, flat_table(subjects, records), **days), run)


def test_the_flat_table_holds_every_record_with_its_subject_and_every_subject_without_records() -> None:
    subjects, records = rows()
    owners = {row["subject_id"]: row for row in subjects.to_pylist()}
    none = dict.fromkeys((*SUBJECT_COLUMNS, *RECORD_COLUMNS))
    expected = [none | owners[row["subject_id"]] | row for row in records.to_pylist()]
    bearers = {row["subject_id"] for row in expected}
    expected += [none | row for key, row in owners.items() if key not in bearers]
    found = flat_table(subjects, records).to_pylist()
    assert sorted(map(repr, (sorted(row.items()) for row in found))) == sorted(
        map(repr, (sorted(row.items()) for row in expected))
    )


def handed_in(kind: str) -> object:
    """The rows as a newcomer may hand them in."""
    flat = flat_table(*rows())
    if kind == "arrow":
        return flat
    if kind == "pandas":
        return flat.to_pandas()
    if kind == "pandas with datetimes":
        frame = flat.to_pandas(date_as_object=False)
        return frame.assign(value=frame["value"].astype(float))
    if kind == "polars":
        return pl.from_arrow(flat)
    sent = json.loads(
        json.dumps([{k: str(v) if isinstance(v, date) else float(v) if isinstance(v, Decimal) else v
                     for k, v in row.items()} for row in flat.to_pylist()])
    )  # fmt: skip
    if kind == "json":
        return pd.DataFrame(sent)
    return pd.DataFrame([{k: v for k, v in row.items() if v is not None} for row in sent])


@pytest.mark.parametrize(
    "kind", ["pandas", "pandas with datetimes", "polars", "json", "json without its nulls"]
)
def test_the_rows_may_come_from_any_library_and_as_json(kind: str) -> None:
    expected = scores_of(public_policy(), handed_in("arrow"), on=ON)
    assert scores_of(public_policy(), handed_in(kind), on=ON).equals(expected)


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NaT, ""])
@pytest.mark.parametrize("column", ["level", "expires_on", "weight"])
def test_a_column_without_any_value_is_no_column(column: str, nothing: object) -> None:
    frame = flat_table(*rows()).to_pandas()
    given = scores_of(public_policy(), frame.assign(**{column: nothing}), on=ON)
    assert given.equals(scores_of(public_policy(), frame.drop(columns=column, errors="ignore"), on=ON))


def test_the_order_of_the_rows_and_their_repetition_by_subject_decide_nothing() -> None:
    frame = flat_table(*rows()).to_pandas()
    shuffled = frame.sample(frac=1, random_state=3)
    assert scores_of(public_policy(), shuffled, on=ON).equals(scores_of(public_policy(), frame, on=ON))


def found_for(rows: list[dict], **options) -> list[dict]:
    return scores_of(public_policy(), pd.DataFrame(rows), **({"on": ON} | options)).to_pylist()


def served(**columns) -> dict:
    """A row of a general penalty of the enterprise."""
    row = subject() | record("r1") | columns
    return {k: v for k, v in row.items() if v is not None}


def test_a_subject_whose_rows_contradict_each_other_is_rejected_with_all_its_records() -> None:
    (row,) = found_for([served(), served(record_id="r2", region_code="330102")])
    assert (row["outcome"], row["why"], row["score"]) == ("rejected", "subject_id_conflict", None)
    assert row["rejected_records"] == [
        {"record_id": "r1", "reason": "subject_rejected"},
        {"record_id": "r2", "reason": "subject_rejected"},
    ]


def test_rows_that_differ_only_in_spaces_are_one_subject() -> None:
    (row,) = found_for([served(), served(record_id="r2", subject_id=" firm ", region_code="330106 ")])
    assert (row["outcome"], row["records_admitted"]) == ("scored", 2)


def test_a_record_without_its_identifier_is_named_as_such_and_not_lost() -> None:
    (row,) = found_for([{k: v for k, v in served().items() if k != "record_id"} | {"record_id": None}])
    assert row["outcome"] == "scored"
    assert row["rejected_records"] == [{"record_id": None, "reason": "record_id_missing"}]


def test_rows_without_a_subject_end_as_one_rejected_row() -> None:
    rows = found_for([served(), served(subject_id=None, record_id="r2") | {"subject_id": None}])
    assert [(r["subject_id"], r["why"]) for r in rows] == [("firm", None), (None, "subject_id_missing")]
    assert rows[1]["rejected_records"] == [{"record_id": "r2", "reason": "subject_id_missing"}]


def test_an_identity_number_is_never_repeated() -> None:
    number = "330106199001011234"
    person = {"subject_type": "natural_person", "region_code": "330106"}
    rows = found_for([served(subject_id=number, **person), served(record_id=f"x{number}y")])
    assert number not in json.dumps(rows, default=str)
    (hidden,) = (r for r in rows if r["outcome"] == "rejected")
    assert (hidden["subject_id"], hidden["why"]) == (None, "identity_number_in_clear")
    (firm,) = (r for r in rows if r["outcome"] == "scored")
    assert firm["rejected_records"] == [{"record_id": None, "reason": "record_id_personal"}]


def test_an_unreadable_value_or_day_rejects_its_record_and_nothing_else() -> None:
    (row,) = found_for(
        [
            served(item="a.arrears", level=None, value=10.5) | {"level": None},
            served(record_id="r2", item="a.arrears", value="much") | {"level": None},
            served(record_id="r3", occurred_on="03/04/2025"),
        ]
    )
    assert row["records_admitted"] == 1
    assert {(r["record_id"], r["reason"]) for r in row["rejected_records"]} == {
        ("r2", "value_unreadable"),
        ("r3", "occurred_on_unreadable"),
    }


def test_a_record_known_later_is_out_of_sight() -> None:
    rows = [served(recorded_on=date(2025, 7, 1)), served(record_id="r2", recorded_on=date(2025, 9, 1))]
    (row,) = found_for(rows, known_by=date(2025, 8, 1))
    assert (row["records_admitted"], row["records_not_yet_known"], row["known_by"]) == (1, 1, "2025-08-01")


def test_subjects_alone_are_scored_as_without_records() -> None:
    rows = found_for([subject(), subject("quiet")])
    assert [(r["subject_id"], r["outcome"], r["records_admitted"]) for r in rows] == [
        ("firm", "scored", 0),
        ("quiet", "scored", 0),
    ]


def test_no_rows_give_no_rows_in_the_same_columns() -> None:
    empty = flat_table(table([], SUBJECTS), table([], RECORDS))
    found = scores_of(public_policy(), empty, on=ON)
    assert (found.num_rows, found.schema) == (0, RESULT)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subject_typ": "enterprise"}, "subject_type is missing. Did you mean 'subject_typ'"),
        ({"withdrawn": date(2025, 7, 1)}, "column 'withdrawn' is not one of it. Did you mean 'withdrawn_on'"),
    ],
)
def test_a_misspelt_column_is_refused(change: dict, says: str) -> None:
    row = served() | change
    if "subject_typ" in change:
        del row["subject_type"]
    with pytest.raises(TableError, match=says.split(".", 1)[0]) as caught:
        found_for([row])
    assert says in str(caught.value)


def test_what_is_no_table_or_no_day_is_refused() -> None:
    with pytest.raises(TableError, match="give a path to a Parquet or CSV file, or a pandas"):
        scores_of(public_policy(), [1, 2], on=ON)
    with pytest.raises(InputError, match="is no day"):
        scores_of(public_policy(), handed_in("arrow"), on="2025-12-31")
    with pytest.raises(TableError, match="should be a date"):
        found_for([served(occurred_on=3.5)])
    with pytest.raises(NotInForceError):
        found_for([served()], on=date(1990, 1, 1))
