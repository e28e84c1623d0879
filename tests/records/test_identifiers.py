"""Identifiers: published vectors, real lists, and the whole-column SQL against the plain functions."""

from __future__ import annotations

import csv
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.engines.duckdb import connect
from credit_scoring.records import Outcome, SubjectType, classify, is_credit_code, subject_type
from credit_scoring.records.identifiers import ALPHABET

# The file gives reasons by length where it knows no better; each may hide one of several named outcomes.
REASONS = {
    "15-digit (old tax no. / registration no.)": {
        Outcome.LEGACY_TAX_NUMBER,
        Outcome.REGISTRATION_NUMBER,
        Outcome.PERSONAL_NUMBER,
        Outcome.LEGACY_NUMBER_UNVERIFIED,
    },
    "masked": {Outcome.MASKED},
    # 15-character tax numbers filled up with 000 look like rounded numbers and were none.
    "excel float precision loss": {Outcome.CODE_DAMAGED_BY_SPREADSHEET, Outcome.PADDED_TAX_NUMBER},
    "check digit mismatch": {Outcome.CHECK_DIGIT_MISMATCH, Outcome.PADDED_TAX_NUMBER},
    "organisation code (GB 11714)": {Outcome.ORGANISATION_CODE, Outcome.ORGANISATION_CODE_MISMATCH},
    "illegal letter (I/O/S/V/Z)": {Outcome.ILLEGAL_LETTER},
    "placeholder": {Outcome.PLACEHOLDER},
    "length 1": {Outcome.PLACEHOLDER},
    "length 15": {Outcome.LEGACY_TAX_NUMBER, Outcome.LEGACY_NUMBER_UNVERIFIED},
    "length 17": {Outcome.PERSONAL_TAX_NUMBER, Outcome.WRONG_LENGTH},
    "length 20": {Outcome.PERSONAL_TAX_NUMBER},
}


def expected_outcomes(code: str, reason: str) -> set[Outcome]:
    """What a code of the real list may be called, given the reason the list states."""
    if "E+" in code:
        return {Outcome.CODE_DAMAGED_BY_SPREADSHEET}
    if not code.isascii() and reason != "length 1":
        return {Outcome.NOT_A_CODE}
    return REASONS.get(reason, {Outcome.WRONG_LENGTH})


def classify_column(texts: list[str]) -> dict[str, str]:
    """Outcomes by the SQL that the import runs."""
    connection = connect()
    connection.register("identifier_texts", pa.table({"text": pa.array(texts, pa.string())}))
    connection.execute((files("credit_scoring.records") / "sql" / "identifiers.sql").read_text("utf-8"))
    return dict(connection.execute("SELECT text, outcome FROM identifiers").fetchall())


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("91350100M000100Y43", "credit_code"),
        ("91512081MA62K0260E", "credit_code"),
        (" 9131000063159284xq\t", "credit_code"),
        ("９１３１０００００６３１５９２８４ＸＱ", "wrong_length"),
        ("91350100M000100Y4Z", "illegal_letter"),
        # Issued like this: the check character is wrong, everything else is right.
        ("91350211M0000XUF46", "check_digit_mismatch"),
        ("91350100M0001TGQXM", "check_digit_mismatch"),
        ("11010519491231002X", "resident_id"),
        ("110105194912310021", "resident_id_check_mismatch"),
        ("11010519491231002X00", "personal_tax_number"),
        ("63159284-X", "organisation_code"),
        ("63159284X", "organisation_code"),
        ("631592841", "organisation_code_check_mismatch"),
        ("911100001013930000", "code_damaged_by_spreadsheet"),
        ("1.11101E+17", "code_damaged_by_spreadsheet"),
        ("911100******00612P", "masked"),
        ("00000000000000000X", "placeholder"),
        ("/", "placeholder"),
        ("", "blank"),
        ("9111010", "wrong_length"),
        ("某某有限公司", "not_a_code"),
    ],
)
def test_every_outcome_has_its_own_name(text: str, outcome: str) -> None:
    assert classify(text) == outcome
    assert classify_column([text])[text] == outcome


def test_a_padded_tax_number_is_no_credit_code_even_when_the_check_character_fits() -> None:
    # Places 3 and 4 name no province; the figures before them are a division and may be a person's.
    padded = next(code for end in ALPHABET if is_credit_code(code := f"11010571777665800{end}"))
    assert classify(padded) == Outcome.PADDED_TAX_NUMBER


@pytest.mark.real_data
def test_every_real_valid_code_is_accepted(shared: Path) -> None:
    with (shared / "credit-codes" / "valid_real.csv").open(encoding="utf-8-sig", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert len(codes) == 60_452
    assert all(map(is_credit_code, codes))
    # Three pass the check by chance: 15-character tax numbers filled up with zeros. One in 31 does.
    by_outcome = Counter(classify(code) for code in codes)
    assert by_outcome == {Outcome.CREDIT_CODE: 60_449, Outcome.PADDED_TAX_NUMBER: 3}
    by_sql = classify_column(codes)
    assert [code for code in codes if by_sql[code] != classify(code)] == []


@pytest.mark.real_data
def test_every_real_broken_code_is_refused_with_its_reason(shared: Path) -> None:
    with (shared / "credit-codes" / "invalid_seen_in_wild.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        broken = [(row["code"], row["reason"]) for row in csv.DictReader(file)]
    assert len(broken) == 1_286
    assert not any(is_credit_code(code) for code, _ in broken)
    assert [reason for code, reason in broken if classify(code) not in expected_outcomes(code, reason)] == []
    by_sql = classify_column([code for code, _ in broken])
    assert all(by_sql[code] == classify(code) for code, _ in broken)


figures = st.text("0123456789", min_size=0, max_size=20)
codes = st.text(ALPHABET + "IOSVZ", min_size=14, max_size=20)
divisions = st.sampled_from(["110105", "330106", "100000", "990000"])
births = st.sampled_from(["19491231", "20000229", "19000229", "500101"])
persons = st.builds(
    lambda d, b, s, c: d + b + s + c,
    divisions,
    births,
    st.text("0123456789", max_size=5),
    st.sampled_from(["", "X", "0"]),
)
credit = st.builds(
    lambda head, division, body: next(
        code for end in ALPHABET if is_credit_code(code := head + division + body + end)
    ),
    st.sampled_from(["91", "12", "11", "N2"]),
    divisions,
    st.text(ALPHABET, min_size=9, max_size=9),
)
organisations = st.from_regex(r"[0-9A-Z]{8}-?[0-9X]", fullmatch=True)
texts = st.one_of(
    figures,
    codes,
    persons,
    credit,
    organisations,
    st.text(max_size=22),
    st.sampled_from(["1.1E+17", "1e+5", "ａ１", "x" * 4]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=1, max_size=60))
def test_the_column_rules_equal_the_plain_ones(sample: list[str]) -> None:
    # DuckDB's texts are UTF-8 and end at no NUL; lone surrogates cannot reach it.
    sample = [text.encode("utf-8", "ignore").decode() for text in sample]
    by_sql = classify_column(list(dict.fromkeys(sample)))
    assert {text: by_sql[text] for text in sample} == {text: classify(text).value for text in sample}


@settings(deadline=None)
@given(credit, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(code: str, place: int, character: str) -> None:
    changed = code[:place] + character + code[place + 1 :]
    assert is_credit_code(changed) == (changed == code)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("91350100M000100Y43", SubjectType.ENTERPRISE),
        ("1211000040058709", SubjectType.PUBLIC_INSTITUTION),
        ("54110115ME1", None),
        ("31110000E00", None),
    ],
)
def test_kinds_that_no_scorecard_judges_have_no_type(code: str, kind: SubjectType | None) -> None:
    assert subject_type(code) == kind
