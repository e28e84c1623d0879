"""A store with one small release, evidence as gates leave it, and the command line as a person uses it."""

from __future__ import annotations

import hashlib
import io
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

from credit_scoring.cli import main
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.gathering import default_configs
from credit_scoring.releases.building import build_release
from credit_scoring.releases.checks import Check, Compared, GateReport
from credit_scoring.releases.entries import FORMAT, Built, Gated
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.reading import read_ledger
from credit_scoring.releases.store.registry import Registry
from credit_scoring.scoring.record import InputUsed
from policy.texts import CARD, CATALOGUE, INSTRUMENTS, write_policy

HERE = timezone(timedelta(hours=8))
AT = datetime(2025, 6, 2, 9, 30, tzinfo=HERE)
"""When everything here is decided, unless a test lets time pass."""
TODAY = AT.date()
AUTHOR, APPROVER = "Zhang San", "Li Si"


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


def run(*arguments: object) -> Done:
    """The entry point with its error handling, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["credit-scoring", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def release(*arguments: object, store: object) -> Done:
    """A command about releases in a store."""
    return run("release", *arguments, "--store", store)


def write_small(folder: Path, card: str, catalogue: str) -> Path:
    """The files of a small scorecard with a catalogue of its own."""
    law = INSTRUMENTS.split("\n", 1)[1]
    # The terms of the package cite its legal texts.
    texts = (default_configs() / "instruments.yaml").read_text(encoding="utf-8")
    return write_policy(folder, card, catalogue=catalogue, instruments=f"{texts.rstrip()}\n{law}")


def build(
    store: object,
    folder: Path,
    card: str = CARD,
    *,
    catalogue: str = CATALOGUE,
    at: datetime = AT,
    by: str = AUTHOR,
) -> Built:
    """A release of a small scorecard of its own catalogue."""
    policy = write_small(folder, card, catalogue)
    return build_release(
        policy / "card.yaml",
        author=by,
        reason="a first edition",
        at=at,
        store=str(store),
        policy=[policy],
        on=at.date(),
    )


def new_edition(card: str = CARD, *, edition: str = "2", first: str = "2024-01-01") -> str:
    """A second edition: honours count more."""
    text = card.replace('edition: "1"', f'edition: "{edition}"').replace("from: 2024-01-01", f"from: {first}")
    return text.replace("per: 1, points: 5", "per: 1, points: 6")


def check(gate: str, name: str, *, failed: bool, acceptable: bool) -> Check:
    """A check with an outcome."""
    words = Title(zh="检查", en="A check")
    return Check.model_validate(
        {
            "gate": gate,
            "name": name,
            "title": words,
            "outcome": "failed" if failed else "passed",
            "found": "0.2",
            "limit": "0.1",
            "detail": words,
            "acceptable": acceptable,
        }
    )


MOVED = check("impact", "grades_moved", failed=True, acceptable=True)
WRONG = check("golden", "duckdb", failed=True, acceptable=False)
FINE = check("policy", "problems", failed=False, acceptable=False)


def go_through_gates(
    store: object, name: str, version: int, checks: Sequence[Check] = (FINE,), *, at: datetime = AT
) -> Gated:
    """Leave the evidence and the entry that a run of the gates leaves, with outcomes of a test's choice."""
    registry = Registry.open(store_address(str(store)))
    ledger = registry.ledger()
    built = ledger.built(name, version)
    before = ledger.to_compare_with(name, at.date())
    table = InputUsed(name="t.csv", rows=1, sha256="0" * 64)
    report = GateReport(
        name=name,
        version=version,
        manifest_sha256=built.manifest_sha256,
        code_version="0",
        code_sha256="1" * 64,
        on=at.date(),
        known_by=at.date(),
        subjects=table,
        records=table,
        coverage=None,
        segments=None,
        compared_with=None
        if before is None
        else Compared(version=before.version, manifest_sha256=before.manifest_sha256),
        terms_sha256="2" * 64,
        checks=tuple(checks),
    )
    text = report.model_dump_json(indent=2)
    with _folder(text) as folder:
        registry.log_report(built, folder)

    def entry(ledger: Ledger) -> Gated:
        return Gated(
            format=FORMAT,
            number=len(ledger.entries) + 1,
            previous=ledger.head,
            at=at,
            by=AUTHOR,
            reason="gates",
            nonce=hashlib.sha256(ledger.head.encode()).hexdigest()[:32],
            kind="gated",
            name=name,
            version=version,
            manifest_sha256=built.manifest_sha256,
            report_sha256=hashlib.sha256(text.encode()).hexdigest(),
            against=tuple(c.id for c in report.against),
            acceptable=tuple(c.id for c in report.against if c.acceptable),
            compared_with=None if before is None else before.version,
            on=at.date(),
        )

    done = registry.append(entry)
    assert isinstance(done, Gated)
    return done


@contextmanager
def _folder(text: str) -> Iterator[Path]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        (Path(place) / "gates.json").write_text(text, encoding="utf-8")
        yield Path(place)


def ledger_of(store: object) -> Ledger:
    """As it stands."""
    return read_ledger(store_address(str(store)))


def copy_of(store: Path, to: Path) -> Path:
    """A store of one's own to change."""
    shutil.copytree(store, to)
    return to


def day(text: str) -> date:
    """A day."""
    return date.fromisoformat(text)
