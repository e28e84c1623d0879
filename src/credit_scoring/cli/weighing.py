"""`credit-scoring weigh`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import KnownBy, Lang, Language, Overwrite, output, parse_day, progress

if TYPE_CHECKING:
    from credit_scoring.sectors.weighing.consequences import Consequences
    from credit_scoring.sectors.weighing.weights import Weighed


class Way(StrEnum):
    """Methods of weighing."""

    expert = "expert"
    ahp = "ahp"
    group_ahp = "group-ahp"
    entropy = "entropy"
    critic = "critic"
    combined = "combined"


def weigh_command(
    sector: Annotated[Path, typer.Argument(metavar="SECTOR.yaml", help="File of a sector's scorecard.")],
    method: Annotated[Way, typer.Option("--method", help="How the weights come about.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the weights and the dossier.")
    ],
    subjects: Annotated[
        Path | None,
        typer.Option(
            "--subjects", metavar="FILE", help="Table of subjects, to weigh by or to try weights on."
        ),
    ] = None,
    records: Annotated[
        Path | None, typer.Option("--records", metavar="FILE", help="Table of records; goes with --subjects.")
    ] = None,
    on: Annotated[
        date | None,
        typer.Option("--on", parser=parse_day, metavar="DATE", help="Evaluation date; goes with --subjects."),
    ] = None,
    known_by: KnownBy = None,
    coverage: Annotated[
        Path | None, typer.Option("--coverage", metavar="FILE", help="Table of what sources have delivered.")
    ] = None,
    policy: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy", metavar="PATH", help="What the file rests on, such as an own catalogue; repeatable."
        ),
    ] = None,
    expert: Annotated[
        str | None, typer.Option("--expert", metavar="ROLE", help="Listen to this expert only.")
    ] = None,
    lang: Lang = Language.en,
    overwrite: Overwrite = False,
) -> None:
    """Weigh a sector's indicators by judgments or data: new weights to review, and a dossier."""
    from credit_scoring.sectors.weighing.folder import Data, weigh_to_folder

    data = None
    if subjects is not None and records is not None and on is not None:
        data = Data(subjects=subjects, records=records, on=on, known_by=known_by, coverage=coverage)
    elif not (subjects is None and records is None and on is None and known_by is None and coverage is None):
        raise typer.BadParameter("--subjects, --records and --on go together.")
    console = progress()
    with console.status("weighing") as status:
        done = weigh_to_folder(
            sector, method=method.value, out=out, data=data, policy=policy or (), expert=expert, lang=lang.value, overwrite=overwrite,
            report=lambda step: status.update(f"{step} …"),
        )  # fmt: skip
    _print_weights(done.weighed)
    if done.consequences is not None:
        _print_consequences(done.consequences)
    screen = output()
    if done.written is None:
        screen.print(
            f"consistency ratio {done.weighed.consistency_ratio:.4f} is beyond the limit "
            f"{done.weighed.consistency_limit}: no weights are written. The dossier in {escape(str(out))} lists the "
            "judgments to reconsider."
        )
        raise typer.Exit(1)
    screen.print(f"written to {escape(str(out))}: {escape(done.written)}, weights.diff, dossier.html")


def _print_weights(weighed: Weighed) -> None:
    table = Table("indicator", title=f"weights by {weighed.method}")
    for head in ("before", "by the method", "after"):
        table.add_column(head, justify="right")
    for row in zip(weighed.names, weighed.before, weighed.given, weighed.weights, strict=True):
        name, before, given, after = row
        table.add_row(escape(name), f"{before:f}", f"{given:.4f}", f"{after:f}")
    output().print(table)
    if weighed.consistency_ratio is not None:
        output().print(
            f"consistency ratio at most {weighed.consistency_ratio:.4f}, limit {weighed.consistency_limit}"
        )


def _print_consequences(found: Consequences) -> None:
    table = Table("noise", "draws", title=f"grades that flip, of {found.subjects:,} rated subjects")
    for head in ("mean", "from", "to"):
        table.add_column(head, justify="right")
    for effect in found.noise:
        shares = (f"{100 * share:.2f} %" for share in (effect.flipped, effect.low, effect.high))
        table.add_row(f"± {100 * effect.width:g} %", f"{effect.draws:,}", *shares)
    screen = output()
    screen.print(table)
    moved = sum(m.subjects for m in found.moved if m.before != m.after)
    screen.print(f"{moved:,} subjects change grade from the old weights to the new, by their score alone")
    if found.fragile:
        first = found.fragile[0]
        screen.print(
            f"most fragile: {escape(first.subject_id)}, {100 * first.change:+.3g} % of the weight of "
            f"{escape(first.indicator)} turns {escape(first.grade)} into {escape(first.grade_after)}"
        )
