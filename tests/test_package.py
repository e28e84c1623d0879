"""The front door: few names, all documented, and quick to open."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import credit_scoring

ROOT = Path(__file__).resolve().parents[1]
IMPORT = """
import json, sys, time
begun = time.perf_counter()
import {module}
took = time.perf_counter() - begun
print(json.dumps({{"took": took, "modules": sorted({{name.split(".")[0] for name in sys.modules}})}}))
"""
HEAVY = {"duckdb", "pandas", "polars", "pyarrow", "numpy", "pydantic", "yaml", "rich", "typer"}


def opened(module: str) -> tuple[float, set[str]]:
    """Seconds to import a module in a fresh process, and what was imported by then."""
    code = IMPORT.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return found["took"], set(found["modules"])


def test_the_package_opens_without_any_heavy_library_and_at_once() -> None:
    tries = [opened("credit_scoring") for _ in range(3)]
    assert all(not modules & HEAVY for _, modules in tries)
    assert min(took for took, _ in tries) < 0.5


def test_the_command_line_opens_without_engine_and_frames() -> None:
    _, modules = opened("credit_scoring.cli")
    assert not modules & {"duckdb", "pandas", "polars"}


def test_the_public_names_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("| public name |", 1)[1].split("\n\n", 1)[0]
    named = re.findall(r"^\| `(\w+)`", table, re.M)
    assert sorted(named) == sorted(set(credit_scoring.__all__) - {"__version__"})
    assert sorted(credit_scoring.__all__) == credit_scoring.__all__


@pytest.mark.parametrize("name", sorted(set(credit_scoring.__all__) - {"__version__"}))
def test_a_public_name_is_there_and_documented(name: str) -> None:
    public = getattr(credit_scoring, name)
    assert len(public.__doc__ or "") > 40
    assert name in (credit_scoring.__doc__ or "") or name[0].isupper() or name == "archive"


def test_a_name_that_is_not_there_is_missed_as_usual() -> None:
    with pytest.raises(AttributeError, match="module 'credit_scoring' has no attribute 'scoer'"):
        credit_scoring.scoer  # noqa: B018 - the access is the test


def test_the_version_is_stated_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == credit_scoring.__version__


def test_the_errors_form_the_tree_that_is_drawn() -> None:
    from credit_scoring import errors

    drawn = re.findall(r"^.*?(\w+Error)\b", (errors.__doc__ or "").split("::")[1], re.M)
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and name[0] != "_" and issubclass(value, Exception)
    }
    assert set(drawn) == classes
    assert all(issubclass(getattr(errors, name), errors.CreditScoringError) for name in classes)
