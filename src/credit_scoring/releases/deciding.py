"""Decisions about a release: gates, approval by a second person, in force from a day, retired.

Before a release is approved or put in force its every file and its evidence are fetched and hashed against the
ledger, so that nothing tampered with ever gets there. The decision itself is one entry of the ledger: it stands
there whole, or nothing has changed. The alias `in-force` of the registry follows the ledger, never the other way.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from credit_scoring.errors import (
    DecisionError,
    NotInForceError,
    TableError,
    TamperedError,
)
from credit_scoring.records.folder import written_whole
from credit_scoring.releases.case import Case
from credit_scoring.releases.checks import GateReport
from credit_scoring.releases.entries import Approved, Gated, PutInForce, Retired
from credit_scoring.releases.evidence import REPORT
from credit_scoring.releases.fingerprints import base_editions
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.opening import Released
from credit_scoring.releases.reference import Reference
from credit_scoring.releases.terms import load_terms


def _silent(_: str) -> None: ...


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)


def gate(
    reference: Reference | str,
    *,
    subjects: Path,
    records: Path,
    on: date,
    by: str,
    reason: str,
    at: datetime,
    known_by: date | None = None,
    coverage: Path | None = None,
    segments: Path | None = None,
    terms: Path | None = None,
    store: str | None = None,
    threads: int | None = None,
    memory_limit: str = "1500MB",
    out: Path | None = None,
    report: Callable[[str], None] = _silent,
    warn: Callable[[str], None] = _warn,
) -> GateReport:
    """Run every gate on a release, keep the evidence with it, and write into the ledger what was found.

    Args:
        reference: `name:version`.
        subjects: table of the subjects on whom the effect is looked at, Parquet or CSV.
        records: table of their records, Parquet or CSV.
        on: date of evaluation.
        by: who runs the gates; may be the author.
        reason: why, for the ledger.
        at: now, with its offset; the release is compared with the one in force on this day.
        known_by: leave out what was recorded later; the date of evaluation if None.
        coverage: table of what sources have delivered.
        segments: columns of text per subject to look at the effect by.
        terms: file of limits and inspection ratios; the package's own if None.
        store: folder or URI of the store of releases.
        threads: worker threads; one per core if None.
        memory_limit: memory for the engine.
        out: folder for a copy of the evidence; none is kept outside the store if None.
        report: told each step.
        warn: told what went wrong beside the decision, which stands.

    Returns:
        What the gates found, whether the release passed or not.

    Raises:
        InputError: a table cannot be used, or name or reason is empty.
        NotFoundError: no such release, or no store.
        TamperedError: the release, or the one it is compared with, is not what was released.
        DecisionError: the ledger's rules forbid the entry.
        StoreError: the store cannot be reached, read or written.
        OutputError: `out` exists or cannot be written.
    """
    from credit_scoring.releases.gates.running import run_gates

    for file in (subjects, records, coverage, segments):
        if file is not None and not file.exists():
            raise TableError(f"{file} does not exist: name the tables the gates are to look at.")
    case = Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)
    loaded = load_terms(terms)
    report("checking the files of the release")
    candidate = case.content(case.built)
    predecessor = case.compared(case.built.name)
    base = None if candidate.card.extends is None else case.compared(candidate.card.extends)
    with _kept(out) as folder:
        found = run_gates(
            candidate,
            in_force=predecessor,
            base_in_force=base,
            subjects=subjects,
            records=records,
            on=on,
            known_by=known_by,
            coverage=coverage,
            segments=segments,
            terms=loaded,
            threads=threads,
            memory_limit=memory_limit,
            out=folder,
            report=report,
        )
        report("keeping the evidence")
        case.registry.log_report(case.built, folder)
        content = (folder / REPORT).read_bytes()
        case.append(lambda ledger: _gated(found, hashlib.sha256(content).hexdigest(), case.said(ledger)))
    return found


def approve(
    reference: Reference | str,
    *,
    by: str,
    reason: str,
    at: datetime,
    accept: tuple[str, ...] = (),
    store: str | None = None,
    warn: Callable[[str], None] = _warn,
) -> Approved:
    """A second person approves a release on the evidence of its latest gates.

    Args:
        reference: `name:version`.
        by: who approves: another person than the author.
        reason: why; also why what is accepted is accepted.
        at: now, with its offset.
        accept: checks that speak against the release and are accepted, as `impact:grades_moved`.
        store: folder or URI of the store of releases.
        warn: told what went wrong beside the decision, which stands.

    Raises:
        InputError: name or reason is empty or too long.
        NotFoundError: no such release, or no store.
        TamperedError: the release or its evidence is not what the ledger says.
        DecisionError: the same person, no gates, a check against it that is not or cannot be accepted, or another
            release in force than the one it was compared with.
        StoreError: the store cannot be reached, read or written.
    """
    case = Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)
    read = case.ledger.report(case.built.name, case.built.version)

    def entry(ledger: Ledger) -> Approved:
        report = ledger.report(case.built.name, case.built.version)
        if report != read:
            raise DecisionError(
                f"The gates were run on {case} again while it was being approved: read their report, then approve."
            )
        if report is None:
            raise DecisionError(
                f"{case} has not been through the gates: run `credit-scoring release gate {case}` first."
            )
        return Approved(
            **case.said(ledger),
            kind="approved",
            manifest_sha256=case.built.manifest_sha256,
            report_sha256=report.report_sha256,
            accepted=tuple(sorted(set(accept))),
        )

    return case.decide(entry)


def put_in_force(
    reference: Reference | str,
    *,
    from_: date,
    by: str,
    reason: str,
    at: datetime,
    store: str | None = None,
    warn: Callable[[str], None] = _warn,
) -> PutInForce:
    """Put an approved release in force from a day; the one before it ends on that day.

    Args:
        reference: `name:version`.
        from_: first day in force. What was in force on days already past is never rewritten.
        by: who decides.
        reason: why.
        at: now, with its offset.
        store: folder or URI of the store of releases.
        warn: told what went wrong beside the decision, which stands.

    Raises:
        InputError: name or reason is empty or too long.
        NotFoundError: no such release, or no store.
        TamperedError: the release or its evidence is not what the ledger says.
        DecisionError: not approved, outside the days of the edition's own text, overlapping, or rewriting the past.
        StoreError: the store cannot be reached, read or written.
    """
    case = Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)
    return case.decide(
        lambda ledger: PutInForce(
            **case.said(ledger), kind="put_in_force", from_=from_, until=case.built.until
        ),
        look=lambda released: _check_base(case, released, from_),
    )


def retire(
    reference: Reference | str,
    *,
    from_: date,
    by: str,
    reason: str,
    at: datetime,
    store: str | None = None,
    warn: Callable[[str], None] = _warn,
) -> Retired:
    """End a release from a day, without a successor; at or before a scheduled beginning, that is cancelled.

    A release that is no longer what was released can be retired too: `warn` is told, and it ends.

    Args:
        reference: `name:version`.
        from_: first day on which it is no longer in force.
        by: who decides.
        reason: why.
        at: now, with its offset.
        store: folder or URI of the store of releases.
        warn: told what went wrong beside the decision, which stands.

    Raises:
        InputError: name or reason is empty or too long.
        NotFoundError: no such release, or no store.
        DecisionError: it is not in force on or after the day, or the day is past.
        StoreError: the store cannot be reached, read or written.
    """
    case = Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)
    try:
        case.content(case.built)
    except TamperedError as error:
        warn(f"{error} It is retired all the same.")
    return case.append(lambda ledger: Retired(**case.said(ledger), kind="retired", from_=from_))


def _check_base(case: Case, released: Released, from_: date) -> None:
    """Nobody has two public scores: the public scorecard inside a sector's release is the one in force on its first day.

    Raises:
        DecisionError: a release of the public scorecard is in force on the day, and it is another.
    """
    extended = released.card.extends
    if extended is None or extended not in case.ledger.names():
        return
    try:
        public = case.content(case.ledger.in_force(extended, from_))
    except NotInForceError:
        return
    inside = {released.policy.fingerprint((card,)) for card in base_editions(released.policy, released.card)}
    if public.policy.fingerprint((public.card,)) not in inside:
        raise DecisionError(
            f"{case} holds another {extended} than {public.manifest.name}:{public.built.version}, which is in force on "
            f"{from_}: build it on that one, or choose another day."
        )


def _gated(found: GateReport, sha256: str, said: dict[str, Any]) -> Gated:
    return Gated(
        **said,
        kind="gated",
        manifest_sha256=found.manifest_sha256,
        report_sha256=sha256,
        against=tuple(check.id for check in found.against),
        acceptable=tuple(check.id for check in found.against if check.acceptable),
        compared_with=None if found.compared_with is None else found.compared_with.version,
        on=found.on,
    )


@contextmanager
def _kept(out: Path | None) -> Iterator[Path]:
    """A folder for the evidence: `out`, which appears whole or not at all, or a temporary one."""
    if out is None:
        with TemporaryDirectory(prefix="credit-scoring-gates-") as place:
            yield Path(place)
    else:
        with written_whole(out, files=(), overwrite=False) as folder:
            yield folder
