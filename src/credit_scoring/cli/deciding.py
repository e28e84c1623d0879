"""`credit-scoring release approve|put-in-force|retire`: decisions, each one entry of the ledger."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from credit_scoring.cli.options import By, Reason, Release, Store, now, output, parse_day, progress

if TYPE_CHECKING:
    from credit_scoring.releases.entries import Approved, PutInForce, Retired


def approve_command(
    release: Release,
    by: By,
    reason: Reason,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="CHECK",
            help="A check against the release that is accepted, such as impact:grades_moved; repeatable.",
        ),
    ] = None,
    store: Store = None,
) -> None:
    """Approve a release on the evidence of its latest gates; the approver is another person than the author."""
    from credit_scoring.releases.deciding import approve

    entry = approve(
        release, by=by, reason=reason, at=now(), accept=tuple(accept or ()), store=store, warn=warn
    )
    _print(entry, f"approved on the gate report {entry.report_sha256[:12]}")
    if entry.accepted:
        output().print(f"accepted: {escape(', '.join(entry.accepted))}")
    output().print(
        f"Next: credit-scoring release put-in-force {escape(str(release))} --from DATE --by NAME --reason TEXT",
        soft_wrap=True,
    )


def put_in_force_command(
    release: Release,
    from_: Annotated[
        date, typer.Option("--from", parser=parse_day, metavar="DATE", help="First day in force.")
    ],
    by: By,
    reason: Reason,
    store: Store = None,
) -> None:
    """Put an approved release in force from a day; the one before it ends on that day."""
    from credit_scoring.releases.deciding import put_in_force

    entry = put_in_force(release, from_=from_, by=by, reason=reason, at=now(), store=store, warn=warn)
    until = "" if entry.until is None else f" until before {entry.until}, as its edition says"
    _print(entry, f"in force from {entry.from_}{until}")


def retire_command(
    release: Release,
    from_: Annotated[
        date,
        typer.Option(
            "--from", parser=parse_day, metavar="DATE", help="First day on which it is no longer in force."
        ),
    ],
    by: By,
    reason: Reason,
    store: Store = None,
) -> None:
    """End a release from a day, without a successor; a release that is only scheduled is cancelled."""
    from credit_scoring.releases.deciding import retire

    entry = retire(release, from_=from_, by=by, reason=reason, at=now(), store=store, warn=warn)
    _print(entry, f"no longer in force from {entry.from_}")


def warn(message: str) -> None:
    """Something beside the decision, which stands: on standard error."""
    progress().print(f"warning: {escape(message)}", soft_wrap=True)


def _print(entry: Approved | PutInForce | Retired, what: str) -> None:
    output().print(f"[bold]{escape(entry.name)}:{entry.version}[/] {what}")
    output().print(f"by {escape(entry.by)} at {entry.at}: {escape(entry.reason)}", soft_wrap=True)
    output().print(f"entry {entry.number} of the ledger")
