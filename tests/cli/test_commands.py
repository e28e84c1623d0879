"""The commands: what they print, in which language and form, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from typer.testing import CliRunner, Result

from credit_scoring import __version__
from credit_scoring.cli import app, main
from credit_scoring.errors import NotFoundError, PolicyError
from policy.texts import CARD, changed, line_of, write_policy

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [str(Path(sys.executable).parent / "credit-scoring")]
SUBJECTS = """\
subject_id,subject_type,region_code
firm,enterprise,330106
other,enterprise,330106
odd,enterprise,somewhere
"""
RECORDS = """\
record_id,subject_id,item,level,occurred_on,recorded_on,event_id,source
a,firm,a.penalty,serious,2025-03-04,2025-03-10,No. 17,Bureau
b,firm,a.penalty,serious,2025-03-04,2025-04-02,No. 17,Other bureau
c,firm,a.honour,,2025-05-01,2025-05-01,,Bureau
d,other,a.penatly,general,2025-05-01,2025-05-01,,Bureau
"""


def commands(command: Any, name: str = "") -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {name: command}
    return {
        k: v
        for key, child in command.commands.items()
        for k, v in commands(child, f"{name} {key}".strip()).items()
    }


COMMANDS = commands(typer.main.get_command(app))


def invoke(*arguments: object, catch: bool = True) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=catch)


def called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str, str]:
    """Exit code, output and errors of the entry point."""
    monkeypatch.setattr(sys, "argv", ["credit-scoring", *map(str, arguments)])
    with pytest.raises(SystemExit) as exit_:
        main()
    printed = capsys.readouterr()
    return int(exit_.value.code or 0), printed.out, printed.err


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy, a small CSV archive, and a run of both."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "subjects.csv").write_text(SUBJECTS, encoding="utf-8")
    (folder / "records.csv").write_text(RECORDS, encoding="utf-8")
    write_policy(folder / "policy")
    done = invoke("score", *inputs(folder), "--out", folder / "run")
    assert done.exit_code == 0, done.output
    return folder


def inputs(folder: Path) -> list[object]:
    return ["--subjects", folder / "subjects.csv", "--records", folder / "records.csv", "--on", "2025-12-31", "--policy", folder / "policy"]  # fmt: skip


# The list of commands


def test_the_commands_are_these() -> None:
    assert set(COMMANDS) == {
        "policy check", "policy show", "policy diff", "policy schema", "import", "score", "explain", "archive", "demo",
        "invent", "weigh", "train", "export", "simulate", "rebuild",
        "release build", "release gate", "release approve", "release put-in-force", "release retire", "release in-force",
        "release verify", "release list", "release show", "release diff", "release dossier",
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_every_option_has_its_help(name: str) -> None:
    shown = invoke(*name.split(), "--help")
    assert shown.exit_code == 0
    assert (COMMANDS[name].help or "").strip().splitlines()[0][:40] in shown.stdout
    assert [p.name for p in COMMANDS[name].params if not getattr(p, "help", None)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name: str) -> None:
    readme, makefile = ((ROOT / file).read_text(encoding="utf-8") for file in ("README.md", "Makefile"))
    by_make = f"make {name}" in readme and f"credit-scoring {name}" in makefile
    assert by_make or f"credit-scoring {name}" in readme or f"`{name}`" in readme


def test_the_version_is_printed() -> None:
    assert invoke("--version").stdout.strip() == __version__


# Exit codes


@pytest.mark.parametrize(
    "arguments",
    [
        ["scroe"], ["score"], ["score", "--on", "yesterday"], ["explain", "firm"], ["policy", "diff", "a"],
        ["policy", "show", "x", "--on", "2025-13-01"], ["policy", "show", "public-enterprise", "--lang", "fr"],
        ["archive", "x", "--subjects", "s", "--records", "r", "--on", "31/12/2025"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_ends_with_two_and_says_what_is_wrong(arguments: list[str]) -> None:
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Usage:" in done.stderr
    assert "Error" in done.stderr


def faults(place: Path) -> dict[str, tuple[list[object], str]]:
    score = ["score", *inputs(place)]
    return {
        "no such run": (["explain", "firm", "--run", place], f"error: {place} is no run: it has no run.json."),
        "no such subject": (["explain", "nobody", "--run", place / "run"], "error: subject nobody was not scored"),
        "a rejected subject": (["explain", "odd", "--run", place / "run"], "it was rejected (region_code_malformed)"),
        "nobody's archive": (["archive", "nobody", *inputs(place)], "error: subject nobody is not in the table of subjects."),
        "no such file": (["score", *inputs(place / "none"), "--out", place / "x"], "does not exist"),
        "memory in words": ([*score, "--out", place / "x", "--memory", "plenty"], "error: 'plenty' is no amount of memory"),
        "too little memory": ([*score, "--out", place / "x", "--memory", "10KB"], "Give it more, such as --memory 4GB."),
        "a result already there": ([*score, "--out", place / "run"], f"error: {place / 'run'}: exists already"),
        "no edition in force": ([*score[:5], "--on", "2001-01-01", *score[7:], "--out", place / "x"], "error: no edition of 'demo' is in force on 2001-01-01"),
        "no such scorecard": (["policy", "show", "nobody"], "error: no scorecard is called 'nobody'. Known: public-enterprise,"),
        "no such edition": (["policy", "diff", "demo@1", "demo@2", "--policy", place / "policy"], "no scorecard edition is called 'demo@2'. Known: demo@1."),
        "no policy there": (["policy", "check", place / "none"], "none does not exist"),
    }  # fmt: skip


FAULTS = list(faults(Path("/")))


@pytest.mark.parametrize("name", FAULTS)
def test_what_fails_ends_with_one_and_a_sentence_on_stderr(
    name: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, says = faults(place)[name]
    code, printed, error = called(monkeypatch, capsys, *arguments)
    assert code == 1
    assert says in error
    assert "Traceback" not in error
    assert printed == ""
    assert not (place / "x").exists()


def test_the_program_itself_fails_without_a_traceback(place: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "explain", "nobody", "--run", str(place / "run")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: subject nobody was not scored in this run.")
    assert len(done.stderr.splitlines()) == 1


def test_a_message_with_brackets_is_printed_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = called(monkeypatch, capsys, "explain", "[bold]x[/]", "--run", "/no[red]where")
    assert code == 1
    assert "/no[red]where is no run" in error


# policy


def test_the_shipped_policy_is_in_order() -> None:
    done = invoke("policy", "check")
    assert done.exit_code == 0
    assert "0 problems, " in done.stdout
    assert "10 scorecards" in done.stdout


def test_a_faulty_policy_is_reported_by_file_line_and_code(tmp_path: Path) -> None:
    text = changed(changed(CARD, "total: 100", "total: 101"), "cap: -30", "cap: 30")
    write_policy(tmp_path, text)
    done = invoke("policy", "check", tmp_path)
    assert done.exit_code == 1
    first, second, summary = done.stdout.splitlines()
    card = tmp_path / "card.yaml"
    assert first.startswith(f"{card}:{line_of(text, 'total:')}: P301 ")
    assert second.startswith(f"{card}:{line_of(text, 'cap: 30')}: P307 ")
    assert summary.startswith("2 problems, 0 warnings in 3 files: 1 scorecard, 9 catalogue items")
    listed = json.loads(invoke("policy", "check", tmp_path, "--format", "json").stdout)
    assert [(p["file"], p["code"], p["warning"]) for p in listed] == [
        (str(card), "P301", False), (str(card), "P307", False),
    ]  # fmt: skip
    assert [set(p) for p in listed] == [{"file", "line", "code", "message", "warning"}] * 2


def test_warnings_alone_do_not_fail_the_check(tmp_path: Path) -> None:
    write_policy(
        tmp_path,
        changed(CARD, "start: zero\n            no_record: zero", "start: zero\n            no_record: 5"),
    )
    done = invoke("policy", "check", tmp_path)
    assert done.exit_code == 0
    assert ": P501 warning: " in done.stdout
    assert "0 problems, 1 warning" in done.stdout


def test_a_scorecard_is_shown_with_its_rules_in_both_languages(place: Path) -> None:
    shown = {
        lang: invoke(
            "policy", "show", "demo", "--on", "2025-01-01", "--policy", place / "policy", "--lang", lang
        ).stdout
        for lang in ("zh", "en")
    }
    for words in ("处罚", "近 36 个月", "较差", "示例"):
        assert words in shown["zh"]
        assert words not in shown["en"]
    for words in ("Penalties", "full marks", "Poor", "law art. 1"):
        assert words in shown["en"]


def test_a_scorecard_in_json_is_the_file_and_fits_the_schema(place: Path) -> None:
    schema = json.loads(invoke("policy", "schema").stdout)
    shown = json.loads(
        invoke("policy", "show", "demo@1", "--policy", place / "policy", "--format", "json").stdout
    )
    assert (shown["scorecard"], shown["edition"], shown["in_force"]) == ("demo", "1", {"from": "2024-01-01"})
    assert list(shown["dimensions"]) == ["conduct", "merit"]
    jsonschema.Draft202012Validator.check_schema(schema)


def test_two_editions_are_compared_value_by_value(place: Path, tmp_path: Path) -> None:
    write_policy(tmp_path, changed(CARD, "general: -5", "general: -6"))
    arguments = ["policy", "diff", "demo@1", tmp_path / "card.yaml", "--policy", place / "policy"]
    (change,) = json.loads(invoke(*arguments, "--format", "json").stdout)
    assert (change["path"].split(".")[-1], change["before"], change["after"]) == ("general", "-5", "-6")
    assert "1 difference" in invoke(*arguments).stdout
    (tmp_path / "card.yaml").write_text(changed(CARD, "total:", "totals:"), encoding="utf-8")
    with pytest.raises(PolicyError, match="'totals' is not known here"):
        invoke(*arguments, catch=False)
    with pytest.raises(NotFoundError, match=r"catalogue\.yaml holds no scorecard\."):
        invoke(*arguments[:3], tmp_path / "catalogue.yaml", *arguments[4:], catch=False)


# score, explain, archive


def test_a_run_prints_what_became_of_every_row(place: Path, tmp_path: Path) -> None:
    done = invoke("score", *inputs(place), "--out", tmp_path / "run")
    for line in (
        "subjects  3 in = 2 scored + 1 rejected",
        "records   4 in = 3 admitted + 0 not yet known + 1 rejected",
        "1 × records.item_unknown",
        "1 × subjects.region_code_malformed",
    ):
        assert line in done.stdout
    assert (tmp_path / "run" / "scores.parquet").exists()
    again = invoke(
        "score", *inputs(place), "--out", tmp_path / "run", "--overwrite", "--known-by", "2025-01-01"
    )
    assert "records   4 in = 0 admitted + 3 not yet known + 1 rejected" in again.stdout


def test_coverage_threads_and_memory_are_options_of_a_run(place: Path, tmp_path: Path) -> None:
    (tmp_path / "coverage.csv").write_text("item,region_code\na.penalty,330000\n", encoding="utf-8")
    done = invoke(
        "score", *inputs(place), "--out", tmp_path / "run", "--coverage", tmp_path / "coverage.csv", "--threads", 1, "--memory", "200MB"
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    body = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert body["coverage"]["rows"] == 1


def explained(place: Path, *arguments: object) -> Any:
    return invoke("explain", "firm", "--run", place / "run", *arguments).stdout


def test_a_score_is_explained_for_people_in_both_languages(place: Path) -> None:
    english, chinese = explained(place), explained(place, "--lang", "zh")
    for words in (
        "grade Poor",
        "score 65 / 100",
        "before overrides: 65 Fair",
        "Listed → grade set to Poor  (law art. 2)",
        "2025-03-04 · Penalty · Serious · Bureau · No. 17 · -20",
        "same event, counted once",
    ):
        assert words in english
    for words in ("等级 较差", "得分 65 / 100", "直接判定: 列入名单", "处罚 · 重", "同一事件，已计一次"):
        assert words in chinese
    assert "Penalty" not in chinese


def test_an_explanation_in_json_adds_up(place: Path) -> None:
    body = json.loads(explained(place, "--format", "json"))
    assert float(body["score"]) == 65 == sum(float(d["points"]) for d in body["dimensions"])
    assert body["grade"] == "poor"


def test_an_archive_is_printed_for_people_and_for_programs(place: Path) -> None:
    base = ["archive", "firm", *inputs(place)]
    english, chinese = invoke(*base).stdout, invoke(*base, "--lang", "zh").stdout
    for words in ("Bad entries (2)", "Good entries (1)", "counts: listed, penalties", "No. 17"):
        assert words in english
    for words in ("不良信息 (2)", "良好信息 (1)", "计入", "处罚"):
        assert words in chinese
    body = json.loads(invoke(*base, "--format", "json").stdout)
    assert [e["record_id"] for e in body["entries"]] == ["c", "a", "b"]
    assert (
        "records that could not be used: d (item_unknown)"
        in invoke("archive", "other", *inputs(place)).stdout
    )
