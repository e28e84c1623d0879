"""The 23 feeds of Beijing's data platform: every row accounted for, against Python's own csv module."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from time import perf_counter

import pyarrow.parquet as pq
import pytest

from credit_scoring.records import ImportResult, Outcome, classify, import_sources
from credit_scoring.records.mapping import LoadedMapping, load_mappings

pytestmark = pytest.mark.real_data

CONFIGS = Path(__file__).parents[2] / "configs" / "sources" / "beijing"
MAPPINGS = load_mappings(CONFIGS)
BLANKS = "\t\n\v\f\r \u00a0\u3000\ufeff\u200b"


@pytest.fixture(scope="module")
def feeds(shared: Path) -> Path:
    return shared / "beijing-open-data"


@pytest.fixture(scope="module")
def imported(feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> ImportResult:
    started = perf_counter()
    result = import_sources(CONFIGS, source_dir=feeds, out=tmp_path_factory.mktemp("beijing") / "out")
    assert perf_counter() - started < 20
    return result


def read_feed(feeds: Path, one: LoadedMapping) -> list[dict[str, str]]:
    with (feeds / one.mapping.files).open(encoding="utf-8-sig", newline="") as file:
        heading, *lines = csv.reader(file)
    return [dict(zip([name.strip() for name in heading], line, strict=True)) for line in lines]


@pytest.mark.parametrize("one", MAPPINGS, ids=lambda one: one.path.stem)
def test_rows_in_are_rows_out(one: LoadedMapping, feeds: Path, imported: ImportResult) -> None:
    lines = [line for line in imported.quality if line.source_id == one.mapping.source]
    placed = sum(line.records + line.duplicates + line.unresolved + line.rejected for line in lines)
    assert placed == sum(line.rows for line in lines) == len(read_feed(feeds, one))


def test_the_tables_hold_what_the_counts_say(imported: ImportResult) -> None:
    counts = {name: pq.read_metadata(path).num_rows for name, path in imported.tables.items()}
    assert counts == {
        "subjects": imported.subjects,
        "records": imported.records,
        "unresolved": imported.unresolved,
        "rejected": imported.rejected,
        "quality": len(imported.quality),
    }
    assert imported.rows == 149_339
    ids = pq.read_table(imported.tables["records"], columns=["record_id"])["record_id"]
    assert len(ids.unique()) == len(ids)


@pytest.mark.parametrize(
    "one", [one for one in MAPPINGS if one.mapping.subject.identifiers], ids=lambda one: one.path.stem
)
def test_identified_rows_are_those_with_one_valid_code(
    one: LoadedMapping, feeds: Path, imported: ImportResult
) -> None:
    """Counted again one row at a time with the plain functions."""
    subject, outcomes = one.mapping.subject, Counter()
    for row in read_feed(feeds, one):
        texts = [row[column].strip(BLANKS) for column in subject.identifiers]
        prefix = subject.personal_prefix
        texts = [text for text in texts if not (prefix and text.startswith(prefix))]
        outcomes[len({text.upper() for text in texts if classify(text) == Outcome.CREDIT_CODE})] += 1
    lines = [line for line in imported.quality if line.source_id == one.mapping.source]
    excluded = sum(line.rejected for line in lines)
    identified = sum(line.records + line.duplicates for line in lines)
    assert outcomes[1] - excluded <= identified <= outcomes[1]


def test_names_without_codes_are_all_unresolved(imported: ImportResult) -> None:
    (line,) = [line for line in imported.quality if line.source_id == "beijing.abnormal_operation"]
    assert (line.rows, line.unresolved) == (104_259, 104_259)


def test_no_resident_number_is_written(imported: ImportResult) -> None:
    number = re.compile(r"(?<![0-9])[1-6][0-9]{5}(19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]")
    for name, path in imported.tables.items():
        table = pq.read_table(path)
        for column in table.column_names:
            for text in (
                table[column].cast("string").to_pylist() if "list" not in str(table[column].type) else ()
            ):
                found = number.search(text or "")
                assert not (found and classify(found[0]) == Outcome.RESIDENT_ID), (name, column)


def test_regions_are_divisions_in_force(imported: ImportResult, shared: Path) -> None:
    with (shared / "divisions" / "areas.csv").open(encoding="utf-8-sig", newline="") as file:
        counties = {row["code"] for row in csv.DictReader(file)}
    regions = set(pq.read_table(imported.tables["subjects"])["region_code"].to_pylist()) - {None}
    assert {region for region in regions if not region.endswith("00")} <= counties
    assert "110119" in regions  # Yanqing, registered as 110229 until 2015
    assert "110229" not in regions


def test_events_of_two_feeds_meet(imported: ImportResult) -> None:
    """The same decision carries the same event, however its brackets are written."""
    events = pq.read_table(imported.tables["records"], columns=["event_id"])["event_id"].to_pylist()
    assert not any(re.search(r"[\s〔〕【】﹝﹞\[\]（）]", event) for event in events if event)
