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
NAMES = ("public-government-agency", "public-public-institution", "sector-building-market")
KINDS = {"enterprise": 0.4, "public_institution": 0.3, "government_agency": 0.3}


@dataclass(frozen=True, slots=True)
class Story:
    """A store as it was left, and what was said on the way."""

    store: Path
    inputs: Path
    told: dict[str, Done]


def tell(folder: Path) -> Iterator[tuple[str, Done]]:
    """Every step, by its name."""
    store, configs = folder / "models", default_configs()
    tables = ["--subjects", folder / "subjects.parquet", "--records", folder / "records.parquet"]
    population = [*tables, "--coverage", folder / "coverage.parquet", "--on", ON]
    sources = {
        name: configs / ("sectors" if name.startswith("sector") else "public") / file
        for name, file in zip(
            NAMES,
            ("public-government-agency-2020.yaml", "public-public-institution-2020.yaml", "sector-building-market.yaml"),
            strict=True,
        )
    }  # fmt: skip
    person = ("--by", APPROVER, "--reason")
    for name in NAMES:
        yield f"build {name}", release("build", sources[name], "--by", AUTHOR, store=store)
        yield f"gate {name}", release("gate", f"{name}:1", *population, "--by", AUTHOR, store=store)
        yield f"approve {name}", release("approve", f"{name}:1", *person, "in order", store=store)
        yield f"in force {name}", release("put-in-force", f"{name}:1", "--from", FIRST, *person, "decided", store=store)  # fmt: skip
    yield "verify", release("verify", store=store)

    draft = folder / "second.yaml"
    text = changed(sources[NAMES[0]].read_text(encoding="utf-8"), 'edition: "2020"', 'edition: "2026"')
    late = "{from: 0, per: 1, points: -4, units: whole}"
    draft.write_text(changed(text, late, late.replace("-4", "-5")), encoding="utf-8")
    yield "simulate", run(
        "simulate", "--from", f"{NAMES[0]}@in-force", "--to", draft, *population, "--out", folder / "impact",
        "--store", store,
    )  # fmt: skip
    yield "build second", release("build", draft, "--by", AUTHOR, store=store)
    yield "gate second", release("gate", f"{NAMES[0]}:2", *population, "--by", AUTHOR, store=store)
    yield "approve second", release("approve", f"{NAMES[0]}:2", *person, "a better text", store=store)
    yield "in force second", release("put-in-force", f"{NAMES[0]}:2", "--from", SECOND, *person, "decided", store=store)  # fmt: skip


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    invent(folder, subjects=500, shares=KINDS)
    return Story(folder / "models", folder, dict(tell(folder)))


def answers(store: Path) -> dict[tuple[str, date], tuple[int, str]]:
    """Which release was in force, with its hash, for every scorecard and some days."""
    found = {}
    for name in NAMES:
        for on in (FIRST, ON, SECOND):
            done = release("in-force", name, "--on", on, "--format", "json", store=store)
            assert done.code == 0, done.err
            said = json.loads(done.out)
            found[name, on] = (said["version"], said["content_sha256"])
    return found


def test_from_an_empty_store_to_two_editions_in_force(story: Story) -> None:
    for step, done in story.told.items():
        assert done.code == 0, f"{step}: {done.out}{done.err}"
    lines = json.loads(release("list", "--on", str(ON), "--format", "json", store=story.store).out)
    assert [(line["name"], line["version"], line["state"]) for line in lines] == [
        (NAMES[0], 1, "in_force"),
        (NAMES[0], 2, "scheduled"),
        (NAMES[1], 1, "in_force"),
        (NAMES[2], 1, "in_force"),
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

    (file,) = (store / ledger_of(store).built(NAMES[0], 1).location).rglob(
        "public-government-agency-2020.yaml"
    )
    original = file.read_bytes()
    file.write_bytes(original.replace(b"total: 1000", b"total: 1001"))
    assert file.read_bytes() != original
    assert codes() == {"V301"}
    mlflow = client(store_address(str(store)).uri)
    mlflow.set_model_version_tag(NAMES[1], "1", "credit-scoring.edition", "2019")
    assert codes() == {"V301", "V402"}
    mlflow.set_registered_model_alias(NAMES[0], "in-force", "2")
    assert codes() == {"V301", "V401", "V402"}
    mlflow.delete_model_version(NAMES[2], "1")
    assert codes() == {"V202", "V301", "V401", "V402"}
    assert answers(store) == before

    file.write_bytes(original)
    mended = release("verify", "--mend-aliases", store=store)
    assert mended.code == 1
    assert f"in-force of {NAMES[0]}: from 2 to 1" in mended.err
    # The version in force of the sector is gone from MLflow, so its alias cannot be set.
    assert f"an alias could not be set: {NAMES[2]}" in mended.err
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
        process = self.start(*arguments)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, out + err
        return out


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
