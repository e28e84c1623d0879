"""The demo command: a folder with a register and its run, the published distributions, one score explained."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from credit_scoring.cli.demo import demo_command
from credit_scoring.errors import OutputError

app = typer.Typer()
app.command()(demo_command)


def test_the_demo_writes_a_whole_folder_and_prints_what_is_in_it(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    result = CliRunner().invoke(app, ["--out", str(out), "--subjects", "6000"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert {p.name for p in out.iterdir()} == {"register", "run"}
    assert {p.name for p in (out / "register").iterdir()} == {
        "subjects.parquet",
        "records.parquet",
        "coverage.parquet",
    }
    assert (out / "run" / "run.json").is_file()
    assert not [p for p in tmp_path.iterdir() if p != out]
    for text in (
        "76.4", "97.9000", "406–960", "scored +", "rejected", "One score, explained", "credit-scoring explain 9",
    ):  # fmt: skip
        assert text in result.output, text


def test_an_earlier_demo_is_replaced_only_when_asked_and_other_folders_never(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    (out / "run").mkdir(parents=True)
    with pytest.raises(OutputError, match="exists already"):
        CliRunner().invoke(app, ["--out", str(out)], catch_exceptions=False)
    (out / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(OutputError, match=r"mine\.txt"):
        CliRunner().invoke(app, ["--out", str(out), "--overwrite"], catch_exceptions=False)
    assert (out / "mine.txt").read_text(encoding="utf-8") == "kept"
