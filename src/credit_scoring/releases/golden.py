"""Golden rows: invented subjects whose results a release carries, so that any change of what it computes is seen.

They are derived from the scorecard itself: a subject for everything its rules can tell apart, among them values at and
beside every cut, days at and beside every window, and rows that must be rejected.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from credit_scoring.errors import NotInForceError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, is_in_force
from credit_scoring.releases.fingerprints import base_editions, only_of
from credit_scoring.releases.golden_records import (
    RECORD_COLUMNS,
    SUBJECT_COLUMNS,
    rejected_records,
    rejected_subjects,
    tables_of,
    text_table,
)
from credit_scoring.scoring.run import Run, score

_TABLES = ("scores", "points", "rejected")
_KEYS = {
    "scores": ("subject_id",),
    "points": ("subject_id", "scorecard", "indicator"),
    "rejected": ("table", "record_id", "reason", "column", "value"),
}
_SHOWN = 20
_LONGEST_MONTH = 31
_JOINED = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenTables:
    """Invented subjects and records, all columns text, and the day they are looked at."""

    subjects: pa.Table
    records: pa.Table
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenResults:
    """What the rows give: tables of a run, sorted, all columns text, decimals exact, lists joined by `|`."""

    scores: pa.Table
    points: pa.Table
    """Of the scorecard and of the public one it extends."""
    rejected: pa.Table


def golden_day(policy: Policy, card: Scorecard) -> date:
    """A day on which a scorecard and what it extends are in force by their own text.

    The first 31st of a month, so that windows end in months that lack that day; the first day of all where the
    edition is over before.

    Raises:
        NotInForceError: there is no such day.
    """
    starts = [base.in_force.from_ for base in base_editions(policy, card)]
    first = max(card.in_force.from_, min(starts)) if starts else card.in_force.from_
    if card.extends is not None and not (starts and is_in_force(card, first)):
        raise NotInForceError(
            f"'{card.id}' extends '{card.extends}', of which no edition is in force while it is itself: correct "
            "the days under `in_force:`."
        )
    day = first
    while day.day != _LONGEST_MONTH:
        day += timedelta(days=1)
    bases = base_editions(policy, card)
    usable = is_in_force(card, day) and (not bases or any(is_in_force(base, day) for base in bases))
    return day if usable else first


def golden_tables(policy: Policy, card: Scorecard, *, on: date | None = None) -> GoldenTables:
    """Subjects and records for everything the rules of a scorecard can tell apart; the same for the same scorecard.

    Args:
        policy: with the scorecard, those it extends, and the catalogue.
        on: the day, in place of `golden_day`.

    Raises:
        NotInForceError: no day on which it is in force, or not on this one.
    """
    from credit_scoring.releases.golden_choice import chosen_settings

    own = only_of(policy, card)
    day = golden_day(own, card) if on is None else on
    subjects, records = tables_of(chosen_settings(own, card, on=day), card.subject_type)
    more_subjects = text_table(SUBJECT_COLUMNS, rejected_subjects(card.subject_type, day))
    more_records = text_table(RECORD_COLUMNS, rejected_records(policy.catalogue, card.subject_type, day))
    return GoldenTables(
        subjects=pa.concat_tables([subjects, more_subjects]).combine_chunks(),
        records=pa.concat_tables([records, more_records]).combine_chunks(),
        on=day,
    )


def golden_results(policy: Policy, tables: GoldenTables) -> GoldenResults:
    """What the rows give by the line.

    Raises:
        NotInForceError, PolicyError: the policy cannot be run on the day.
    """
    return results_of_run(run_of(policy, tables))


def run_of(policy: Policy, tables: GoldenTables) -> Run:
    """A run over golden rows.

    Raises:
        NotInForceError, PolicyError: the policy cannot be run on the day.
    """
    return score(policy, subjects=tables.subjects, records=tables.records, on=tables.on)


def results_of_run(run: Run) -> GoldenResults:
    """The tables of a run over golden rows, as a release keeps them."""
    points = [run.tables["points"]]
    if run.public is not None:
        points.append(run.public.tables["points"])
    return GoldenResults(
        scores=as_text(run.tables["scores"], key=_KEYS["scores"]),
        points=as_text(pa.concat_tables(points), key=_KEYS["points"]),
        rejected=as_text(run.tables["rejected"], key=_KEYS["rejected"]),
    )


def as_text(table: pa.Table, *, key: tuple[str, ...]) -> pa.Table:
    """A result table as text, sorted: decimals with all their places, days as ISO, `true` and `false`; nothing is null."""
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_list(column.type):
            texts = [_JOINED.join(cell or ()) for cell in column.to_pylist()]
        else:
            texts = column.cast(pa.string()).to_pylist()
        columns[name] = pa.array([text or None for text in texts], pa.string())
    rows = pa.table(columns).combine_chunks()
    return rows.sort_by([(name, "ascending") for name in key])


def golden_differences(expected: GoldenResults, found: GoldenResults) -> tuple[str, ...]:
    """Where two results differ, one sentence each, the first twenty of a table; none where they are equal."""
    said = []
    for name in _TABLES:
        lines = list(_differences(name, getattr(expected, name), getattr(found, name)))
        said += lines[:_SHOWN]
        if len(lines) > _SHOWN:
            said.append(f"{name}: {len(lines) - _SHOWN} more differences.")
    return tuple(said)


def _differences(name: str, expected: pa.Table, found: pa.Table) -> Iterator[str]:
    if expected.column_names != found.column_names:
        yield (
            f"{name}: the columns are {', '.join(found.column_names)}, and were {', '.join(expected.column_names)}."
        )
        return
    if expected.equals(found):
        return
    before, after = _keyed(name, expected), _keyed(name, found)
    for key in sorted({*before, *after}, key=str):
        what = f"{name}, {' '.join(part for part in key[0] if part)}"
        if key not in after:
            yield f"{what}: a row is missing."
        elif key not in before:
            yield f"{what}: a row was not there before."
        else:
            for column in expected.column_names:
                old, new = before[key][column], after[key][column]
                if old != new:
                    yield f"{what}: {column} is {_shown(new)}, and was {_shown(old)}."


def _keyed(name: str, table: pa.Table) -> dict[tuple[tuple[str | None, ...], int], dict[str, str | None]]:
    found: dict[tuple[tuple[str | None, ...], int], dict[str, str | None]] = {}
    for row in table.to_pylist():
        key, copy = tuple(row[column] for column in _KEYS[name]), 0
        while (key, copy) in found:
            copy += 1
        found[key, copy] = row
    return found


def _shown(cell: str | None) -> str:
    return "nothing" if cell is None else cell


def csv_text(table: pa.Table) -> str:
    """A table of text as CSV: null is nothing between two commas, lines end with a line feed."""
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(table.column_names)
    rows.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return buffer.getvalue()


def read_csv_text(path: Path) -> pa.Table:
    """The table that `csv_text` wrote.

    Raises:
        ValueError: rows of different lengths.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
    return text_table(names, [tuple(cell or None for cell in row) for row in rows])


FILES = ("subjects", "records", "scores", "points", "rejected")
"""Tables in the folder of golden rows, each a CSV file."""


def write_golden(tables: GoldenTables, results: GoldenResults, folder: Path) -> None:
    """The rows and what they give as CSV files in a new folder."""
    folder.mkdir()
    found = {"subjects": tables.subjects, "records": tables.records}
    found |= {name: getattr(results, name) for name in _TABLES}
    for name in FILES:
        (folder / f"{name}.csv").write_text(csv_text(found[name]), encoding="utf-8", newline="")


def read_golden(folder: Path, *, on: date) -> tuple[GoldenTables, GoldenResults]:
    """The rows that `write_golden` wrote, and what they are to give.

    Raises:
        OSError, ValueError: a file is missing, or is no such table.
    """
    found = {name: read_csv_text(folder / f"{name}.csv") for name in FILES}
    return (
        GoldenTables(subjects=found["subjects"], records=found["records"], on=on),
        GoldenResults(**{name: found[name] for name in _TABLES}),
    )
