"""`credit-scoring release in-force|list|show|diff`: what the ledger and the releases say."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import (
    As,
    Format,
    Lang,
    Language,
    Store,
    counted,
    output,
    parse_day,
    parse_release,
    say,
    today,
)
from credit_scoring.releases.reference import Reference

if TYPE_CHECKING:
    from credit_scoring.releases.checks import Check
    from credit_scoring.releases.listing import InForce, Line, Span
    from credit_scoring.releases.manifest import Manifest
    from credit_scoring.releases.showing import Shown

Day = Annotated[
    date | None,
    typer.Option("--on", parser=parse_day, metavar="DATE", help="The day to look at [default: today]."),
]
Either = Annotated[
    Reference,
    typer.Argument(parser=parse_release, metavar="NAME:VERSION|NAME@in-force", help="A release."),
]


def in_force_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the scorecard.")],
    on: Day = None,
    store: Store = None,
    as_: As = Format.table,
) -> None:
    """The release in force on any day, who decided it and on what evidence: by the ledger alone."""
    from credit_scoring.releases.listing import in_force

    found = in_force(name, on=on or today(), store=store)
    if as_ is Format.json:
        typer.echo(found.model_dump_json(indent=2))
        return
    _print_in_force(found, output())


def _print_in_force(found: InForce, screen: Console) -> None:
    grid = _grid()
    grid.add_row("in force", f"[bold]{escape(found.name)}:{found.version}[/] on {found.on}")
    grid.add_row("edition", f"{escape(found.edition)} for {found.subject_type}")
    _add_span(grid, found.span)
    grid.add_row(
        "approved", f"by {escape(found.approver)} at {found.approved_at}: {escape(found.approval_reason)}"
    )
    if found.accepted:
        grid.add_row("accepted", escape(", ".join(found.accepted)))
    grid.add_row("built", f"by {escape(found.author)} at {found.built_at}")
    grid.add_row("content", found.content_sha256)
    grid.add_row("manifest", found.manifest_sha256)
    grid.add_row("files", found.files_sha256)
    grid.add_row("gate report", found.report_sha256)
    grid.add_row("ledger head", found.ledger_head)
    screen.print(grid)


def list_command(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Name of a scorecard [default: all].")
    ] = None,
    on: Day = None,
    store: Store = None,
    as_: As = Format.table,
) -> None:
    """List releases with their state, days in force, author and approver."""
    from credit_scoring.releases.listing import list_releases

    day = on or today()
    lines = list_releases(name, on=day, store=store)
    if as_ is Format.json:
        typer.echo(
            json.dumps([found.model_dump(mode="json") for found in lines], ensure_ascii=False, indent=2)
        )
        return
    table = Table(title=f"{counted(len(lines), 'release')} on {day}")
    for head in ("release", "edition", "state", "from", "until", "author", "approver", "built at", "content"):
        table.add_column(head, overflow="fold")
    for found in lines:
        table.add_row(*_cells(found), style="green" if found.state == "in_force" else None)
    output().print(table)


def _cells(found: Line) -> tuple[str, ...]:
    return (
        f"{escape(found.name)}:{found.version}",
        escape(found.edition),
        found.state.replace("_", " "),
        "" if found.from_ is None else str(found.from_),
        "" if found.until is None else str(found.until),
        escape(found.author),
        escape(found.approver or ""),
        f"{found.built_at:%Y-%m-%d %H:%M}",
        found.content_sha256[:12],
    )


def show_command(
    release: Annotated[
        str,
        typer.Argument(
            metavar="NAME[:VERSION|@in-force]", help="A release; a name alone is its newest version."
        ),
    ],
    on: Day = None,
    store: Store = None,
    lang: Lang = Language.en,
    as_: As = Format.table,
) -> None:
    """Show one release: what it is, its evidence, every decision about it. Ends with 1 if it is not as released."""
    from credit_scoring.releases.showing import show_release

    shown = show_release(release, on=on or today(), store=store)
    if as_ is Format.json:
        typer.echo(shown.model_dump_json(by_alias=True, indent=2))
    else:
        _print_shown(shown, lang=lang.value, screen=output())
    if shown.findings:
        raise typer.Exit(1)


def _print_shown(shown: Shown, *, lang: str, screen: Console) -> None:
    built, found = shown.built, shown.line
    title = "" if shown.manifest is None else f"  {say(shown.manifest.title, lang)}"
    screen.print(f"[bold]{escape(built.name)}:{built.version}[/]{title}")
    grid = _grid()
    grid.add_row("edition", f"{escape(built.edition)} for {built.subject_type}")
    end = "" if built.until is None else f" until before {built.until}"
    grid.add_row("holds", f"from {built.from_}{end}, by its own text")
    grid.add_row("state", found.state.replace("_", " "))
    for span in shown.spans:
        _add_span(grid, span)
    grid.add_row("content", built.content_sha256)
    grid.add_row("manifest", built.manifest_sha256)
    grid.add_row("files", built.files_sha256)
    grid.add_row("kept in", escape(built.location))
    if shown.manifest is not None:
        _add_manifest(grid, shown.manifest)
    screen.print(grid)
    if shown.manifest is not None:
        print_checks(shown.manifest.validation, title="validation", lang=lang, screen=screen)
    if shown.report is not None:
        print_checks(shown.report.checks, title=f"gates on {shown.report.on}", lang=lang, screen=screen)
    entries = Table("entry", "at", "what", "by", "why", title="ledger")
    for entry in shown.entries:
        entries.add_row(
            str(entry.number),
            f"{entry.at:%Y-%m-%d %H:%M}",
            entry.kind.replace("_", " "),
            escape(entry.by),
            escape(entry.reason),
        )
    screen.print(entries)
    for finding in shown.findings:
        screen.print(f"[red]not as released[/]: {escape(finding)}", soft_wrap=True)


def _add_manifest(grid: Table, manifest: Manifest) -> None:
    code, golden, data = manifest.code, manifest.golden, manifest.data
    grid.add_row("policy", manifest.policy_sha256)
    grid.add_row("code", f"{escape(code.version)}, sources {code.sha256[:12]}, lock {code.lock_sha256[:12]}")
    grid.add_row(
        "runs on",
        escape(f"Python {code.python}, " + ", ".join(f"{k} {v}" for k, v in sorted(code.libraries.items()))),
    )
    if data.kind == "stated":
        grid.add_row("points", f"stated by {escape(', '.join(data.authority))}")
    else:
        grid.add_row(
            "points",
            f"learnt ({escape(data.family)}) from {data.rows:,} rows, data {data.data_sha256[:12]}, "
            f"observed on {', '.join(str(day) for day in data.observed_on)}, window {escape(data.window)}",
        )
    for base in manifest.bases:
        grid.add_row(
            "extends", f"{escape(base.scorecard)} {escape(base.edition)}, policy {base.policy_sha256[:12]}"
        )
    grid.add_row(
        "golden rows",
        f"{counted(golden.subjects, 'subject')}, {counted(golden.records, 'record')}, "
        f"{golden.rejected:,} rejected, on {golden.on}",
    )
    grid.add_row("contents", counted(len(manifest.files), "file"))


def diff_command(
    a: Either,
    b: Either,
    on: Day = None,
    store: Store = None,
    as_: As = Format.table,
) -> None:
    """Compare two releases, value by value: scorecard, catalogue, code, lock, data."""
    from credit_scoring.releases.showing import diff_releases

    found = diff_releases(a, b, on=on or today(), store=store)
    if as_ is Format.json:
        typer.echo(
            json.dumps(
                [
                    {
                        "part": d.part,
                        "path": d.change.path,
                        "before": d.change.before,
                        "after": d.change.after,
                    }
                    for d in found
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    table = Table(title=counted(len(found), "difference"), show_edge=False)
    for head in ("part", "where", str(a), str(b)):
        table.add_column(escape(head), overflow="fold")
    for difference in found:
        change = difference.change
        table.add_row(
            difference.part,
            escape(change.path),
            escape(change.before or "–"),
            escape(change.after or "–"),
            style="green" if change.before is None else ("red" if change.after is None else None),
        )
    output().print(table)


def print_checks(checks: tuple[Check, ...], *, title: str, lang: str, screen: Console) -> None:
    """Checks as a table, what speaks against a release first; of those that do not apply only the names."""
    table = Table(title=escape(title))
    for head in ("check", "", "found", "limit", "outcome", "where or why"):
        table.add_column(head, overflow="fold")
    silent = [check.id for check in checks if check.outcome == "does_not_apply"]
    for check in sorted(checks, key=lambda check: check.stands):
        if check.outcome == "does_not_apply":
            continue
        outcome = check.outcome.replace("_", " ")
        if not check.stands:
            outcome = f"[red]{outcome}[/]" + (" (acceptable)" if check.acceptable else "")
        table.add_row(
            escape(check.id),
            say(check.title, lang),
            escape(check.found),
            escape(check.limit),
            outcome,
            say(check.detail, lang),
        )
    screen.print(table)
    if silent:
        screen.print(f"does not apply: {escape(', '.join(silent))}")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _add_span(grid: Table, span: Span) -> None:
    until = "with no end" if span.until is None else f"until before {span.until}"
    grid.add_row("days", f"from {span.from_} {until}")
    grid.add_row("decided", f"by {escape(span.decided_by)} at {span.decided_at}: {escape(span.reason)}")
    if span.ended_by is not None:
        grid.add_row(
            "ended", f"by {escape(span.ended_by)} at {span.ended_at}: {escape(span.end_reason or '')}"
        )
