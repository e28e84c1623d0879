"""Mappings: strict, every problem at once, with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from credit_scoring.errors import MappingError
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.gathering import read_files
from credit_scoring.records.checking import check_mappings
from credit_scoring.records.mapping import load_mappings

from .conftest import MAPPING

CONFIGS = Path(__file__).parents[2] / "configs" / "sources"


def problems(tmp_path: Path, *texts: str) -> list[str]:
    for i, text in enumerate(texts):
        (tmp_path / f"{i}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        load_mappings(tmp_path)
    return [f"{Path(p.file).name}:{p.line}: {p.code} {p.message}" for p in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("title:", "titel:", "0.yaml:2: M001 titel: key 'titel' is not known here"),
        ("utf-8", "ebcdic", "0.yaml:5: M001 format.encoding"),
        ("item: penalty.ordinary\n", "", "0.yaml:1: M001 the file: 'item' is missing"),
        ('"%Y-%m-%d"', '"%d/%m"', "0.yaml:12: M001 occurred_on.read.forms: '%d/%m' is no date form"),
        (
            '"%Y-%m-%d"',
            '"%Y-%m"',
            "0.yaml:12: M001 occurred_on.read: stands_for belongs to forms without a day",
        ),
        ("missing: reject}\nevent", "missing: delivered_on}\nevent", "basis is missing: say why"),
        ("words: {轻微: minor, 一般: general, 严重: serious}", "words: {}", "a choice needs `rules`"),
        ("identifiers: [代码], name: 名称", "", "a subject needs"),
    ],
)
def test_a_wrong_mapping_names_file_line_and_remedy(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in MAPPING
    found = problems(tmp_path, MAPPING.replace(old, new))
    assert any(expected in problem for problem in found), found


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, MAPPING.replace("title:", "titel:"), MAPPING.replace("utf-8", "latin"))
    assert {problem[:6] for problem in found} == {"0.yaml", "1.yaml"}


def test_two_mappings_cannot_share_an_id(tmp_path: Path) -> None:
    assert "M002" in problems(tmp_path, MAPPING, MAPPING)[0]


def test_a_folder_without_mappings_is_an_error(tmp_path: Path) -> None:
    assert "M003" in problems(tmp_path)[0]


def test_the_mappings_of_the_project_load_and_state_their_levels() -> None:
    loaded = load_mappings(CONFIGS)
    assert len(loaded) == 23
    for one in loaded:
        first_line = one.path.read_text(encoding="utf-8").splitlines()[0]
        assert first_line.startswith("# Levels: ")
        assert [level for level in one.mapping.levels if level not in first_line] == [], one.path.name
        assert (f"beijing.{one.path.stem}") == one.mapping.source


@pytest.fixture(scope="module")
def catalogue() -> Mapping[str, Item]:
    return read_files([CONFIGS.parent / "catalogue"]).catalogue


def test_the_mappings_of_the_project_agree_with_its_catalogue(catalogue: Mapping[str, Item]) -> None:
    assert [str(problem) for problem in check_mappings(sorted(CONFIGS.rglob("*.yaml")), catalogue)] == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("item: penalty.ordinary", "item: penalty.odd", "M101 item 'penalty.odd' is not in the catalogue"),
        ("轻微: minor", "轻微: tiny", "M102 level 'tiny' is not a level of penalty.ordinary"),
        ("unit: 万元", 'unit: "1"', "M103 the value of 'penalty.ordinary' is in CNY"),
        (
            "item: penalty.ordinary",
            "item: tax.abnormal_household",
            "M103 item 'tax.abnormal_household' has no value",
        ),
        ("title:", "titel:", "M001"),
    ],
)
def test_a_mapping_is_checked_against_the_catalogue(
    tmp_path: Path, catalogue: Mapping[str, Item], old: str, new: str, expected: str
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MAPPING.replace(old, new), encoding="utf-8")
    found = [str(problem) for problem in check_mappings([path], catalogue)]
    assert any(expected in problem for problem in found), found


def test_only_mapped_columns_are_read() -> None:
    for one in load_mappings(CONFIGS):
        for _, column in one.mapping.columns():
            assert not any(word in column for word in ("身份证", "法定代表人", "电话", "地址"))
