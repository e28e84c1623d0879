"""Real MLflow servers on this machine, for tests: their own folder, SQLite or PostgreSQL behind them, stopped afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import postgres

PATIENCE = 120
"""Seconds until a server must answer; starting one takes about eight on an idle machine."""
MODULE = [sys.executable, "-m", "mlflow"]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def mlflow_server(folder: Path, *, backend: str | None = None) -> Iterator[str]:
    """A `mlflow server` process that keeps artifacts below `folder` and hands them out itself.

    Args:
        folder: an existing or new folder; `server.log` in it is what the server said.
        backend: SQLAlchemy URL of its database; a SQLite file in the folder if None.

    Yields:
        The tracking URI, `http://127.0.0.1:PORT`.
    """
    server = Server(folder, backend=backend)
    server.start()
    try:
        yield server.uri
    finally:
        server.stop()


class Server:
    """A server that a test starts, kills, freezes and starts again on the same port."""

    def __init__(self, folder: Path, *, backend: str | None = None, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.backend = backend or f"sqlite:///{folder.resolve() / 'server.db'}"
        self.port = port or free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [
            *MODULE, "server",
            "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--backend-store-uri", self.backend,
            "--artifacts-destination", str(self.folder.resolve() / "artifacts"),
        ]  # fmt: skip
        settings = {"MLFLOW_DISABLE_TELEMETRY": "true"}
        if self.backend.startswith("postgresql"):
            # tests/postgres.py admits ten connections. A request may need a second one before it gives back its first:
            # with fewer than three, two requests at once wait for each other for thirty seconds, and fail.
            settings["MLFLOW_SQLALCHEMYSTORE_POOL_SIZE"] = "1"
            settings["MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW"] = "2"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "_MLFLOW_"))}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=environment | settings,
                cwd=self.folder,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError) as error:
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > until:
                    said = (self.folder / "server.log").read_text(errors="replace")[-3000:]
                    raise RuntimeError(f"mlflow server does not answer ({error}): {said}") from error
                time.sleep(0.1)

    def stop(self) -> None:
        """End the server and the processes it started; without effect on one that has ended."""
        if self.process is None:
            return
        # It leads a session of its own, so the group holds its workers and nothing else.
        # Asked to end it waits for clients that keep a connection, as this process does; nothing is lost if it is killed.
        for how, patience in ((signal.SIGTERM, 1), (signal.SIGKILL, 10)):
            self.send(how)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            break
        self.send(signal.SIGKILL)
        self.process = None

    def send(self, what: signal.Signals) -> None:
        """A signal to the server and its workers: SIGSTOP freezes it, SIGCONT lets it go on."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, what)


@contextmanager
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a private PostgreSQL server with an empty database."""
    with postgres.server() as conninfo:
        parts = dict(part.split("=", 1) for part in conninfo.split())
        yield f"postgresql+psycopg://{parts['user']}@/{parts['dbname']}?host={parts['host']}"
