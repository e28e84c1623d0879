"""YAML is read strictly: words stay words, decimals stay exact, every value keeps its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from credit_scoring import load_policy
from credit_scoring.errors import NotFoundError, PolicyError
from credit_scoring.policy.reading import dump, parse_document
from policy.texts import CARD, changed, found, line_of, problems, write_policy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Decimal("0.1")),
        ("-.5", Decimal("-0.5")),
        ("+12", 12),
        ("007", 7),
        ("1e3", "1e3"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("True", "True"),
        ("~", None),
        ("", None),
        ('""', ""),
        ("'12'", "12"),
        ("2020-08-17", date(2020, 8, 17)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2020-8-17", "2020-8-17"),
        ("'2020-08-17'", "2020-08-17"),
    ],
)
def test_a_scalar_means_what_it_says(text: str, value: object) -> None:
    document = parse_document(f"key: {text}\n", file="x.yaml")
    assert document.problems == []
    assert document.value == {"key": value}
    assert type(document.value["key"]) is type(value)


def test_keys_that_yaml_1_1_would_take_for_truth_values_are_words() -> None:
    document = parse_document("no: 1\non: 2\nyes: 3\ntrue: 4\n~: 5\n2020-08-17: 6\n12: 7\n", file="x.yaml")
    assert document.value == {"no": 1, "on": 2, "yes": 3, "true": 4, "~": 5, "2020-08-17": 6, 12: 7}


def test_decimals_never_pass_through_a_float() -> None:
    text = "- 0.1\n- 0.30000000000000004\n- 123456789012345678.901\n"
    assert [str(n) for n in parse_document(text, file="x").value] == text.replace("- ", "").split()


def test_what_is_written_is_read_back_to_the_same_value() -> None:
    value = {
        "no": "on",
        "text": ["true", "12", "0.10", "2020-08-17", "", "~", "null", "yes", "多"],
        "numbers": [0, -3, Decimal("0.100"), Decimal("1E+2"), Decimal("0.000001")],
        12: [True, False, None, date(2020, 8, 17)],
    }
    assert parse_document(dump(value), file="x").value == value


BYTES: dict[str, tuple[bytes, str, int, str]] = {
    "text in GBK": ("title: 企业".encode("gbk"), "Y002", 1, "is not UTF-8 text (byte 7): save the file as UTF-8"),
    "a bracket left open": (b"a: 1\nb: [1, 2\n", "Y003", 3, "is not YAML"),
    "a tab for indentation": (b"a:\n\tb: 1\n", "Y003", 2, "is not YAML"),
    "an undefined alias": (b"a: *b\n", "Y003", 1, "is not YAML"),
    "two documents": (b"a: 1\n---\na: 2\n", "Y003", 2, "is not YAML"),
    "nothing": (b"", "Y004", 1, "is empty"),
    "comments only": (b"# nothing\n", "Y004", 1, "is empty"),
    "a key twice": (b"a: 1\nb: 2\na: 3\n", "Y005", 3, "key 'a' stands twice (first on line 1): keep one"),
    "a nested key twice": (b"a:\n  b: 1\n  b: 2\n", "Y005", 3, "key 'b' stands twice (first on line 2)"),
    "a day that is none": (b"a: 1\nb: 2024-13-45\n", "Y006", 2, "'2024-13-45' is no day of the calendar"),
    "a leap day that is none": (b"- 2023-02-29\n", "Y006", 1, "'2023-02-29' is no day of the calendar"),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_what_is_wrong_with_a_files_text_is_said_with_its_line(name: str, tmp_path: Path) -> None:
    content, code, line, says = BYTES[name]
    folder = write_policy(tmp_path)
    (folder / "odd.yaml").write_bytes(content)
    (problem,) = problems(folder)
    assert (Path(problem.file).name, problem.line, problem.code) == ("odd.yaml", line, code)
    assert says in problem.message


def test_what_looks_like_a_file_and_cannot_be_read_is_reported(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    (folder / "folder.yaml").mkdir()
    assert found(folder) == [("folder.yaml", 1, "Y001")]


def test_a_file_from_an_editor_that_writes_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    (folder / "card.yaml").write_bytes(b"\xef\xbb\xbf" + CARD.encode())
    assert load_policy(folder).names() == ("demo",)


def test_a_key_that_stands_twice_in_a_scorecard_is_a_fault(tmp_path: Path) -> None:
    text = changed(CARD, "total: 100\n", "total: 100\ntotal: 90\n")
    folder = write_policy(tmp_path, text)
    assert found(folder) == [("card.yaml", line_of(text, "total: 90"), "Y005")]


def test_yaml_cannot_build_objects(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    marker = tmp_path / "made"
    (folder / "odd.yaml").write_text(f"scorecard: !!python/object/apply:os.mkdir ['{marker}']\n")
    with pytest.raises(PolicyError):
        load_policy(folder)
    assert not marker.exists()


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nowhere does not exist\. Give a policy file or a folder"):
        load_policy(tmp_path / "nowhere")
    with pytest.raises(NotFoundError, match="holds no YAML file"):
        load_policy(tmp_path)


def test_a_folder_of_catalogues_only_has_no_scorecard(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    (folder / "card.yaml").unlink()
    with pytest.raises(NotFoundError, match="no scorecard among"):
        load_policy(folder)
