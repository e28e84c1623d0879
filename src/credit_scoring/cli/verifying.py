"""`credit-scoring release verify`."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.listing import Day
from credit_scoring.cli.options import As, Format, Store, counted, output, progress, today
from credit_scoring.errors import ReleaseError

if TYPE_CHECKING:
    from credit_scoring.releases.verifying import Finding, Verified


def verify_command(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Name of a scorecard [default: all].")
    ] = None,
    on: Day = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="HASH", help="Head of the ledger noted earlier; it must still be in the chain."
        ),
    ] = None,
    mend_aliases: Annotated[
        bool, typer.Option("--mend-aliases", help="First set the aliases in MLflow to what the ledger says.")
    ] = False,
    store: Store = None,
    as_: As = Format.table,
) -> None:
    """Check every file, report, tag and alias, and the chain of the ledger. Ends with 1 if something was changed."""
    from credit_scoring.releases.verifying import verify

    day = on or today()
    errors = progress()
    if mend_aliases:
        _mend(day, store, errors)
    with errors.status("opening the store") as status:
        verified = verify(
            name,
            on=day,
            store=store,
            since=since,
            report=lambda step: status.update(f"{escape(step)} …"),
        )
    if as_ is Format.json:
        typer.echo(json.dumps(_plain(verified), ensure_ascii=False, indent=2))
    else:
        _print(verified)
    if not verified.sound:
        raise typer.Exit(1)


def _mend(day: date, store: str | None, errors: Console) -> None:
    """What cannot be mended is said, and looked at all the same."""
    from credit_scoring.releases.aliases import mend

    try:
        mirrored = mend(on=day, store=store)
    except ReleaseError as error:
        errors.print(f"warning: no alias was set: {escape(str(error))}", soft_wrap=True)
        return
    for change in mirrored.changes:
        before, after = (version or "no version" for version in (change.before, change.after))
        errors.print(f"in-force of {escape(change.name)}: from {before} to {after}")
    for failure in mirrored.failures:
        errors.print(f"warning: an alias could not be set: {escape(failure)}", soft_wrap=True)


def _plain(verified: Verified) -> dict[str, object]:
    return {
        "sound": verified.sound,
        "head": verified.head,
        "entries": verified.entries,
        "releases": verified.releases,
        "reports": verified.reports,
        "findings": [_line(finding) for finding in verified.findings],
    }


def _line(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "version": finding.version,
        "message": finding.message,
        "warning": finding.kind.warning,
        "meaning": finding.kind.meaning,
        "remedy": finding.kind.remedy,
    }


def _print(verified: Verified) -> None:
    screen = output()
    if verified.findings:
        table = Table(title=counted(len(verified.findings), "finding"))
        for head in ("code", "where", "found", "what it means", "what to do"):
            table.add_column(head, overflow="fold")
        for finding in verified.findings:
            table.add_row(
                finding.code,
                escape(finding.where),
                escape(finding.message),
                finding.kind.meaning,
                escape(finding.kind.remedy),
                style="yellow" if finding.kind.warning else "red",
            )
        screen.print(table)
    screen.print(
        f"looked at {counted(verified.releases, 'release')}, {counted(verified.reports, 'gate report')}, "
        f"{verified.entries:,} entries of the ledger: "
        + ("as released" if verified.sound else "[red]not as released[/]")
    )
    if verified.head is not None:
        screen.print(f"head of the ledger, to be noted outside of the store: {verified.head}", soft_wrap=True)
