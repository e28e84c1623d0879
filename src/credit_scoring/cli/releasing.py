"""`credit-scoring release`: build, gate and dossier; the group of all commands about releases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from credit_scoring.cli.deciding import approve_command, put_in_force_command, retire_command, warn
from credit_scoring.cli.listing import (
    Day,
    Either,
    diff_command,
    in_force_command,
    list_command,
    print_checks,
    show_command,
)
from credit_scoring.cli.options import (
    By,
    KnownBy,
    Lang,
    Language,
    On,
    Overwrite,
    Policies,
    Records,
    Release,
    Store,
    Subjects,
    counted,
    now,
    output,
    progress,
    say,
    today,
)
from credit_scoring.cli.verifying import verify_command

if TYPE_CHECKING:
    from credit_scoring.releases.checks import GateReport

release_app = typer.Typer(
    help="Releases: built whole, passed through gates, approved by two people, in force on known days.",
    no_args_is_help=True,
)

Terms = Annotated[
    Path | None,
    typer.Option(
        "--terms",
        metavar="FILE",
        help="Publisher, limits and inspection ratios [default: releases.yaml of the package].",
    ),
]


@release_app.command("build")
def build_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SCORECARD|TRAINED_DIR",
            help="A scorecard file, a folder made by `train`, or name@edition of the package.",
        ),
    ],
    by: By,
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="TEXT", help="Why; the ledger keeps it [default: what it was built from]."
        ),
    ] = None,
    policy: Policies = None,
    terms: Terms = None,
    store: Store = None,
    lang: Lang = Language.en,
) -> None:
    """Build a release: complete and registered, or refused with nothing left behind."""
    from credit_scoring.releases.building import build_release
    from credit_scoring.releases.opening import open_release
    from credit_scoring.releases.reference import Reference
    from credit_scoring.releases.store.address import store_address

    at = now()
    with progress().status("reading the policy") as status:
        built = build_release(
            source,
            author=by,
            reason=reason or f"built from {Path(source).name}",
            at=at,
            store=store,
            terms=terms,
            policy=policy or (),
            report=lambda step: status.update(f"{escape(step)} …"),
        )
        status.update("reading it back …")
        released = open_release(
            Reference(name=built.name, version=built.version), address=store_address(store)
        )
    screen = output()
    screen.print(
        f"built [bold]{escape(built.name)}:{built.version}[/]  {say(released.manifest.title, lang.value)}, "
        f"edition {escape(built.edition)}"
    )
    screen.print(f"content   {built.content_sha256}")
    screen.print(f"manifest  {built.manifest_sha256}")
    screen.print(f"files     {built.files_sha256}")
    print_checks(released.manifest.validation, title="validation", lang=lang.value, screen=screen)
    screen.print(
        f"Next: credit-scoring release gate {escape(built.name)}:{built.version} --subjects FILE --records FILE "
        "--on DATE --by NAME",
        soft_wrap=True,
    )


@release_app.command("gate")
def gate_command(
    release: Release,
    subjects: Subjects,
    records: Records,
    on: On,
    by: By,
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="TEXT", help="Why; the ledger keeps it [default: the data looked at]."
        ),
    ] = None,
    known_by: KnownBy = None,
    coverage: Annotated[
        Path | None, typer.Option("--coverage", metavar="FILE", help="Table of what sources have delivered.")
    ] = None,
    segments: Annotated[
        Path | None,
        typer.Option(
            "--segments", metavar="FILE", help="Columns of text per subject to compare by, such as size."
        ),
    ] = None,
    terms: Terms = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder for a copy of the evidence [default: only in the store]."
        ),
    ] = None,
    store: Store = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Worker threads [default: one per core].")
    ] = None,
    memory: Annotated[
        str, typer.Option("--memory", help="Memory for the engine; more spills to disk.")
    ] = "1500MB",
    lang: Lang = Language.en,
) -> None:
    """Run the gates on a release; the evidence is kept with it. Ends with 1 if something speaks against it."""
    from credit_scoring.releases.deciding import gate

    with progress().status("opening the store") as status:
        found = gate(
            release,
            subjects=subjects,
            records=records,
            on=on,
            by=by,
            reason=reason or f"gates on {subjects.name} and {records.name}",
            at=now(),
            known_by=known_by,
            coverage=coverage,
            segments=segments,
            terms=terms,
            store=store,
            threads=threads,
            memory_limit=memory,
            out=out,
            report=lambda step: status.update(f"{escape(step)} …"),
            warn=warn,
        )
    _print_gates(found, out=out, lang=lang.value, screen=output())
    if not found.passed:
        raise typer.Exit(1)


def _print_gates(found: GateReport, *, out: Path | None, lang: str, screen: Console) -> None:
    name = f"{escape(found.name)}:{found.version}"
    print_checks(found.checks, title=f"{found.name}:{found.version} on {found.on}", lang=lang, screen=screen)
    compared = found.compared_with
    screen.print(
        "compared with no release: none was in force"
        if compared is None
        else f"compared with version {compared.version}, in force"
    )
    if out is not None:
        screen.print(f"evidence written to {escape(str(out))}", soft_wrap=True)
    refused = [check.id for check in found.against if not check.acceptable]
    if found.passed:
        screen.print(f"Next: credit-scoring release approve {name} --by NAME --reason TEXT", soft_wrap=True)
    elif refused:
        screen.print(
            f"{counted(len(found.against), 'check')} against it; nobody may accept {escape(', '.join(refused))}: "
            "build a corrected release.",
            soft_wrap=True,
        )
    else:
        accept = " ".join(f"--accept {check.id}" for check in found.against)
        screen.print(
            f"{counted(len(found.against), 'check')} against it, which an approver may accept: "
            f"credit-scoring release approve {name} --by NAME --reason TEXT {escape(accept)}",
            soft_wrap=True,
        )


@release_app.command("dossier")
def dossier_command(
    release: Either,
    on: Day = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for the papers [default: NAME-VERSION in the folder of the store, else here].",
        ),
    ] = None,
    store: Store = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the papers of a release: model card, public notice, algorithm-register entry, decisions."""
    from credit_scoring.releases.showing import write_dossier

    written = write_dossier(release, on=on or today(), out=out, store=store, overwrite=overwrite)
    screen = output()
    for path in written:
        screen.print(escape(str(path)), soft_wrap=True)


release_app.command("approve")(approve_command)
release_app.command("put-in-force")(put_in_force_command)
release_app.command("retire")(retire_command)
release_app.command("in-force")(in_force_command)
release_app.command("verify")(verify_command)
release_app.command("list")(list_command)
release_app.command("show")(show_command)
release_app.command("diff")(diff_command)
