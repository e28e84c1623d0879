"""From an empty store to releases in force, a second edition, and what verify finds: by commands, as people use them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from credit_scoring.policy.gathering import default_configs
from credit_scoring.releases.quiet_mlflow import client
from credit_scoring.releases.store.address import store_address
from credit_scoring.synthetic import invent
from policy.texts import CARD, CATALOGUE, changed
from releases.decision_cases import APPROVER, AUTHOR, Done, ledger_of, release, run, write_small
from releases.servers import mlflow_server
from releases.test_release_commands import RECORDS, SUBJECTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ON = date(2025, 12, 31)
FIRST, SECOND = date(2025, 1, 1), date(2999, 1, 1)
SHIPPED = "public-government-agency"
NAMES = ("demo", SHIPPED)
"""A small scorecard, and one of the package: it goes the same way, with a register of its own."""


@dataclass(frozen=True, slots=True)
class Story:
    """A store as it was left, and what was said on the way."""

    store: Path
    inputs: Path
    told: dict[str, Done]


def tell(folder: Path) -> Iterator[tuple[str, Done]]:
    """Every step, by its name."""
    store = folder / "models"
    small = [
        "--subjects",
        folder / "small" / "subjects.csv",
        "--records",
        folder / "small" / "records.csv",
        "--on",
        ON,
    ]
    tables = [f"--{name}={folder / f'{name}.parquet'}" for name in ("subjects", "records", "coverage")]
    sources = {
        "demo": write_small(folder / "one", CARD, CATALOGUE) / "card.yaml",
        SHIPPED: default_configs() / "public" / "public-government-agency-2020.yaml",
    }  # fmt: skip
    person = ("--by", APPROVER, "--reason")
    for name, source in sources.items():
        beside = [] if name == SHIPPED else ["--policy", source.parent]
        population = [*tables, "--on", ON] if name == SHIPPED else small
        yield f"build {name}", release("build", source, *beside, "--by", AUTHOR, store=store)
        yield f"gate {name}", release("gate", f"{name}:1", *population, "--by", AUTHOR, store=store)
        yield f"approve {name}", release("approve", f"{name}:1", *person, "in order", store=store)
        yield f"in force {name}", release("put-in-force", f"{name}:1", "--from", FIRST, *person, "decided", store=store)  # fmt: skip
    yield "verify", release("verify", store=store)

    text = changed(CARD, "{minor: -1,", "{minor: -2,")
    policy = write_small(folder / "two", changed(text, 'edition: "1"', 'edition: "2"'), CATALOGUE)
    yield "simulate", run(
        "simulate", "--from", "demo@in-force", "--to", policy / "card.yaml", *small, "--out", folder / "impact",
        "--policy", policy, "--store", store,
    )  # fmt: skip
    yield "build second", release("build", policy / "card.yaml", "--policy", policy, "--by", AUTHOR, store=store)  # fmt: skip
    yield "gate second", release("gate", "demo:2", *small, "--by", AUTHOR, store=store)
    yield "approve second", release("approve", "demo:2", *person, "a better text", store=store)
    yield "in force second", release("put-in-force", "demo:2", "--from", SECOND, *person, "decided", store=store)  # fmt: skip


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    invent(folder, subjects=150, shares={"government_agency": 1.0})
    (folder / "small").mkdir()
    (folder / "small" / "subjects.csv").write_text(SUBJECTS, encoding="utf-8")
    (folder / "small" / "records.csv").write_text(RECORDS, encoding="utf-8")
    return Story(folder / "models", folder, dict(tell(folder)))


def answers(store: Path) -> dict[tuple[str, date], tuple[int, str]]:
    """Which release was in force, with its hash: of the scorecard with two editions on more than one day."""
    found = {}
    for name, on in (*(("demo", on) for on in (FIRST, ON, SECOND)), (SHIPPED, ON)):
        done = release("in-force", name, "--on", on, "--format", "json", store=store)
        assert done.code == 0, done.err
        said = json.loads(done.out)
        found[name, on] = (said["version"], said["content_sha256"])
    return found


def test_from_an_empty_store_to_two_editions_in_force(story: Story) -> None:
    for step, done in story.told.items():
        assert done.code == 0, f"{step}: {done.out}{done.err}"
    built = ledger_of(story.store).built("demo", 1)
    assert built.content_sha256 in story.told["build demo"].out
    assert built.reason == "built from card.yaml"
    assert "release gate demo:1" in story.told["build demo"].out
    assert "release approve demo:1" in story.told["gate demo"].out
    assert f"in force from {FIRST}" in story.told["in force demo"].out
    lines = json.loads(release("list", "--on", str(ON), "--format", "json", store=story.store).out)
    assert [(line["name"], line["version"], line["state"]) for line in lines] == [
        (NAMES[0], 1, "in_force"),
        (NAMES[0], 2, "scheduled"),
        (SHIPPED, 1, "in_force"),
    ]
    found = answers(story.store)
    assert [found[NAMES[0], on][0] for on in (FIRST, ON, SECOND)] == [1, 1, 2]
    assert (story.inputs / "impact").is_dir()
    assert "compared with version 1" in story.told["gate second"].out


def test_verify_finds_every_change_and_the_answers_stay_right(story: Story, tmp_path: Path) -> None:
    store = tmp_path / "models"
    shutil.copytree(story.store, store)
    before = answers(store)
    head = ledger_of(store).head
    assert release("verify", "--since", head, store=store).code == 0

    def codes() -> set[str]:
        done = release("verify", "--since", head, "--format", "json", store=store)
        found = json.loads(done.out)
        assert done.code == (0 if found["sound"] else 1)
        return {finding["code"] for finding in found["findings"]}

    (file,) = (store / ledger_of(store).built(NAMES[0], 1).location).rglob("demo-1.yaml")
    original = file.read_bytes()
    file.write_bytes(original.replace(b"total: 100", b"total: 101"))
    assert file.read_bytes() != original
    assert codes() == {"V301"}
    mlflow = client(store_address(str(store)).uri)
    mlflow.set_model_version_tag(NAMES[0], "2", "credit-scoring.edition", "2019")
    mlflow.set_registered_model_alias(NAMES[0], "in-force", "2")
    assert codes() == {"V301", "V401", "V402"}
    mlflow.delete_model_version(SHIPPED, "1")
    assert codes() == {"V202", "V301", "V401", "V402"}
    assert answers(store) == before

    file.write_bytes(original)
    mended = release("verify", "--mend-aliases", store=store)
    assert mended.code == 1
    assert f"in-force of {NAMES[0]}: from 2 to 1" in mended.err
    # The version in force is gone from MLflow, so its alias cannot be set.
    assert f"an alias could not be set: {SHIPPED}" in mended.err
    assert "V202" in mended.out
    assert codes() == {"V202", "V401", "V402"}
    line = "UPDATE params SET value = replace(value, 'in order', 'in other') WHERE key = 'entry-000004'"
    with closing(sqlite3.connect(store / "registry.db")) as database, database:
        assert database.execute(line).rowcount == 1
    assert {"V102", "V103"} <= codes()
    refused = release("in-force", NAMES[0], "--on", ON, store=store)
    assert (refused.code, refused.out) == (1, "")
    assert "entry 5 does not carry the hash of entry 4" in refused.err


# Two workstations on one server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mlflow_server(tmp_path_factory.mktemp("server")) as uri:
        yield uri


@dataclass(frozen=True, slots=True)
class Workstation:
    """A folder of its own, and the server's address in the environment."""

    folder: Path
    server: str

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", "from credit_scoring.cli import main; main()", "release", *map(str, arguments)],
            cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "MLFLOW_TRACKING_URI": self.server},
        )  # fmt: skip

    def run(self, *arguments: object) -> str:
        """A command that meets no other: in this process, which spares starting one."""
        with pytest.MonkeyPatch.context() as place:
            place.chdir(self.folder)
            place.setenv("MLFLOW_TRACKING_URI", self.server)
            done = run("release", *arguments)
        assert done.code == 0, done.out + done.err
        return done.out


def test_two_workstations_on_one_server_see_and_write_one_ledger(server: str, tmp_path: Path) -> None:
    here, there = (Workstation(tmp_path / name, server) for name in ("here", "there"))
    for workstation in (here, there):
        workstation.folder.mkdir()
    policy = write_small(tmp_path / "policy", CARD, CATALOGUE)
    (there.folder / "subjects.csv").write_text(SUBJECTS, encoding="utf-8")
    (there.folder / "records.csv").write_text(RECORDS, encoding="utf-8")

    here.run("build", policy / "card.yaml", "--policy", policy, "--by", AUTHOR)
    there.run(
        "gate", "demo:1", "--subjects", "subjects.csv", "--records", "records.csv", "--on", ON, "--by", AUTHOR
    )
    both = [
        workstation.start("approve", "demo:1", "--by", name, "--reason", "in order")
        for workstation, name in ((here, "Li Si"), (there, "Wang Wu"))
    ]
    for process in both:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, out + err
    here.run("put-in-force", "demo:1", "--from", FIRST, "--by", APPROVER, "--reason", "decided")

    entries = ledger_of(server).entries
    assert [entry.kind for entry in entries] == [
        "opened",
        "built",
        "gated",
        "approved",
        "approved",
        "put_in_force",
    ]
    assert {entry.by for entry in entries[3:5]} == {"Li Si", "Wang Wu"}
    for question in (
        ("list", "--on", ON, "--format", "json"),
        ("in-force", "demo", "--on", ON, "--format", "json"),
        ("show", "demo", "--on", ON, "--format", "json"),
    ):
        assert here.run(*question) == there.run(*question)
    assert ledger_of(server).head in there.run("verify", "--since", ledger_of(server).head)
    there.run("dossier", "demo@in-force", "--on", ON)
    assert (there.folder / "demo-1" / "public-notice.zh.html").is_file()
    # The server keeps everything: a workstation has only what was asked for.
    assert sorted(path.name for path in here.folder.iterdir()) == []
