"""`credit-scoring rebuild`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from credit_scoring.cli.options import As, Format, Store, output, progress

if TYPE_CHECKING:
    from credit_scoring.releases.rebuilding import Rebuilt


def rebuild_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `score --out` has written.")],
    subjects: Annotated[
        Path | None,
        typer.Option("--subjects", metavar="FILE", help="Table of subjects [default: where it was then]."),
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option("--records", metavar="FILE", help="Table of records [default: where it was then]."),
    ] = None,
    coverage: Annotated[
        Path | None,
        typer.Option(
            "--coverage",
            metavar="FILE",
            help="Table of what sources had delivered [default: where it was then].",
        ),
    ] = None,
    store: Store = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Worker threads [default: one per core].")
    ] = None,
    memory: Annotated[
        str, typer.Option("--memory", help="Memory for the engine; more spills to disk.")
    ] = "1500MB",
    form: As = Format.table,
) -> None:
    """Recompute an old run from its run.json, and say whether every row is equal."""
    from credit_scoring.releases.rebuilding import rebuild

    with progress().status("reading the run") as status:
        found = rebuild(
            run,
            subjects=subjects,
            records=records,
            coverage=coverage,
            store=store,
            threads=threads,
            memory_limit=memory,
            report=lambda step: status.update(f"{step} …"),
        )
    screen = output()
    if form is Format.json:
        screen.print_json(found.model_dump_json())
    else:
        _print(screen, found)
    if not found.is_equal:
        raise typer.Exit(1)


def _print(screen: Console, found: Rebuilt) -> None:
    table = Table("table", "rows then", "rows now", "equal", "only then", "only now", "such as")
    for part in found.tables:
        table.add_row(
            part.table,
            *(f"{n:,}" for n in (part.rows_then, part.rows_now, part.equal, part.only_then, part.only_now)),
            ", ".join(part.examples),
        )
    screen.print(table)
    for part in found.tables:
        for column in part.columns:
            _say(screen, f"{part.table}: column {column}")
    _say(screen, f"on {found.then.on}, known by {found.then.known_by}, policy from {found.policy_from}")
    _say(screen, f"then  version {found.then.version}, {found.then.engine}")
    _say(screen, f"now   version {found.now.version}, {found.now.engine}")
    for text in (*found.notes, *found.doubts):
        _say(screen, text)
    _say(screen, "every row is equal" if found.is_equal else "the run is NOT what its inputs and policy give")


def _say(screen: Console, text: str) -> None:
    # Names of files and subjects may hold brackets, and those are no markup.
    screen.print(text, markup=False, soft_wrap=True)
