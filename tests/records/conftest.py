"""A tiny source, and where the shared validation data is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from credit_scoring.records import ImportResult, import_sources

SHARED = Path(__file__).parents[3] / "shared" / "data"

MAPPING = """\
source: test.penalties
title: 行政处罚
department: 某局
files: "*.csv"
format: {encoding: utf-8, blank_words: [/]}
delivered_on: 2024-06-30
delivered_basis: stated in the letter
subject: {identifiers: [代码], name: 名称}
item: penalty.ordinary
level: {column: 程度, words: {轻微: minor, 一般: general, 严重: serious}, otherwise: reject}
value: {column: 金额, unit: 万元, missing: leave_empty}
occurred_on: {read: {column: 日期, forms: ["%Y-%m-%d"]}, missing: reject}
event: [文号]
"""
HEADING = "代码,名称,程度,金额,日期,文号"
CODE = "91350100M000100Y43"
OTHER = "9131000063159284XQ"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared validation data; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared validation data is not at {SHARED}")
    return SHARED


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., ImportResult]:
    """Import files (name to text or bytes) with one or more mappings."""

    def run(
        files: dict[str, str | bytes], *mappings: str, out: str = "out", **options: object
    ) -> ImportResult:
        exports = tmp_path / f"{out}-exports"
        exports.mkdir()
        for name, text in files.items():
            (exports / name).write_bytes(text.encode() if isinstance(text, str) else text)
        paths = []
        for i, mapping in enumerate(mappings or (MAPPING,)):
            paths.append(tmp_path / f"{out}-mapping{i}.yaml")
            paths[-1].write_text(mapping, encoding="utf-8")
        return import_sources(paths, source_dir=exports, out=tmp_path / out, **options)

    return run


def rows(result: ImportResult, table: str) -> list[dict[str, object]]:
    """The rows of one result table."""
    return pq.read_table(result.tables[table]).to_pylist()


def export(*lines: str) -> str:
    """A file of the tiny source."""
    return "\n".join((HEADING, *lines)) + "\n"
