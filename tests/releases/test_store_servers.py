"""The store behind real servers of MLflow, with SQLite and with PostgreSQL, and behind servers that are none."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from credit_scoring.errors import NotFoundError, StoreError, TamperedError
from credit_scoring.releases.entries import ENTRY, Opened, text_of
from credit_scoring.releases.ledger import Ledger, key_of
from credit_scoring.releases.store.address import Address, store_address
from credit_scoring.releases.store.reading import fetch_model, fetch_report, read_ledger
from credit_scoring.releases.store.registry import Registry
from postgres import NoServerError
from releases.chains import built_fields, noon
from releases.servers import Server, postgres_url
from releases.writers import After, a_built, a_model, all_at_once, interrupt, release, with_client

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Servers:
    """Two servers, and the database of the second."""

    sqlite: Server
    postgres: Server
    database: str

    def address(self, backend: str) -> Address:
        return store_address(getattr(self, backend).uri)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        try:
            database = stack.enter_context(postgres_url())
        except NoServerError as error:
            pytest.skip(str(error))
        both = Servers(Server(folder / "sqlite"), Server(folder / "postgres", backend=database), database)
        for server in (both.sqlite, both.postgres):
            stack.callback(server.stop)
        starting = [threading.Thread(target=server.start) for server in (both.sqlite, both.postgres)]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        yield both


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return a_model(tmp_path / "saved")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_writers_who_begin_at_once_lose_no_entry_and_end_with_one_ledger(
    servers: Servers, backend: str
) -> None:
    address = servers.address(backend)
    with pytest.raises(NotFoundError, match="has no ledger of releases"):
        read_ledger(address)
    all_at_once(address.uri, writers=2, count=3)
    ledger = read_ledger(address)
    assert {name: len(ledger.versions(name)) for name in ledger.names()} == {"w0": 3, "w1": 3}
    assert len(ledger.entries) == 7
    found = Registry.open(address)._client.search_runs(["1"], "attributes.run_name = 'ledger'")
    assert [run.info.run_id for run in found] == [ledger.entries[0].run_id]  # type: ignore[union-attr]


def test_a_release_and_its_evidence_come_back_as_they_were_stored(
    servers: Servers, model: Path, tmp_path: Path
) -> None:
    address = servers.address("postgres")
    registry = Registry.open(address, create=True)
    built = release(registry, model, name="sector")
    fetch_model(address, built, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(model)
    (tmp_path / "gates" / "impact").mkdir(parents=True)
    (tmp_path / "gates" / "gates.json").write_text("{}")
    (tmp_path / "gates" / "impact" / "moves.csv").write_text("x")
    registry.log_report(built, tmp_path / "gates")
    fields = {"report_sha256": hashlib.sha256(b"{}").hexdigest(), "manifest_sha256": built.manifest_sha256}
    shared = ("format", "number", "previous", "at", "by", "reason", "nonce", "name", "version")

    def gated(ledger: Ledger) -> Any:
        own = json.loads(text_of(a_built(ledger, "sector", built.version)))
        more = {"kind": "gated", "against": [], "acceptable": [], "compared_with": None, "on": "2026-01-01"}
        return ENTRY.validate_python({name: own[name] for name in shared} | more | fields)

    entry = registry.append(gated)
    assert entry.kind == "gated"
    fetch_report(address, entry, tmp_path / "report")
    assert contents(tmp_path / "report") == contents(tmp_path / "gates")
    registry.set_alias("sector", "in-force", built.version)
    assert registry.aliases("sector")[0].version == built.version
    assert registry.names() == ("sector",)


def stored(servers: Servers, model_id: str) -> Path:
    return next((servers.sqlite.folder / "artifacts").glob(f"*/models/{model_id}/artifacts"))


def test_files_changed_on_the_server_are_named(servers: Servers, model: Path, tmp_path: Path) -> None:
    address = servers.address("sqlite")
    built = release(Registry.open(address, create=True), model, name="changed")
    folder = stored(servers, built.model_id)
    (folder / "MLmodel").write_text("x")
    (folder / "artifacts" / "release" / "policy" / "卡 1.yaml").unlink()
    (folder / "artifacts" / "new").write_text("x")
    with pytest.raises(TamperedError) as error:
        fetch_model(address, built, tmp_path / "out")
    assert error.value.findings == (
        "MLmodel is changed",
        "artifacts/new is new",
        "artifacts/release/policy/卡 1.yaml is missing",
    )


@pytest.mark.parametrize("writes", [1, 3, 8])
def test_an_interruption_at_any_step_leaves_nothing(servers: Servers, model: Path, writes: int) -> None:
    registry = Registry.open(servers.address("sqlite"), create=True)
    client = registry._client
    before = [run.info.run_id for run in client.search_runs(["1"])]
    interrupted = with_client(registry, lambda c: After(c, writes, interrupt))
    with pytest.raises(KeyboardInterrupt):
        interrupted.register("interrupted", model, title="x", tags={})
    assert registry.versions("interrupted") == ()
    assert client.search_registered_models("name = 'interrupted'") == []
    assert [run.info.run_id for run in client.search_runs(["1"])] == before
    assert client.search_logged_models(["1"], filter_string="name = 'interrupted'") == []


def test_reading_needs_no_mlflow_and_little_time(servers: Servers, model: Path, tmp_path: Path) -> None:
    address = servers.address("postgres")
    built = release(Registry.open(address, create=True), model, name="light")
    program = f"""
import sys, time
from pathlib import Path
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.reading import fetch_model, read_ledger
address = store_address({address.uri!r})
start = time.process_time()
ledger = read_ledger(address)
took = time.process_time() - start
fetch_model(address, ledger.built("light", {built.version}), Path({str(tmp_path / "out")!r}))
print(took, sorted(n for n in sys.modules if n.split(".")[0] in ("mlflow", "sqlalchemy", "pandas", "requests")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    took, loaded = done.stdout.split(" ", 1)
    assert loaded.strip() == "[]"
    assert float(took) < 0.3
    assert contents(tmp_path / "out") == contents(model)


def test_a_database_without_its_server_can_be_read_and_appended_to(servers: Servers, model: Path) -> None:
    direct = store_address(servers.database)
    assert read_ledger(direct) == read_ledger(servers.address("postgres"))
    registry = Registry.open(direct)
    registry.append(lambda ledger: a_built(ledger, "direct", 1))
    assert read_ledger(servers.address("postgres")).built("direct", 1)


def test_an_empty_database_stays_empty_and_one_that_does_not_answer_is_named(servers: Servers) -> None:
    import psycopg

    plain = servers.database.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE nothing")
    empty = store_address(servers.database.replace("/postgres?", "/nothing?"))
    for use in (lambda: read_ledger(empty), lambda: Registry.open(empty)):
        with pytest.raises(NotFoundError, match=r"is empty: build a release first"):
            use()
    with psycopg.connect(plain.replace("/postgres?", "/nothing?")) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)
    started = time.monotonic()
    for use in (
        lambda: read_ledger(store_address("postgresql+psycopg://x@127.0.0.1:1/x")),
        lambda: Registry.open(store_address("postgresql+psycopg://x@127.0.0.1:1/x"), create=True),
    ):
        with pytest.raises(
            StoreError, match=r"looking for a registry in the store postgresql\+psycopg://127.0.0.1:1/x"
        ):
            use()
    assert time.monotonic() - started < 15


def test_a_long_ledger_is_read_whole(servers: Servers) -> None:
    registry = Registry.open(servers.address("postgres"), create=True)
    ledger = registry.ledger()
    opened = ledger.entries[0]
    assert isinstance(opened, Opened)
    texts, number, head = {}, len(ledger.entries), ledger.head
    for version in range(1, 1201):
        number += 1
        fields = {
            "format": 1,
            "number": number,
            "previous": head,
            "at": noon(0),
            "by": "Ann",
            "reason": "长" * 500,
        }
        entry = ENTRY.validate_python(
            fields | {"nonce": f"{number:032x}", "kind": "built"} | built_fields(version) | {"name": "long"}
        )
        texts[key_of(number)] = text_of(entry)
        head = hashlib.sha256(text_of(entry).encode()).hexdigest()
    from mlflow.entities import Param

    pending = [Param(key, text) for key, text in texts.items()]
    for first in range(0, len(pending), 100):
        registry._client.log_batch(opened.run_id, params=pending[first : first + 100])
    started = time.process_time()
    read = read_ledger(servers.address("postgres"))
    assert time.process_time() - started < 1
    assert read.head == head
    assert len(read.versions("long")) == 1200


def test_a_ledger_moved_on_the_server_is_found_out(servers: Servers) -> None:
    address = servers.address("sqlite")
    registry = Registry.open(address, create=True)
    client = registry._client
    registry.append(lambda ledger: a_built(ledger, "moved", 1))
    experiment = client.get_experiment_by_name("credit-scoring-ledger")
    run_id = experiment.tags["credit-scoring.ledger-run"]

    def refused(message: str) -> None:
        with pytest.raises(TamperedError, match=message):
            read_ledger(address)
        with pytest.raises(TamperedError, match=message):
            Registry.open(address, create=True)

    client.rename_experiment(experiment.experiment_id, "other")
    refused("was renamed to 'other'. Rename it back")
    client.rename_experiment(experiment.experiment_id, "credit-scoring-ledger")
    client.delete_experiment(experiment.experiment_id)
    refused("was deleted. Restore it")
    client.restore_experiment(experiment.experiment_id)
    client.set_experiment_tag(experiment.experiment_id, "credit-scoring.ledger-run", "f" * 32)
    refused(f"the run {'f' * 32} that holds it is gone.*probably {run_id}")
    client.set_experiment_tag(
        experiment.experiment_id, "credit-scoring.ledger-run", client.create_run("1").info.run_id
    )
    refused(f"run {run_id} holds a ledger too")
    client.set_experiment_tag(experiment.experiment_id, "credit-scoring.ledger-run", run_id)
    client.delete_run(run_id)
    refused(f"the run {run_id} that holds it was deleted. Restore it")
    client.restore_run(run_id)
    assert read_ledger(address).built("moved", 1)


# Servers that fail. They come last: a server is killed.


def test_a_server_that_freezes_or_is_killed_is_reported_and_nothing_is_half_done(
    servers: Servers, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, server = servers.address("sqlite"), servers.sqlite
    registry = Registry.open(address, create=True)
    before = read_ledger(address)
    server.send(signal.SIGSTOP)
    try:
        with monkeypatch.context() as patience:
            patience.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
            started = time.monotonic()
            with pytest.raises(StoreError, match="does not answer: nothing came within 1 seconds"):
                read_ledger(address)
            with pytest.raises(StoreError, match="does not answer: nothing came within 1 seconds"):
                Registry.open(address, create=True)
            assert time.monotonic() - started < 10
    finally:
        server.send(signal.SIGCONT)
    # A server that is gone is asked again only once: how patient MLflow is with one is not what is shown here.
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    killed = with_client(registry, lambda c: After(c, 4, lambda: server.send(signal.SIGKILL)))
    with pytest.raises(StoreError, match="storing a release of killed in the store"):
        killed.register("killed", model, title="x", tags={})
    with pytest.raises(
        StoreError, match=r"does not answer: .*refused.* Check the address and that the server is running"
    ):
        read_ledger(address)
    server.stop()
    server.start()
    assert read_ledger(address) == before
    assert registry.versions("killed") == ()
    assert release(Registry.open(address), model, name="killed").version == 1


class Answers(BaseHTTPRequestHandler):
    """Whatever a server that is none may say."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b"<html>hello"
    seen: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        Answers.seen.append(self.headers.get("Authorization"))
        self.send_response(self.status)
        if self.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/login")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_GET  # noqa: N815 - the names are those of the library

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes) -> Iterator[str]:
    monkeypatch.setattr(Answers, "status", status)
    monkeypatch.setattr(Answers, "body", body)
    monkeypatch.setattr(Answers, "seen", [])
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


MISSING = b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}'


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"<html>hello", "no tracking server of MLflow: check the address"),
        (200, b"[]", "no tracking server of MLflow"),
        (200, b"{}", "answers without 'experiment'"),
        (404, b"not here", "no tracking server of MLflow"),
        (404, b'{"detail": "x"}', "no tracking server of MLflow"),
        (400, b'{"error_code": "BAD_REQUEST", "message": "what?"}', "did not answer what was asked: what?"),
        (500, b"oh no", "failed: 500 Internal Server Error. Look at the log of its server"),
        (500, b'{"error_code": "INTERNAL_ERROR", "message": "disk full"}', "failed: disk full"),
        (503, b"", "is busy: 503 Service Unavailable"),
        (401, b"", "refuses access .*: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"),
        (403, b'{"error_code": "PERMISSION_DENIED", "message": "not you"}', "refuses access .not you."),
        (302, b"", "is elsewhere: name http://127.0.0.1:1/login"),
    ],
)
def test_what_another_server_answers_is_told(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, message: str
) -> None:
    with answering(monkeypatch, status, body) as host:
        address = store_address(f"http://ann:secret@{host}")
        for use in (lambda: read_ledger(address), lambda: Registry.open(address, create=True)):
            with pytest.raises(StoreError, match=message) as error:
                use()
            assert "secret" not in str(error.value)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("userinfo", "settings", "sent"),
    [
        ("", {}, None),
        ("ann:a%40b@", {}, basic("ann:a@b")),
        ("ann:x@", {"MLFLOW_TRACKING_USERNAME": "bo", "MLFLOW_TRACKING_PASSWORD": "y"}, basic("ann:x")),
        ("", {"MLFLOW_TRACKING_USERNAME": "bo", "MLFLOW_TRACKING_PASSWORD": "y"}, basic("bo:y")),
        ("", {"MLFLOW_TRACKING_TOKEN": "abc"}, "Bearer abc"),
    ],
)
def test_credentials_are_sent_as_mlflow_sends_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, userinfo: str, settings: dict[str, str], sent: str | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with answering(monkeypatch, 404, MISSING) as host:
        with pytest.raises(NotFoundError, match="has no ledger of releases"):
            read_ledger(store_address(f"http://{userinfo}{host}"))
        assert set(Answers.seen) == {sent}


def test_credentials_come_from_the_file_mlflow_keeps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".mlflow").mkdir()
    text = "[mlflow]\nmlflow_tracking_username = cy\nmlflow_tracking_password = 100%z\n"
    (tmp_path / ".mlflow" / "credentials").write_text(text)
    with answering(monkeypatch, 500, b"") as host:
        with pytest.raises(StoreError):
            read_ledger(store_address(f"http://{host}"))
        assert Answers.seen == [basic("cy:100%z")]


def test_nobody_at_an_address_is_reported_at_once() -> None:
    started = time.monotonic()
    for use in (
        lambda: read_ledger(store_address("http://127.0.0.1:1")),
        lambda: Registry.open(store_address("http://127.0.0.1:1"), create=True),
        lambda: read_ledger(store_address("http://no-such-host.invalid")),
    ):
        with pytest.raises(StoreError, match=r"does not answer: .* Check the address"):
            use()
    assert time.monotonic() - started < 10
