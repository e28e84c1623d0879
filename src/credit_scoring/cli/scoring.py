"""`credit-scoring score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from credit_scoring.cli.options import KnownBy, On, Overwrite, Policies, Records, Subjects, output, progress


def score_command(
    subjects: Subjects,
    records: Records,
    on: On,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the result tables.")],
    known_by: KnownBy = None,
    policy: Policies = None,
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
    from credit_scoring.policy.loading import load_policy
    from credit_scoring.scoring.run import score_to_folder

    console = progress()
    with console.status("reading the policy") as status:
        info = score_to_folder(
            load_policy(*(policy or ())), subjects=subjects, records=records, on=on, known_by=known_by,
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
