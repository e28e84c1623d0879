"""The command: parses, imports, prints, and says nothing about persons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from credit_scoring.cli.importing import import_command
from credit_scoring.errors import IdentityKeyError

from .conftest import CODE, MAPPING, export

PERSON = "11010519491231002X"


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command("import")(import_command)
    return app


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "a.csv").write_text(
        export(f"{CODE},赵钱孙面馆,一般,1,2024-01-02,1号"), encoding="utf-8"
    )
    return [str(tmp_path / "m.yaml"), "--from", str(tmp_path / "exports"), "--out", str(tmp_path / "out")]


def test_the_quality_table_is_printed_and_names_are_not(app: typer.Typer, arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "test.penalties" in result.stdout
    assert "1 rows = 1 records + 0 merged duplicates + 0 unresolved + 0 rejected; 1 subjects" in result.stdout
    assert "赵钱孙" not in result.output


def test_json_is_one_document(app: typer.Typer, arguments: list[str]) -> None:
    body = json.loads(CliRunner().invoke(app, [*arguments, "--format", "json"]).stdout)
    assert (body["rows"], body["quality"][0]["valid_code_share"]) == (1, 1.0)


def test_csv_has_a_line_per_source_and_item(app: typer.Typer, arguments: list[str]) -> None:
    lines = CliRunner().invoke(app, [*arguments, "--format", "csv"]).stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("source_id,title,item,rows")


def test_the_key_comes_from_a_file_or_the_environment_and_nowhere_else(
    app: typer.Typer, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDIT_SCORING_KEY", raising=False)
    (tmp_path / "exports" / "a.csv").write_text(
        export(f"{PERSON},甲,一般,1,2024-01-02,1号"), encoding="utf-8"
    )
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, IdentityKeyError)
    assert "--key-file" in str(result.exception)
    assert PERSON not in str(result.exception)

    monkeypatch.setenv("CREDIT_SCORING_KEY", "from the environment")
    assert CliRunner().invoke(app, arguments).exit_code == 0
    (tmp_path / "key").write_text("from a file, long enough\n")
    again = [*arguments, "--overwrite", "--key-file", str(tmp_path / "key")]
    assert CliRunner().invoke(app, again).exit_code == 0
    missing = CliRunner().invoke(app, [*arguments, "--overwrite", "--key-file", str(tmp_path / "none")])
    assert isinstance(missing.exception, IdentityKeyError)
