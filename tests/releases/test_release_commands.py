"""The commands about releases: what they print, in which form, and with which exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from credit_scoring.releases.deciding import approve, put_in_force
from releases.decision_cases import (
    APPROVER,
    AT,
    AUTHOR,
    FINE,
    HERE,
    MOVED,
    WRONG,
    Done,
    build,
    copy_of,
    day,
    go_through_gates,
    ledger_of,
    new_edition,
    release,
    run,
)

SUBJECTS = "subject_id,subject_type,region_code\n" + "".join(
    f"firm-{i:03},enterprise,330106\n" for i in range(120)
)
RECORDS = "record_id,subject_id,item,level,occurred_on,recorded_on,event_id,source\n" + "".join(
    f"r{i},firm-{i:03},{item},{level},2024-0{1 + i % 9}-04,2024-0{1 + i % 9}-10,No. {i},Bureau\n"
    for i in range(60)
    for item, level in [(("a.penalty", "general"), ("a.honour", ""), ("a.penalty", "serious"))[i % 3]]
)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """demo:1 in force since January, demo:2 built; and a population."""
    folder = tmp_path_factory.mktemp("decided")
    build(folder / "store", folder / "one")
    go_through_gates(folder / "store", "demo", 1, [FINE, MOVED])
    approve("demo:1", by=APPROVER, reason="[small] effect", at=AT, accept=("impact:grades_moved",), store=str(folder / "store"))  # fmt: skip
    put_in_force("demo:1", from_=day("2025-01-01"), by=APPROVER, reason="decided", at=AT, store=str(folder / "store"))  # fmt: skip
    build(folder / "store", folder / "two", new_edition())
    (folder / "subjects.csv").write_text(SUBJECTS, encoding="utf-8")
    (folder / "records.csv").write_text(RECORDS, encoding="utf-8")
    return folder


@pytest.fixture
def store(decided: Path, tmp_path: Path) -> Path:
    return copy_of(decided / "store", tmp_path / "store")


def gate(folder: Path, store: Path, reference: str, *options: object) -> Done:
    return release(
        "gate", reference, "--subjects", folder / "subjects.csv", "--records", folder / "records.csv",
        "--on", "2025-12-31", "--by", AUTHOR, *options, store=store,
    )  # fmt: skip


# What is printed


def test_in_force_says_who_decided_and_on_what(decided: Path) -> None:
    done = release("in-force", "demo", "--on", "2025-03-01", store=decided / "store")
    assert (done.code, done.err) == (0, "")
    for text in (
        "demo:1 on 2025-03-01",
        f"by {APPROVER}",
        "[small] effect",
        "impact:grades_moved",
        f"by {AUTHOR}",
    ):
        assert text in done.out
    for entry in ledger_of(decided / "store").versions("demo")[:1]:
        assert entry.content_sha256 in done.out
    found = json.loads(
        release("in-force", "demo", "--on", "2025-03-01", "--format", "json", store=decided / "store").out
    )
    assert (found["version"], found["edition"], found["approver"]) == (1, "1", APPROVER)
    assert (found["span"]["from"], found["span"]["until"]) == ("2025-01-01", None)
    assert found["ledger_head"] == ledger_of(decided / "store").head


def test_in_force_needs_no_mlflow_no_engine_and_no_tables(decided: Path) -> None:
    program = (
        "import sys; from credit_scoring.cli import main\n"
        f"sys.argv = ['credit-scoring', 'release', 'in-force', 'demo', '--on', '2025-03-01', '--store', {str(decided / 'store')!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = {'mlflow', 'sqlalchemy', 'pandas', 'duckdb', 'pyarrow', 'numpy', 'requests'} & set(sys.modules)\n"
        "sys.exit(f'{code} {sorted(heavy)}' if code or heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "demo:1 on 2025-03-01" in done.stdout


def test_releases_are_listed_with_their_state(decided: Path) -> None:
    done = release("list", "--on", "2025-03-01", store=decided / "store")
    assert done.code == 0
    assert "2 releases on 2025-03-01" in done.out
    lines = json.loads(
        release("list", "demo", "--on", "2025-03-01", "--format", "json", store=decided / "store").out
    )
    assert [(line["version"], line["state"], line["from"], line["approver"]) for line in lines] == [
        (1, "in_force", "2025-01-01", APPROVER),
        (2, "built", None, None),
    ]


def test_a_release_is_shown_in_both_languages_and_as_json(decided: Path) -> None:
    english = release("show", "demo:1", store=decided / "store")
    chinese = release("show", "demo:1", "--lang", "zh", store=decided / "store")
    assert (english.code, chinese.code) == (0, 0)
    assert "Demo" in english.out
    assert "示例" in chinese.out
    assert "[small] effect" in english.out
    shown = json.loads(release("show", "demo:1", "--format", "json", store=decided / "store").out)
    assert shown["manifest"]["name"] == "demo"
    assert [entry["kind"] for entry in shown["entries"]] == ["built", "gated", "approved", "put_in_force"]
    assert shown["entries"][-1]["from"] == "2025-01-01"


def test_releases_are_compared(decided: Path) -> None:
    done = release("diff", "demo:1", "demo:2", store=decided / "store")
    assert done.code == 0
    assert "5 differences" in done.out
    changes = json.loads(release("diff", "demo:1", "demo:2", "--format", "json", store=decided / "store").out)
    assert {"part": "scorecard", "path": "edition", "before": "1", "after": "2"} in changes


def test_verify_prints_the_head_to_note_down(decided: Path) -> None:
    head = ledger_of(decided / "store").head
    done = release("verify", "--on", "2025-03-01", "--since", head, store=decided / "store")
    assert done.code == 0
    assert head in done.out
    found = json.loads(
        release("verify", "--on", "2025-03-01", "--format", "json", store=decided / "store").out
    )
    assert (found["sound"], found["head"], found["findings"]) == (True, head, [])
    missing = release("verify", "--on", "2025-03-01", "--since", "0" * 64, store=decided / "store")
    assert missing.code == 1
    assert "V103" in missing.out


def test_aliases_are_mended_on_request(store: Path) -> None:
    # On a day before the first one in force the alias should point to nothing.
    found = release("verify", "--on", "2024-06-01", store=store)
    assert found.code == 1
    assert "V401" in found.out
    mended = release("verify", "--on", "2024-06-01", "--mend-aliases", store=store)
    assert mended.code == 0
    assert "in-force of demo: from 1 to no version" in mended.err


def test_the_dossier_lies_beside_a_store_of_our_own(store: Path, tmp_path: Path) -> None:
    done = release("dossier", "demo:1", store=store)
    assert done.code == 0
    folder = store / "demo-1"
    assert {"public-notice.zh.html", "register-entry.json", "decisions.en.md", "manifest.json"} <= {
        path.name for path in folder.iterdir()
    }
    assert all(str(path) in done.out for path in folder.iterdir())
    again = release("dossier", "demo@in-force", "--on", "2025-03-01", store=store)
    assert again.code == 1
    assert "exists already" in again.err
    assert release("dossier", "demo:1", "--overwrite", store=store).code == 0
    assert release("dossier", "demo:1", "--out", tmp_path / "papers", store=store).code == 0


# From the gates to the end of a release; from the first build on: test_release_story.py


def test_the_author_may_not_approve_and_what_is_in_force_is_retired(store: Path) -> None:
    go_through_gates(store, "demo", 2, [FINE])
    same = release("approve", "demo:2", "--by", "ZHANG san", "--reason", "mine", store=store)
    assert (same.code, same.out) == (1, "")
    assert same.err.startswith("error: ")
    assert "a second person" in same.err
    end = "2999-01-01"
    ended = release("retire", "demo:1", "--from", end, "--by", APPROVER, "--reason", "repealed", store=store)
    assert ended.code == 0, ended.err
    after = release("in-force", "demo", "--on", end, store=store)
    assert after.code == 1
    assert "version 1 from 2025-01-01 until before 2999-01-01" in after.err


def test_a_failed_gate_ends_with_one_says_how_to_accept_and_is_in_the_ledger(decided: Path, store: Path, tmp_path: Path) -> None:  # fmt: skip
    from credit_scoring.releases.terms import default_terms

    strict = tmp_path / "terms.yaml"
    text = default_terms().read_text(encoding="utf-8")
    for name in ("grades_moved_at_most", "score_changed_mean_at_most"):
        (line,) = [line for line in text.splitlines() if line.strip().startswith(f"{name}:")]
        text = text.replace(line, f"{line.split(':')[0]}: 0")
    strict.write_text(text, encoding="utf-8")
    done = gate(
        decided, store, "demo:2", "--terms", strict, "--out", tmp_path / "evidence", "--reason", "first"
    )
    assert done.code == 1, done.err
    assert done.err == ""
    entry = ledger_of(store).entries[-1]
    assert entry.kind == "gated"
    assert entry.reason == "first"
    assert (tmp_path / "evidence" / "gates.json").is_file()
    assert entry.against
    assert set(entry.acceptable) == set(entry.against)
    assert "compared with version 1" in done.out
    assert f"--accept {entry.against[0]}" in done.out
    refused = release("approve", "demo:2", "--by", APPROVER, "--reason", "x", store=store)
    assert refused.code == 1
    assert entry.against[0] in refused.err
    options = [option for check in entry.against for option in ("--accept", check)]
    assert (
        release("approve", "demo:2", "--by", APPROVER, "--reason", "borne", *options, store=store).code == 0
    )


def test_a_faulty_population_leaves_nothing_behind(decided: Path, store: Path, tmp_path: Path) -> None:
    before = ledger_of(store)
    broken = tmp_path / "subjects.csv"
    broken.write_text("who\nfirm\n", encoding="utf-8")
    done = release(
        "gate", "demo:2", "--subjects", broken, "--records", decided / "records.csv", "--on", "2025-12-31",
        "--by", AUTHOR, "--out", tmp_path / "evidence", store=store,
    )  # fmt: skip
    assert done.code == 1
    assert "subject_id" in done.err
    assert ledger_of(store) == before
    assert not (tmp_path / "evidence").exists()


# Faults and wrong usage


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["in-force", "deom", "--on", "2025-03-01"], "Did you mean 'demo'?"),
        (["in-force", "demo", "--on", "2001-01-01"], "No release of demo is in force on 2001-01-01."),
        (["list", "nothing"], "Nothing called 'nothing' was ever released; released are: demo."),
        (["show", "demo:9"], "There is no release demo:9; its versions are 1, 2."),
        (["show", "demo@latest"], "'demo@latest' names no release"),
        (["diff", "demo:1", "demo:9"], "There is no release demo:9"),
        (["approve", "demo:2", "--by", "x", "--reason", "x"], "demo:2 has not been through the gates"),
        (
            [
                "approve",
                "demo:1",
                "--by",
                "x",
                "--reason",
                "x",
                "--accept",
                "impact:grades_moved",
                "--accept",
                "golden:duckdb",
            ],
            "'golden:duckdb' does not speak against",
        ),
        (
            ["put-in-force", "demo:2", "--from", "2999-01-01", "--by", "x", "--reason", "x"],
            "demo:2 is not approved",
        ),
        (
            ["retire", "demo:1", "--from", "2025-02-01", "--by", "x", "--reason", "x"],
            "days past is not changed",
        ),
        (["retire", "demo:1", "--from", "2999-01-01", "--by", " ", "--reason", "x"], "name who decides"),
        (["dossier", "demo:9"], "There is no release demo:9"),
        (["verify", "--since", "123"], "'123' is no head of a ledger"),
        (["verify", "nothing"], "Nothing called 'nothing' was ever released"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_fails_ends_with_one_and_a_sentence_and_changes_nothing(
    arguments: list[str], says: str, decided: Path
) -> None:
    before = ledger_of(decided / "store")
    done = release(*arguments, store=decided / "store")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert says in done.err
    assert ledger_of(decided / "store") == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["approve", "demo@in-force", "--by", "x", "--reason", "x"],
        ["approve", "demo", "--by", "x", "--reason", "x"],
        ["approve", "demo:1", "--reason", "x"],
        ["approve", "demo:1", "--by", "x"],
        ["put-in-force", "demo:1", "--by", "x", "--reason", "x"],
        ["put-in-force", "demo:1", "--from", "soon", "--by", "x", "--reason", "x"],
        ["diff", "demo:1", "demo"],
        ["in-force"],
        ["build", "card.yaml"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(arguments: list[str], decided: Path) -> None:
    done = release(*arguments, store=decided / "store")
    assert (done.code, done.out) == (2, "")
    assert "Usage:" in done.err


# Where the store is


def test_the_store_is_an_option_a_variable_or_the_folder_models(
    decided: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = ("release", "list", "--format", "json")
    expected = release("list", "--format", "json", store=decided / "store").out
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    nothing = run(*listing)
    assert nothing.code == 1
    assert "build a release first" in nothing.err
    assert list(tmp_path.iterdir()) == []
    copy_of(decided / "store", tmp_path / "models")
    assert run(*listing).out == expected
    monkeypatch.chdir(decided)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'models' / 'registry.db'}")
    assert run(*listing).out == expected
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    unreachable = run(*listing)
    assert unreachable.code == 1
    assert "127.0.0.1:9" in unreachable.err


def test_an_unreachable_store_fails_every_command_and_writes_nothing(decided: Path, tmp_path: Path) -> None:
    for arguments in (
        ["build", decided / "one" / "card.yaml", "--policy", decided / "one", "--by", AUTHOR],
        ["approve", "demo:1", "--by", "x", "--reason", "x"],
        ["retire", "demo:1", "--from", "2999-01-01", "--by", "x", "--reason", "x"],
        ["verify"],
        ["show", "demo"],
        ["dossier", "demo:1", "--out", tmp_path / "papers"],
    ):
        done = release(*arguments, store="http://127.0.0.1:9")
        assert (done.code, done.out) == (1, ""), arguments
        assert "127.0.0.1:9" in done.err
    assert list(tmp_path.iterdir()) == []


# Root may write anywhere, unless it is started without that capability.
AS_A_READER = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


@pytest.mark.skipif(bool(AS_A_READER) and shutil.which("setpriv") is None, reason="root may write anywhere")
def test_a_store_that_may_only_be_read_is_read_and_takes_no_decision(store: Path) -> None:
    before = ledger_of(store)
    paths = [store, *store.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)

    # One process asks for everything, as one that may not write.
    asked = (
        ["in-force", "demo", "--on", "2025-03-01"],
        ["retire", "demo:1", "--from", "2999-01-01", "--by", "x", "--reason", "x"],
        ["verify", "--on", "2025-03-01"],
    )
    program = (
        "import json, sys; from releases.decision_cases import release\n"
        f"done = [release(*each, store={str(store)!r}) for each in {asked!r}]\n"
        "print(json.dumps([[each.code, each.out, each.err] for each in done]))"
    )
    try:
        said = subprocess.run(
            [*AS_A_READER, sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    read, refused, looked = (Done(*each) for each in json.loads(said.stdout))
    assert read.code == 0, read.err
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("error: ")
    assert str(store) in refused.err
    assert looked.code == 0, looked.err
    assert ledger_of(store) == before


def test_the_clock_of_the_cases_is_before_that_of_the_commands() -> None:
    from credit_scoring.cli.options import now

    assert AT.tzinfo is HERE
    assert now() > AT
    assert now().utcoffset() is not None
    assert WRONG.outcome == "failed"
