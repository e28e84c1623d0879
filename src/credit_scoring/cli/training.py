"""`credit-scoring train`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import (
    Lang,
    Language,
    Overwrite,
    Records,
    Subjects,
    counted,
    output,
    parse_day,
    progress,
)

if TYPE_CHECKING:
    from credit_scoring.sectors.training import Trained


class FamilyName(StrEnum):
    """Families of learnt evaluations."""

    woe = "woe"
    additive = "additive"
    gradient = "gradient"


def train_command(
    sector: Annotated[Path, typer.Argument(metavar="SECTOR.yaml", help="A sector's scorecard with `training:`.")],
    subjects: Subjects,
    records: Records,
    labels: Annotated[
        Path, typer.Option("--labels", metavar="FILE", help="Table of outcomes, Parquet or CSV.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the learnt evaluation.")],
    coverage: Annotated[
        Path | None, typer.Option("--coverage", metavar="FILE", help="Table of what sources have delivered.")
    ] = None,
    policy: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy", metavar="PATH", help="What the file rests on, such as an own catalogue; repeatable."
        ),
    ] = None,
    family: Annotated[
        FamilyName | None, typer.Option("--family", help="Family to learn [default: as the file says].")
    ] = None,
    labels_until: Annotated[
        date | None,
        typer.Option(
            "--labels-until",
            parser=parse_day,
            metavar="DATE",
            help="Day up to which outcomes were collected [default: the last one in the table].",
        ),
    ] = None,
    in_use: Annotated[
        Path | None,
        typer.Option("--in-use", metavar="FILE", help="Scorecard in use, to compare with; file or folder."),
    ] = None,
    tune: Annotated[
        int, typer.Option("--tune", min=0, metavar="N", help="Trials of a search for settings [default: none].")
    ] = 0,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="CODE:NAME", help="A finding of leakage that is known and borne."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=0, help="Bootstrap draws of the validation.")] = 500,
    lang: Lang = Language.zh,
    overwrite: Overwrite = False,
) -> None:
    """Learn a sector evaluation from outcomes, validate it, and write it with its papers."""
    from credit_scoring.sectors.training import Sources, train_to_folder

    console = progress()
    with console.status("reading the policy") as status:
        trained = train_to_folder(
            sector,
            sources=Sources(
                subjects=subjects, records=records, labels=labels, coverage=coverage, labels_until=labels_until
            ),
            out=out,
            policy=policy or (),
            family=None if family is None else family.value,
            in_use=in_use,
            trials=tune,
            accept=tuple(accept or ()),
            draws=draws,
            lang=lang.value,
            overwrite=overwrite,
            report=lambda step: status.update(f"{escape(step)} …"),
        )
    _print(trained, out)
    if not trained.validation.passed:
        raise typer.Exit(1)


def _print(trained: Trained, out: Path) -> None:
    screen = output()
    rows = Table("split", title=f"{trained.card.id}: rows of the cohort")
    for head in ("rows", "bad", "share of bad"):
        rows.add_column(head, justify="right")
    for split in trained.papers.splits:
        rows.add_row(split.name, f"{split.rows:,}", f"{split.bad:,}", f"{100 * split.bad_share:.2f} %")
    screen.print(rows)
    for exclusion in trained.papers.exclusions:
        screen.print(f"          {exclusion.rows:,} × {exclusion.reason}")
    for finding in trained.papers.findings:
        screen.print(f"{finding.code} {finding.severity}: {escape(finding.message)}")
    for left_out in trained.papers.features_left_out:
        screen.print(f"feature {escape(left_out.feature)} is left out: {escape(left_out.reason)}")
    checks = Table("check", "split", title="validation")
    for head in ("value", "limit"):
        checks.add_column(head, justify="right")
    checks.add_column("")
    for check in trained.validation.checks:
        value = "-" if check.value is None else f"{check.value:.4f}"
        limit = "-" if check.limit is None else f"{check.limit:.4f}"
        checks.add_row(check.name, check.split or "", value, limit, "passed" if check.passed else "FAILED")
    screen.print(checks)
    screen.print(f"the engine gives the same points: {counted(trained.papers.engine_rows, 'subject')} compared")
    verdict = "passed" if trained.validation.passed else "FAILED: it must not be used"
    screen.print(f"validation {verdict}. Written to {escape(str(out))}: scorecard.yaml, validation.html")
