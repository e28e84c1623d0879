"""`credit-scoring invent`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from credit_scoring.cli.options import output, progress


def invent_command(
    sector: Annotated[
        Path, typer.Argument(metavar="SECTOR.yaml", help="A sector's scorecard shipped with the package.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the tables.")],
    firms: Annotated[int, typer.Option("--firms", min=100, help="How many firms.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same tables.")] = 7,
    policy: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy", metavar="PATH", help="What the file rests on, such as an own catalogue; repeatable."
        ),
    ] = None,
) -> None:
    """Invent a sector to try things on: firms, years of records, and outcomes that follow from a stated truth."""
    from credit_scoring.policy.loading import load_policy
    from credit_scoring.synthetic.sectors import invent_sector

    loaded = load_policy(sector, *(policy or ()))
    names = [e.card.scorecard for e in loaded.editions if not e.as_base and e.card.training is not None]
    if not names:
        raise typer.BadParameter(f"{sector} has no `training:` block.")
    with progress().status("inventing"):
        made = invent_sector(out, loaded, names[0], subjects=firms, seed=seed)
    screen = output()
    screen.print(f"firms     {made.subject_count:,}")
    screen.print(f"records   {made.record_count:,} up to {made.on}")
    faults = sum(made.fault_counts.values())
    screen.print(f"labels    {made.label_count:,}, {faults:,} of them faulty on purpose")
    screen.print(f"written to {escape(str(out))}: subjects, records, labels and truth (Parquet)")
