"""A store of our own: a SQLite file and folders, with what happens when it is killed, moved, locked, broken or tampered with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from credit_scoring.errors import (
    DecisionError,
    NotFoundError,
    OutputError,
    ReleaseError,
    StoreError,
    TamperedError,
)
from credit_scoring.releases.entries import ENTRY, Built, Gated, text_of
from credit_scoring.releases.store import appending, sqlite_source
from credit_scoring.releases.store.address import Address, store_address
from credit_scoring.releases.store.reading import fetch_model, fetch_report, read_ledger
from credit_scoring.releases.store.registry import Registry
from releases.chains import gated_fields
from releases.writers import (
    After,
    a_built,
    a_model,
    all_at_once,
    appended,
    ended,
    interrupt,
    killed_while_releasing,
    processes,
    release,
    with_client,
)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as MLflow makes it, with nothing in it."""
    address = store_address(str(tmp_path_factory.mktemp("blank")))
    Registry.open(address, create=True)
    return Path(address.uri.removeprefix("sqlite:///"))


@dataclass
class Store:
    """A store with one release in it."""

    address: Address
    registry: Registry
    model: Path
    built: Built

    @property
    def file(self) -> Path:
        assert self.address.database is not None
        return self.address.database

    @property
    def folder(self) -> Path:
        assert self.address.folder is not None
        return self.address.folder

    def sql(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture
def empty(blank: Path, tmp_path: Path) -> Address:
    """A store without a ledger, in a folder with an awkward name."""
    folder = tmp_path / "模 型%41#"
    folder.mkdir()
    shutil.copy(blank, folder / "registry.db")
    return store_address(str(folder))


@pytest.fixture
def store(empty: Address, tmp_path: Path) -> Store:
    registry = Registry.open(empty, create=True)
    model = a_model(tmp_path / "saved")
    return Store(empty, registry, model, release(registry, model))


# Where it is


def test_the_option_wins_over_the_variable_and_that_over_the_folder_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert store_address() == Address(
        uri=f"sqlite:///{tmp_path}/models/registry.db", folder=tmp_path / "models"
    )
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000/")
    assert store_address() == Address(uri="http://localhost:5000", folder=None)
    assert store_address("other").folder == tmp_path / "other"
    assert store_address(f"sqlite:///{tmp_path}/x/own.db").database == tmp_path / "x" / "own.db"


def test_a_password_in_an_address_is_not_shown() -> None:
    assert str(store_address("https://ann:secret@host/x")) == "https://host/x"
    assert str(store_address("postgresql+psycopg://ann:se@cret@host/x")) == "postgresql+psycopg://host/x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file:///tmp/x", "two writers lose entries: name its folder without 'file:'"),
        ("a?b", r"'\?' in its path"),
    ],
)
def test_what_cannot_keep_a_ledger_is_refused(text: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        store_address(text)


def test_reading_never_makes_a_store(tmp_path: Path, empty: Address) -> None:
    nowhere = store_address(str(tmp_path / "nowhere"))
    with pytest.raises(NotFoundError, match=r"no store of releases at .*nowhere.*build a release first"):
        read_ledger(nowhere)
    with pytest.raises(NotFoundError, match="no store of releases at"):
        Registry.open(nowhere)
    assert not (tmp_path / "nowhere").exists()
    before = tables(empty)
    with pytest.raises(NotFoundError, match="has no ledger of releases: build a release first"):
        read_ledger(empty)
    with pytest.raises(NotFoundError, match="has no ledger of releases"):
        Registry.open(empty)
    assert tables(empty) == before


def tables(address: Address) -> list[str]:
    assert address.database is not None
    with closing(sqlite3.connect(address.database)) as connection:
        return list(connection.iterdump())


def test_reading_needs_no_mlflow_and_little_time(store: Store, tmp_path: Path) -> None:
    program = f"""
import sys, time
from pathlib import Path
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.reading import fetch_model, read_ledger
address = store_address({str(store.folder)!r})
start = time.perf_counter()
ledger = read_ledger(address)
took = time.perf_counter() - start
fetch_model(address, ledger.built("public", 1), Path({str(tmp_path / "out")!r}))
print(took, sorted(n for n in sys.modules if n.split(".")[0] in ("mlflow", "sqlalchemy", "pandas", "requests")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    took, loaded = done.stdout.split(" ", 1)
    assert loaded.strip() == "[]"
    assert float(took) < 0.3


# What it holds


def test_a_release_comes_back_as_it_was_stored(store: Store, tmp_path: Path) -> None:
    ledger = read_ledger(store.address)
    assert ledger.built("public", 1) == store.built
    assert [entry.kind for entry in ledger.entries] == ["opened", "built"]
    assert ledger == store.registry.ledger()
    out = tmp_path / "out"
    fetch_model(store.address, ledger.built("public", 1), out)
    assert contents(out) == contents(store.model)
    assert store.registry.names() == ("public",)
    (version,) = store.registry.versions("public")
    assert (version.version, version.model_id, version.status) == (1, store.built.model_id, "READY")
    assert version.tags == {"credit-scoring.edition": "2026"}
    assert store.registry.versions("other") == ()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_aliases_and_tags_are_set_for_people(store: Store) -> None:
    store.registry.set_alias("public", "in-force", 1)
    assert [(alias.name, alias.version) for alias in store.registry.aliases("public")] == [("in-force", 1)]
    store.registry.set_alias("public", "in-force", None)
    store.registry.set_alias("public", "in-force", None)
    store.registry.set_alias("other", "in-force", None)
    assert store.registry.aliases("public") == store.registry.aliases("other") == ()
    store.registry.tag("public", 1, "credit-scoring.author", "Ann")
    assert store.registry.versions("public")[0].tags["credit-scoring.author"] == "Ann"
    with pytest.raises(StoreError, match=r"setting the alias in-force of public .* version=9\) not found"):
        store.registry.set_alias("public", "in-force", 9)


def test_the_number_of_a_version_deleted_in_mlflow_is_not_used_again(store: Store) -> None:
    store.registry._client.delete_model_version("public", "1")
    assert release(store.registry, store.model).version == 2
    assert [version.version for version in store.registry.versions("public")] == [2]


def test_a_model_of_somebody_else_is_left_alone(store: Store) -> None:
    store.registry._client.create_registered_model("theirs")
    with pytest.raises(StoreError, match="has a model 'theirs' that is no scorecard of ours"):
        store.registry.register("theirs", store.model, title="x", tags={})
    assert store.registry.versions("theirs") == ()
    store.registry._client.delete_registered_model_tag("public", "credit-scoring.release")
    assert store.registry.names() == ()
    assert release(store.registry, store.model).version == 2
    assert store.registry.names() == ("public",)


def test_a_folder_with_a_link_is_not_stored(store: Store) -> None:
    (store.model / "link").symlink_to("/etc/hostname")
    with pytest.raises(ReleaseError, match="link: is no plain file"):
        store.registry.register("public", store.model, title="x", tags={})
    assert len(store.registry.versions("public")) == 1


def test_an_entry_that_mlflow_would_cut_is_refused(store: Store) -> None:
    with pytest.raises(
        DecisionError, match=r"would have 5\d\d\d characters, and the registry keeps at most 5000"
    ):
        store.registry.append(lambda ledger: a_built(ledger, "public", 2, location="x" * 4600))
    assert len(read_ledger(store.address).entries) == 2


def test_an_entry_from_a_clock_a_little_behind_takes_the_time_of_the_last_one(store: Store) -> None:
    last = store.built.at
    entry = store.registry.append(lambda ledger: a_built(ledger, "public", 2, at=last - timedelta(minutes=4)))
    assert entry.at == last
    with pytest.raises(DecisionError, match="set the clock right"):
        store.registry.append(lambda ledger: a_built(ledger, "public", 3, at=last - timedelta(minutes=6)))


# Files that are not what they were


def stored(store: Store) -> Path:
    return store.folder / store.built.location


@pytest.mark.parametrize(
    ("tamper", "findings"),
    [
        (lambda f: (f / "MLmodel").write_text("x"), ("MLmodel is changed",)),
        (lambda f: (f / "MLmodel").unlink(), ("MLmodel is missing",)),
        (lambda f: (f / "new.txt").write_text("x"), ("new.txt is new",)),
        (
            lambda f: (
                (f / "MLmodel").rename(f / "b"),
                (f / "artifacts/release/policy/卡 1.yaml").write_text(""),
            ),
            ("MLmodel is missing", "artifacts/release/policy/卡 1.yaml is changed", "b is new"),
        ),
        (
            shutil.rmtree,
            (
                "MLmodel is missing",
                "artifacts/release/manifest.json is missing",
                "artifacts/release/policy/卡 1.yaml is missing",
            ),
        ),
    ],
)
def test_files_changed_missing_and_new_are_each_named(
    store: Store, tmp_path: Path, tamper: Callable[[Path], object], findings: tuple[str, ...]
) -> None:
    tamper(stored(store))
    with pytest.raises(TamperedError) as error:
        fetch_model(store.address, store.built, tmp_path / "out")
    assert error.value.findings == findings
    assert list((tmp_path / "out").iterdir()) == []


def test_without_the_listing_the_manifest_says_what_it_can(empty: Address, tmp_path: Path) -> None:
    registry = Registry.open(empty, create=True)
    files = [{"path": "a", "sha256": hashlib.sha256(b"x").hexdigest()}]
    texts = {"artifacts/release/manifest.json": json.dumps({"files": files}), "artifacts/release/a": "x"}
    model = a_model(tmp_path / "saved", **texts)
    (model / "artifacts/release/policy/卡 1.yaml").unlink()
    manifest = hashlib.sha256(texts["artifacts/release/manifest.json"].encode()).hexdigest()
    built = release(registry, model, manifest_sha256=manifest)
    assert empty.folder is not None
    listing = next(empty.folder.rglob("files.sha256"))
    listing.write_text(listing.read_text() + "x")
    (empty.folder / built.location / "artifacts/release/a").write_text("y")
    (empty.folder / built.location / "artifacts/release/b").write_text("y")
    with pytest.raises(TamperedError) as error:
        fetch_model(empty, built, tmp_path / "out")
    assert error.value.findings[1:] == ("artifacts/release/a is changed", "artifacts/release/b is new")


def test_a_link_in_the_store_is_refused(store: Store, tmp_path: Path) -> None:
    (stored(store) / "MLmodel").unlink()
    (stored(store) / "MLmodel").symlink_to(store.model / "MLmodel")
    with pytest.raises(TamperedError, match="is no plain file"):
        fetch_model(store.address, store.built, tmp_path / "out")


def test_a_location_outside_the_store_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TamperedError, match="leads out of the store"):
        fetch_model(store.address, store.built.model_copy(update={"location": "../saved"}), tmp_path / "out")


def test_files_are_fetched_only_into_an_empty_folder(store: Store) -> None:
    with pytest.raises(OutputError, match="is not empty"):
        fetch_model(store.address, store.built, store.model)
    assert (store.model / "MLmodel").exists()
    with pytest.raises(OutputError, match="cannot be written"):
        fetch_model(store.address, store.built, store.file)


def evidence(folder: Path, text: str = '{"name":"public"}') -> tuple[Path, str]:
    (folder / "impact").mkdir(parents=True, exist_ok=True)
    (folder / "gates.json").write_text(text)
    (folder / "impact" / "moves.csv").write_text("a,b\n")
    return folder, hashlib.sha256(text.encode()).hexdigest()


def gated(store: Store, sha256: str) -> Gated:
    def make(ledger: Any) -> Gated:
        own = json.loads(text_of(a_built(ledger, "public", 1)))
        kept = {name: own[name] for name in ("format", "number", "previous", "at", "by", "reason", "nonce")}
        fields = gated_fields(1, None) | {
            "report_sha256": sha256,
            "manifest_sha256": store.built.manifest_sha256,
        }
        entry = ENTRY.validate_python(kept | fields | {"kind": "gated"})
        assert isinstance(entry, Gated)
        return entry

    entry = store.registry.append(make)
    assert isinstance(entry, Gated)
    return entry


def test_evidence_comes_back_and_a_change_of_it_is_found(store: Store, tmp_path: Path) -> None:
    folder, sha256 = evidence(tmp_path / "gates")
    store.registry.log_report(store.built, folder)
    report = gated(store, sha256)
    fetch_report(store.address, report, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(folder)
    kept = next(store.folder.rglob("gates.json"))
    kept.write_text("{}")
    with pytest.raises(TamperedError, match=r"gates.json is changed"):
        fetch_report(store.address, report, tmp_path / "out2")
    kept.unlink()
    with pytest.raises(TamperedError, match=r"gates.json is missing"):
        fetch_report(store.address, report, tmp_path / "out2")
    store.registry.log_report(store.built, folder)
    fetch_report(store.address, report, tmp_path / "out2")
    (folder / "gates.json").unlink()
    with pytest.raises(ReleaseError, match=r"holds no gates\.json"):
        store.registry.log_report(store.built, folder)


# Failing half-way


def is_clean(store: Store) -> None:
    """Nothing of a failed attempt is to be seen beside the one release."""
    assert [version.version for version in store.registry.versions("public")] == [1]
    assert store.registry.versions("second") == ()
    assert store.sql("SELECT name FROM registered_models") == [("public",)]
    active = {run for (run,) in store.sql("SELECT run_uuid FROM runs WHERE lifecycle_stage = 'active'")}
    opened = read_ledger(store.address).entries[0]
    assert active == {store.built.run_id, opened.run_id}  # type: ignore[union-attr]
    models = store.sql("SELECT model_id FROM logged_models WHERE lifecycle_stage = 'active'")
    assert models == [(store.built.model_id,)]
    assert {path.name for path in (store.folder / "artifacts" / "models").iterdir()} == {store.built.model_id}


@pytest.mark.parametrize("writes", range(1, 7))
def test_an_interruption_at_any_step_leaves_nothing(store: Store, writes: int) -> None:
    interrupted = with_client(store.registry, lambda client: After(client, writes, interrupt))
    with pytest.raises(KeyboardInterrupt):
        interrupted.register("second", store.model, title="x", tags={})
    is_clean(store)


def test_a_full_registration_takes_six_writes(store: Store) -> None:
    never = with_client(
        store.registry, lambda client: After(client, 7, lambda: pytest.fail("a seventh write"))
    )
    made = never.register("second", store.model, title="x", tags={})
    store.registry.withdraw(made)
    is_clean(store)
    store.registry.withdraw(made)


def test_a_release_is_never_withdrawn_once_the_ledger_names_it(store: Store, tmp_path: Path) -> None:
    made = store.registry.register("second", store.model, title="x", tags={})
    built = appended(store.registry, made, store.model)
    store.registry.withdraw(made)
    fetch_model(store.address, built, tmp_path / "out")
    assert len(store.registry.versions("second")) == 1


def test_a_first_version_that_is_withdrawn_leaves_the_second_of_another_writer(store: Store) -> None:
    first = store.registry.register("second", store.model, title="x", tags={})
    other = store.registry.register("second", store.model, title="x", tags={})
    store.registry.withdraw(first)
    assert [version.version for version in store.registry.versions("second")] == [other.version]


@pytest.mark.slow
def test_a_process_killed_at_any_step_leaves_a_store_that_works(store: Store, tmp_path: Path) -> None:
    exits = []
    # The name is there already, so there are five writes; the sixth is the entry of the ledger, the seventh its seal.
    for writes in (2, 5, 6, 7, 8):
        process = processes().Process(
            target=killed_while_releasing, args=(store.address, store.model, writes)
        )
        process.start()
        exits.append(ended(process))
        named = {built.version for built in read_ledger(store.address).versions("public")}
        there = {version.version for version in store.registry.versions("public")}
        assert named <= there
        for built in read_ledger(store.address).versions("public"):
            fetch_model(store.address, built, tmp_path / f"{writes}-{built.version}")
    assert exits == [-signal.SIGKILL] * 4 + [0]
    assert len(read_ledger(store.address).entries) == 2 + 3


@pytest.mark.slow
def test_a_first_writer_killed_at_any_step_leaves_a_store_that_works(empty: Address, tmp_path: Path) -> None:
    model = a_model(tmp_path / "saved")
    # Six writes store the model, the rest open the ledger; the run of a ledger may be left, and nobody sees it.
    for writes in range(7, 15):
        process = processes().Process(target=killed_while_releasing, args=(empty, model, writes))
        process.start()
        if ended(process) == 0:
            break
        with_ledger = False
        with suppress(NotFoundError):
            with_ledger = bool(read_ledger(empty).entries)
        if with_ledger:
            break
        assert Registry.open(empty, create=True).ledger().entries == ()
    release(Registry.open(empty, create=True), model)
    kinds = [entry.kind for entry in read_ledger(empty).entries]
    assert kinds[0] == "opened"
    assert set(kinds[1:]) == {"built"}


@pytest.mark.slow
def test_a_killed_maker_of_a_database_leaves_none(tmp_path: Path) -> None:
    program = (
        "import sys; from credit_scoring.releases.store.registry import Registry; "
        "from credit_scoring.releases.store.address import store_address; "
        "Registry.open(store_address(sys.argv[1]), create=True)"
    )
    folder = tmp_path / "models"
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)])
    until = time.monotonic() + 60
    while not list(folder.glob(".registry.db.*")) and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert list(folder.glob(".registry.db.*")) != []
    assert not (folder / "registry.db").exists()
    with pytest.raises(NotFoundError):
        read_ledger(store_address(str(folder)))


# Many writers


def assert_complete(address: Address, writers: int, count: int) -> None:
    ledger = read_ledger(address)
    assert len(ledger.entries) == 1 + writers * count
    assert {name: len(ledger.versions(name)) for name in ledger.names()} == {
        f"w{n}": count for n in range(writers)
    }


@pytest.mark.slow
def test_writers_who_begin_with_no_store_at_all_end_with_one_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    all_at_once(str(folder), writers=4, count=5)
    assert_complete(store_address(str(folder)), 4, 5)
    assert {path.name for path in folder.iterdir()} == {"registry.db"}
    with closing(sqlite3.connect(folder / "registry.db")) as connection:
        ledgers = "SELECT count(*) FROM runs WHERE name = 'ledger' AND lifecycle_stage = 'active'"
        assert connection.execute(ledgers).fetchone() == (1,)


@contextmanager
def locked(file: Path, seconds: float) -> Iterator[None]:
    """The database, held by another program for a time."""
    held = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            held.set()
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    try:
        yield
    finally:
        thread.join()


def test_a_lock_is_waited_for(store: Store) -> None:
    with locked(store.file, 1.0):
        store.registry.append(lambda ledger: a_built(ledger, "public", 2))
    assert len(read_ledger(store.address).entries) == 3


def test_a_lock_that_stays_is_reported(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_source, "PATIENCE", 0.05)
    monkeypatch.setattr(appending, "PATIENCE", 0.3)
    with locked(store.file, 1.5):
        with pytest.raises(StoreError, match="is locked by another program"):
            read_ledger(store.address)
        with pytest.raises(StoreError, match=r"For 0.3 seconds no entry could be written"):
            store.registry.append(lambda ledger: a_built(ledger, "public", 2))
    assert len(read_ledger(store.address).entries) == 2


def half_written(file: Path) -> None:
    """Another program, killed in the middle of a write."""
    program = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE params SET value = 'half'")
connection.execute("CREATE TABLE spill AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, hex(randomblob(50)) FROM n")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program, str(file)], check=False)
    assert file.with_name(f"{file.name}-journal").exists()


def test_a_write_left_half_done_by_a_killed_program_is_undone_by_reading(store: Store) -> None:
    before = read_ledger(store.address)
    half_written(store.file)
    assert read_ledger(store.address) == before


# Moved, broken, of another version


def test_a_store_can_be_moved_and_goes_on(store: Store, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "models"
    moved.parent.mkdir()
    store.folder.rename(moved)
    address = store_address(str(moved))
    fetch_model(address, store.built, tmp_path / "out")
    registry = Registry.open(address)
    folder, sha256 = evidence(tmp_path / "gates")
    registry.log_report(store.built, folder)
    second = release(registry, store.model)
    fetch_model(address, second, tmp_path / "out2")
    store.address, store.registry = address, registry
    fetch_report(address, gated(store, sha256), tmp_path / "out3")
    assert second.location.startswith("artifacts/models/")
    assert not (tmp_path / "模 型%41#").exists()
    assert [built.version for built in read_ledger(address).versions("public")] == [1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"this is not a database, and longer than the header of one would be" * 9,
            "cannot be read: file is not a database",
        ),
        (b"", "is empty"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "registry.db").write_bytes(content)
    address = store_address(str(tmp_path))
    with pytest.raises((StoreError, NotFoundError), match=message):
        read_ledger(address)
    assert (tmp_path / "registry.db").read_bytes() == content
    if content:
        with pytest.raises(StoreError, match="file is not a database"):
            Registry.open(address, create=True)
        assert (tmp_path / "registry.db").read_bytes() == content


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "registry.db")) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    address = store_address(str(tmp_path))
    before = tables(address)
    for use in (lambda: read_ledger(address), lambda: Registry.open(address, create=True)):
        with pytest.raises(StoreError, match="no registry of MLflow"):
            use()
    assert tables(address) == before


def test_a_database_of_a_newer_mlflow_is_read_but_not_written(store: Store) -> None:
    store.sql("UPDATE alembic_version SET version_num = 'fffffffffff0'")
    assert len(read_ledger(store.address).entries) == 2
    before = tables(store.address)
    with pytest.raises(StoreError, match=r"belongs to another version of MLflow .*fffffffffff0.* Install"):
        Registry.open(store.address, create=True)
    assert tables(store.address) == before


def test_a_database_laid_out_in_an_unknown_way_is_not_touched(store: Store) -> None:
    store.sql("UPDATE alembic_version SET version_num = 'fffffffffff0'")
    store.sql("ALTER TABLE params RENAME TO parameters")
    before = tables(store.address)
    with pytest.raises(StoreError, match="belongs to another version of MLflow"):
        read_ledger(store.address)
    assert tables(store.address) == before


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("x")
    address = store_address(str(tmp_path / "models"))
    with pytest.raises(NotFoundError):
        read_ledger(address)
    with pytest.raises(StoreError, match=r"No store of releases can be made at .*models"):
        Registry.open(address, create=True)


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """A store that nobody may write to, not even root."""
    paths = [str(folder / "registry.db"), str(folder)]
    mode = folder.stat().st_mode
    try:
        if os.geteuid() == 0:
            done = subprocess.run(["chattr", "+i", *paths], check=False, capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"files cannot be made immutable here: {done.stderr.strip()}")
        else:
            Path(paths[0]).chmod(0o444)
            folder.chmod(0o555)
        yield
    finally:
        if os.geteuid() == 0:
            subprocess.run(["chattr", "-i", *paths], check=False)
        else:
            folder.chmod(mode)
            Path(paths[0]).chmod(0o644)


def test_who_may_only_read_can_read_and_is_told_so_when_writing(store: Store, tmp_path: Path) -> None:
    # Another process's store: this one still holds the file it opened for writing.
    folder = tmp_path / "copy"
    shutil.copytree(store.folder, folder)
    address = store_address(str(folder))
    with unwritable(folder):
        assert read_ledger(address) == store.registry.ledger()
        fetch_model(address, store.built, tmp_path / "out")
        assert [version.version for version in Registry.look(address).versions("public")] == [1]
        for create in (False, True):
            with pytest.raises(StoreError, match=r"cannot be written to: .*Use an account that may"):
                Registry.open(address, create=create)
        with pytest.raises(StoreError, match="No store of releases can be made at"):
            Registry.open(store_address(str(folder / "below")), create=True)


def test_a_store_that_becomes_read_only_says_so_and_keeps_what_it_has(store: Store) -> None:
    with (
        unwritable(store.folder),
        pytest.raises(StoreError, match=r"writing to the ledger in .* it may not be written to"),
    ):
        store.registry.append(lambda ledger: a_built(ledger, "public", 2))
    assert len(read_ledger(store.address).entries) == 2


# Tampered with in MLflow or in the database


def experiment(store: Store, name: str = "credit-scoring-ledger") -> str:
    return str(store.registry._client.get_experiment_by_name(name).experiment_id)


def point_elsewhere(store: Store) -> None:
    client = store.registry._client
    run = client.create_run(experiment(store, "credit-scoring")).info.run_id
    client.set_experiment_tag(experiment(store), "credit-scoring.ledger-run", run)


def forge(store: Store) -> None:
    """Another ledger, made as the package makes it, but without what the true one says."""
    folder = store.folder.parent / "forged"
    folder.mkdir()
    with (
        closing(sqlite3.connect(folder / "registry.db")) as copy,
        closing(sqlite3.connect(store.file)) as own,
    ):
        own.backup(copy)
        for table in ("params", "runs", "experiment_tags"):
            copy.execute(f"DELETE FROM {table}")
        copy.execute("DELETE FROM experiments WHERE name LIKE 'credit-scoring%'")
        copy.execute("DELETE FROM model_version_tags")
        copy.execute("DELETE FROM model_versions")
        copy.commit()
    other = Registry.open(store_address(str(folder)), create=True)
    client = store.registry._client
    run = client.create_run(experiment(store, "credit-scoring")).info.run_id
    release(other, store.model)
    for number, entry in enumerate(other.ledger().entries, start=1):
        text = text_of(entry).replace(other.ledger().entries[0].run_id, run)  # type: ignore[union-attr]
        client.log_param(run, f"entry-{number:06d}", text)
    client.set_experiment_tag(experiment(store), "credit-scoring.ledger-run", run)


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (
            lambda s: s.registry._client.rename_experiment(experiment(s), "old"),
            "renamed to 'old'. Rename it back",
        ),
        (
            lambda s: s.registry._client.delete_experiment(experiment(s)),
            "was deleted. Restore it: `mlflow experiments restore --experiment-id",
        ),
        (
            lambda s: s.registry._client.delete_run(s.registry.ledger().entries[0].run_id),
            "that holds it was deleted. Restore it: `mlflow runs restore",
        ),
        (
            lambda s: s.registry._client.delete_experiment(experiment(s, "credit-scoring")),
            "that holds it was deleted. Restore it: `mlflow runs restore",
        ),
        (
            lambda s: s.sql("DELETE FROM experiment_tags"),
            "has lost its tag 'credit-scoring.ledger-run'. .*, probably [0-9a-f]{32}",
        ),
        (
            lambda s: s.registry._client.set_experiment_tag(experiment(s), "credit-scoring.ledger-run", "x"),
            "the run x that holds it is gone",
        ),
        (point_elsewhere, "the tag names run .*, but run .* holds a ledger too. One of them is false"),
        (forge, "the tag names run .*, but run .* holds a ledger too. One of them is false"),
        (
            lambda s: s.registry._client.rename_experiment(experiment(s, "credit-scoring"), "old"),
            "does not lie in the experiment 'credit-scoring'",
        ),
        (
            lambda s: s.sql("UPDATE params SET value = replace(value, '\"version\":1', '\"version\":2')"),
            "is not what was written|does not carry",
        ),
        (lambda s: s.sql("DELETE FROM params WHERE key = 'entry-000001'"), "entry 1 is missing"),
    ],
)
def test_a_ledger_that_was_moved_or_changed_is_refused_with_what_to_do(
    store: Store, tamper: Callable[[Store], object], message: str
) -> None:
    # An entry follows the release, so that a change of it can be found.
    store.registry.append(lambda ledger: a_built(ledger, "other", 1))
    tamper(store)
    before = tables(store.address)
    for use in (
        lambda: read_ledger(store.address),
        lambda: Registry.open(store.address, create=True),
        lambda: store.registry.append(lambda ledger: a_built(ledger, "other", 2)),
        lambda: store.registry.register("public", store.model, title="x", tags={}),
    ):
        with pytest.raises(TamperedError, match=message):
            use()
    assert tables(store.address) == before


def test_an_entry_of_a_newer_version_of_this_package_stops_reading_and_writing(store: Store) -> None:
    entry = json.loads(text_of(a_built(read_ledger(store.address), "public", 2))) | {"format": 2}
    store.registry._client.log_param(
        read_ledger(store.address).entries[0].run_id, "entry-000003", json.dumps(entry)
    )  # type: ignore[union-attr]
    for use in (
        lambda: read_ledger(store.address),
        lambda: store.registry.append(lambda ledger: a_built(ledger, "public", 2)),
    ):
        with pytest.raises(StoreError, match="newer version of credit-scoring: install"):
            use()


def test_mlflow_refuses_to_change_an_entry(store: Store) -> None:
    run = read_ledger(store.address).entries[0].run_id  # type: ignore[union-attr]
    with pytest.raises(Exception, match="Changing param values is not allowed"):
        store.registry._client.log_param(run, "entry-000002", "x")
    assert read_ledger(store.address).built("public", 1) == store.built


def test_a_deleted_experiment_of_builds_is_named(empty: Address, tmp_path: Path) -> None:
    registry = Registry.open(empty, create=True)
    number = registry._client.create_experiment("credit-scoring")
    registry._client.delete_experiment(number)
    with pytest.raises(
        StoreError, match=f"'credit-scoring' .* was deleted: restore it with .*--experiment-id {number}"
    ):
        registry.register("public", a_model(tmp_path / "saved"), title="x", tags={})
