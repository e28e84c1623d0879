"""The shape of the code: data flow one way, a library has one home, nothing asks for today, numbers stand in policies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import credit_scoring
from credit_scoring.scoring.line import STEPS

SRC = Path(__file__).resolve().parents[1] / "src" / "credit_scoring"
MODULES = sorted(SRC.rglob("*.py"))
STAGES = (
    "policy",
    "engines",
    "records",
    "reports",
    "learnt",
    "scoring",
    "sectors",
    "synthetic",
    "releases",
    "cli",
)
"""In the order of the line. Records are imported with an engine, so engines stand before them."""
HOMES = {
    "duckdb": {"engines/duckdb.py"},
    "yaml": {"policy/reading.py"},
    "polars": {"scoring/run.py"},
    "lightgbm": {"learnt/contributions.py", "learnt/gradient_model.py", "sectors/boosting.py"},
    "matplotlib": {
        "sectors/shap_picture.py",
        "sectors/validation/pictures.py",
        "sectors/weighing/pictures.py",
    },
    "mlflow": {"releases/quiet_mlflow.py", "releases/model_code.py"},
    "optbinning": {"sectors/cuts.py"},
    "optuna": {"sectors/tuning.py"},
    "pymcdm": {"sectors/weighing/information.py"},
    "shap": {"sectors/shap_picture.py"},
    "sqlglot": {"sectors/export/sql.py"},
    "woodelf": {"learnt/tree_shap.py"},
    "typer": {path.relative_to(SRC).as_posix() for path in (SRC / "cli").glob("*.py")},
    "rich": {path.relative_to(SRC).as_posix() for path in (SRC / "cli").glob("*.py")},
}
"""A heavy or peculiar library and the only modules that import it."""
LINES = 400

every_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SRC).as_posix())


def name_of(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def nodes(tree: ast.AST, *, types_too: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if types_too or not is_for_types_only(child):
            yield child
            yield from nodes(child, types_too=types_too)


def imported(path: Path, *, types_too: bool = True) -> set[str]:
    """Full names of the modules (and names) imported anywhere in a module."""
    found: set[str] = set()
    for node in nodes(tree_of(path), types_too=types_too):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports by a relative path"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def stages(path: Path) -> set[str]:
    names = (name.split(".") for name in imported(path) if name.startswith("credit_scoring."))
    return {parts[1] for parts in names if len(parts) > 1} & set(STAGES)


def test_every_folder_is_a_stage_of_the_line() -> None:
    assert {path.parent.name for path in SRC.glob("*/__init__.py")} == set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_only_itself_and_earlier_stages(stage: str) -> None:
    allowed = set(STAGES[: STAGES.index(stage) + 1])
    forward = {
        name_of(path): sorted(stages(path) - allowed)
        for path in (SRC / stage).rglob("*.py")
        if stages(path) - allowed
    }
    assert forward == {}


def test_the_stages_are_connected_as_the_test_above_believes() -> None:
    assert "scoring" in stages(SRC / "cli" / "scoring.py")
    assert "policy" in stages(SRC / "scoring" / "run.py")
    assert not stages(SRC / "errors.py")


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_modules_import_each_other_and_not_the_front_door(stage: str) -> None:
    public = {f"credit_scoring.{name}" for name in credit_scoring.__all__} - {"credit_scoring.__version__"}
    assert {name_of(path) for path in (SRC / stage).rglob("*.py") if imported(path) & public} == set()


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_where_it_has_its_home_and_nowhere_else(library: str) -> None:
    users = {
        name_of(path)
        for path in MODULES
        if any(name.split(".")[0] == library for name in imported(path, types_too=False))
    }
    assert users <= HOMES[library]
    assert users or not HOMES[library]


def calls(path: Path) -> set[str]:
    """The last two names of everything called or named, such as `date.today`."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


CLOCK = {"date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time", "time.localtime"}


def test_nothing_but_the_command_line_asks_what_day_it_is() -> None:
    askers = {name_of(path) for path in MODULES if calls(path) & CLOCK}
    assert askers == {"cli/options.py"}


@every_module
def test_nothing_that_can_run_code_is_read(path: Path) -> None:
    assert not {n.split(".")[0] for n in imported(path)} & {"pickle", "joblib", "marshal", "shelve", "dill"}
    assert not calls(path) & {
        "yaml.load",
        "yaml.full_load",
        "yaml.unsafe_load",
        "yaml.UnsafeLoader",
        "yaml.Loader",
    }
    called = {
        n.func.id for n in ast.walk(tree_of(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not called & {"eval", "exec", "print"}


@every_module
def test_a_module_is_no_longer_than_a_reader_can_hold(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LINES


@every_module
def test_a_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(ast.get_docstring(tree_of(path)) or "") > 20, text[:100]
    assert path.stem not in {"utils", "helpers", "common", "misc", "core", "manager"}


# SQL

SQL = sorted((SRC / "scoring" / "sql").glob("*.sql"))
every_sql = pytest.mark.parametrize("path", SQL, ids=lambda p: p.stem)


def statements(path: Path) -> str:
    """The text without comments and without what stands in quotes."""
    return re.sub(r"'[^']*'|--[^\n]*", "", path.read_text(encoding="utf-8"))


def test_every_sql_file_is_a_step_of_the_line_and_every_step_a_file() -> None:
    assert {path.stem for path in SQL} == {step.file for step in STEPS}


def test_steps_stand_in_the_order_of_their_numbers() -> None:
    once = [step.file for step in STEPS if not step.late]
    assert once == sorted(once)


@every_sql
def test_sql_computes_with_whole_numbers(path: Path) -> None:
    text = statements(path)
    assert re.findall(r"\b\d+(?:\.\d+)?[eE][-+]?\d+\b", text) == [], "an exponent makes a DOUBLE"
    assert re.findall(r"\b(DOUBLE|FLOAT|REAL)\b", text, re.I) == []
    assert re.findall(r"(?<!/)/(?!/)", text) == [], "one slash divides into a DOUBLE, two stay whole"
    assert re.findall(r"\b(avg|mean|median|stddev\w*|sqrt|ln|exp|power)\s*\(", text, re.I) == []
    # What is left of decimals: thousandths and finer units on their way out, which is exact.
    assert set(re.findall(r"\d*\.\d+", text)) <= {"0.001", "0.0001", "0.000001"}


@every_sql
def test_sql_depends_on_nothing_but_its_tables(path: Path) -> None:
    hidden = r"\b(random|setseed|uuid|gen_random_uuid|now|today|current_date|current_timestamp|current_time|getenv)\b"
    assert re.findall(hidden, statements(path), re.I) == []


@every_sql
def test_a_sql_file_begins_with_what_it_does_and_is_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("-- ")
    assert len(text.splitlines()) <= 150


# Numbers

NUMBERS = {
    "archive.py": set(),
    "explanation.py": set(),
    "contents.py": set(),
    "inputs.py": set(),
    "line.py": set(),
    "measuring.py": {1200},  # months: a hundred years since an event that never was
    "model.py": {100000},  # subjects at a time
    "output.py": set(),
    "public.py": set(),
    "record.py": {3, 20},  # seconds to the millisecond; blocks of a megabyte
    "run.py": {2},  # indentation of run.json
}
"""Numbers other than 0 and 1 in the Python of the line. None of them is a rule: rules are YAML."""


def test_no_number_of_a_rule_stands_in_the_code_that_scores() -> None:
    found = {
        path.name: {
            node.value
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Constant) and type(node.value) in (int, float)
        }
        - {0, 1}
        for path in (SRC / "scoring").glob("*.py")
        if path.name != "__init__.py"
    }
    assert found == NUMBERS
