"""`credit-scoring score`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from credit_scoring.cli.options import (
    KnownBy,
    On,
    Overwrite,
    Policies,
    Records,
    Store,
    Subjects,
    output,
    progress,
)

if TYPE_CHECKING:
    from credit_scoring.policy.loading import Policy


def score_command(
    subjects: Subjects,
    records: Records,
    on: On,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the result tables.")],
    known_by: KnownBy = None,
    policy: Policies = None,
    release: Annotated[
        list[str] | None,
        typer.Option(
            "--release",
            metavar="NAME@in-force|NAME:VERSION",
            help="Score by a release instead of --policy; repeatable.",
        ),
    ] = None,
    store: Store = None,
    coverage: Annotated[
        Path | None, typer.Option("--coverage", metavar="FILE", help="Table of what sources have delivered.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Worker threads [default: one per core].")
    ] = None,
    memory: Annotated[
        str, typer.Option("--memory", help="Memory for the engine; more spills to disk.")
    ] = "1500MB",
    overwrite: Overwrite = False,
) -> None:
    """Score every subject by the scorecard in force for its type, and write the result tables."""
    from credit_scoring.scoring.run import score_to_folder

    if release and policy:
        raise typer.BadParameter(
            "a run has either a policy or releases: give one of them.", param_hint="--release"
        )
    if store is not None and not release:
        raise typer.BadParameter(
            "a store is read only where releases are named with --release.", param_hint="--store"
        )
    console = progress()
    with console.status("reading the policy") as status:
        info = score_to_folder(
            _policy(policy or [], release or [], on=on, store=store), subjects=subjects, records=records, on=on, known_by=known_by,
            coverage=coverage, out=out, threads=threads, memory_limit=memory, overwrite=overwrite,
            report=lambda step: status.update(f"{step} …"),
        )  # fmt: skip
    table = Table(
        "scorecard",
        "edition",
        "subject type",
        "scored",
        title=f"scored on {info.on}, known by {info.known_by}",
    )
    for card in info.scorecards:
        table.add_row(card.scorecard, card.edition, card.subject_type, f"{card.scored:,}")
    screen = output()
    screen.print(table)
    for used in info.releases:
        screen.print(
            f"release   {used.name}:{used.version}  content {used.content_sha256}  manifest {used.manifest_sha256}",
            soft_wrap=True,
        )
    screen.print(
        f"subjects  {info.subjects.rows:,} in = {info.subjects_scored:,} scored + {info.subjects_rejected:,} rejected"
    )
    screen.print(
        f"records   {info.records.rows:,} in = {info.records_admitted:,} admitted + "
        f"{info.records_not_yet_known:,} not yet known + {info.records_rejected:,} rejected"
    )
    for reason, count in info.rejected_by_reason.items():
        screen.print(f"          {count:,} × {reason}")
    screen.print(f"written to {out} in {info.seconds:.1f} s")


def _policy(paths: list[Path], releases: list[str], *, on: date, store: str | None) -> Policy:
    if releases:
        from credit_scoring.releases.opening import load_release

        return load_release(*releases, on=on, store=store)
    from credit_scoring.policy.loading import load_policy

    return load_policy(*paths)
