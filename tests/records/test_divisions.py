"""The table of divisions: small, closed, and what the public revisions give."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit_scoring.records.importing import read_divisions

from .build_divisions import build


def test_every_code_leads_to_a_code_in_force() -> None:
    now = dict(read_divisions())
    assert len(now) > 6_000
    assert all(target is None or now[target] == target for target in now.values())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("330183", "330111"),  # Fuyang city, a district of Hangzhou since 2014
        ("110221", "110114"),  # Changping county, a district since 1999
        ("110229", "110119"),  # Yanqing county, a district since 2015
        ("110103", None),  # Chongwen, merged into Dongcheng: names do not tell
        ("330100", "330100"),
    ],
)
def test_retired_codes_lead_to_their_successors(code: str, expected: str | None) -> None:
    assert dict(read_divisions())[code] == expected


@pytest.mark.real_data
def test_the_table_is_what_the_revisions_give(shared: Path) -> None:
    folder = shared / "divisions"
    built = [(code, now or None) for code, now in build(folder / "history", folder)]
    assert built == read_divisions()
