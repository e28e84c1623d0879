"""The README is run: its files are written, its commands executed, its Python too, and its counts compared."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (?P<what>[^>]*?) -->\n```\w*\n(?P<body>.*?)```", re.S)
SCRIPTS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Output of every command of the README, run in the order it stands there."""
    folder = tmp_path_factory.mktemp("readme")
    printed: dict[str, str] = {}
    (folder / "configs").symlink_to(README.parent / "configs", target_is_directory=True)
    for block in BLOCK.finditer(TEXT):
        what, body = block["what"], block["body"]
        if what.startswith("file: "):
            (folder / what.removeprefix("file: ")).write_text(body, encoding="utf-8")
        elif what == "run python":
            printed[f"python {len(printed)}"] = _run([sys.executable, "-W", "error", "-c", body], folder)
        else:
            for line in body.splitlines():
                program, *arguments = shlex.split(line)
                printed[line] = _run([str(SCRIPTS / program), *arguments], folder)
    return printed


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_of_the_readme_runs(session: dict[str, str]) -> None:
    assert len(session) == 26
    assert all(text for command, text in session.items() if not command.startswith("python"))


def test_the_output_shown_for_score_is_what_it_prints(session: dict[str, str]) -> None:
    printed = next(text for command, text in session.items() if command.startswith("credit-scoring score"))
    for line in ("subjects  3 in = 3 scored + 0 rejected", "1 × records.item_unknown"):
        assert line in TEXT
        assert line in printed


def test_the_explanation_shown_is_what_explain_prints(session: dict[str, str]) -> None:
    printed = next(text for command, text in session.items() if command.startswith("credit-scoring explain"))
    for words in ("得分 848 / 1000  等级 良好", "距 优秀: +52", "高于下一等级 中等: 8", "同一事件，已计一次"):
        assert words in TEXT
        assert words in printed


def test_every_public_name_is_in_the_table_of_names() -> None:
    import credit_scoring

    named = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.M))
    assert set(credit_scoring.__all__) - {"__version__"} == named


def test_the_notebooks_run() -> None:
    for notebook in sorted((README.parent / "notebooks").glob("*.py")):
        _run([sys.executable, "-W", "error", str(notebook)], README.parent)
