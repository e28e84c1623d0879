"""A private PostgreSQL server: its own cluster in a temporary folder, reached by a socket in it, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PATIENCE = 60
"""Seconds until the server must answer."""
ACCOUNT = "postgres"
"""The server refuses to run as root; the package that brings it makes this account."""


class NoServerError(Exception):
    """There is no PostgreSQL server on this machine, or it cannot be run; says why."""


def programs() -> Path:
    """The folder of the newest server's programs.

    Raises:
        NoServerError: none is installed.
    """
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda p: int(p.parts[-3]) if p.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    raise NoServerError(
        "no PostgreSQL server is installed: run tests/system.sh, or apt-get install postgresql"
    )


def _account() -> str | None:
    """Whom to run the server as; None for ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT).pw_name
    except KeyError:
        raise NoServerError(f"root cannot run PostgreSQL and there is no account '{ACCOUNT}'") from None


@contextmanager
def server() -> Iterator[str]:
    """A server of our own; gives the connection string of its superuser.

    Raises:
        NoServerError: no server is installed, or it does not start.
    """
    bin_, account = programs(), _account()
    # Short: the path of a socket may not exceed about a hundred letters.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        if account is not None:
            shutil.chown(folder, account)
        data = folder / "data"
        _run(
            [bin_ / "initdb", "-D", data, "-U", ACCOUNT, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            account,
        )  # fmt: skip
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
            "max_connections": "10",
        }
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        log = (folder / "log").open("wb")
        process = subprocess.Popen(
            [bin_ / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd=folder, **_as(account)
        )
        try:
            conninfo = f"host={folder} user={ACCOUNT} dbname=postgres"
            _wait(process, conninfo, folder / "log")
            yield conninfo
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as(account: str | None) -> dict[str, object]:
    if account is None:
        return {}
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}


def _run(command: list[Path | str], account: str | None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/tmp", check=False, **_as(account))
    if done.returncode:
        raise NoServerError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")


def _wait(process: subprocess.Popen[bytes], conninfo: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(conninfo, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                said = log.read_text(errors="replace")[-2000:]
                raise NoServerError(f"PostgreSQL does not answer ({error}): {said}") from error
            time.sleep(0.05)
        else:
            return
