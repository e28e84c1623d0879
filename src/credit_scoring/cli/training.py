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
    say,
)

if TYPE_CHECKING:
    from credit_scoring.sectors.training import Trained


class FamilyName(StrEnum):
    """Families of learnt evaluations."""

    woe = "woe"
    additive = "additive"
    gradient = "gradient"


def train_command(
    sector: Annotated[
        Path, typer.Argument(metavar="SECTOR.yaml", help="A sector's scorecard with `training:`.")
    ],
    subjects: Subjects,
    records: Records,
    labels: Annotated[
        Path, typer.Option("--labels", metavar="FILE", help="Table of outcomes, Parquet or CSV.")
    ],
    labels_until: Annotated[
        date,
        typer.Option(
            "--labels-until",
            parser=parse_day,
            metavar="DATE",
            help="Day up to which outcomes were collected; windows that end later are not judged.",
        ),
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
    segments: Annotated[
        Path | None,
        typer.Option(
            "--segments", metavar="FILE", help="Columns of text per subject to compare by, such as size."
        ),
    ] = None,
    in_use: Annotated[
        Path | None,
        typer.Option("--in-use", metavar="FILE", help="Scorecard in use, to compare with; file or folder."),
    ] = None,
    tune: Annotated[
        int,
        typer.Option("--tune", min=0, metavar="N", help="Trials of a search for settings [default: none]."),
    ] = 0,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="CODE:NAME", help="A finding of leakage that is known and borne."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=0, help="Bootstrap draws of the validation.")] = 500,
    lang: Lang = Language.en,
    overwrite: Overwrite = False,
) -> None:
    """Learn a sector evaluation from outcomes, validate it, and write it with its papers."""
    from credit_scoring.sectors.training import Sources, train_to_folder

    console = progress()
    with console.status("reading the policy") as status:
        trained = train_to_folder(
            sector,
            sources=Sources(
                subjects=subjects,
                records=records,
                labels=labels,
                coverage=coverage,
                segments=segments,
                labels_until=labels_until,
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
    _print(trained, out, lang=lang.value)
    if not trained.validation.passed:
        raise typer.Exit(1)


def _print(trained: Trained, out: Path, *, lang: str) -> None:
    from credit_scoring.sectors.validation.wording import say as words
    from credit_scoring.sectors.validation.wording import split_name

    screen = output()
    rows = Table("split", title=f"{trained.card.id}: rows of the cohort")
    for head in ("rows", "bad", "share of bad"):
        rows.add_column(head, justify="right")
    cohort = trained.papers.cohort
    for split in cohort.splits:
        share = "-" if split.weighted_bad_rate is None else f"{100 * split.weighted_bad_rate:.2f} %"
        rows.add_row(split_name(split.split, lang), f"{split.rows:,}", f"{split.bads:,}", share)
    screen.print(rows)
    screen.print(f"rows      {cohort.rows:,} in = {cohort.used:,} used + {cohort.excluded:,} left out")
    screen.print(
        f"labels    {cohort.labels:,} in = {cohort.labels_used:,} used + {cohort.labels_excluded:,} left out"
    )
    for reason, count in _by_reason(trained).items():
        screen.print(f"          {count:,} × {reason}")
    for finding in cohort.findings:
        screen.print(f"{escape(finding.name)} {finding.severity}: {say(finding.message, lang)}")
    for left_out in trained.papers.features_left_out:
        screen.print(f"feature {escape(left_out.feature)} is left out: {say(left_out.reason, lang)}")
    checks = Table("check", "split", title="validation")
    for head in ("value", "limit"):
        checks.add_column(head, justify="right")
    checks.add_column("")
    for check in trained.validation.checks:
        value = "-" if check.found.value is None else f"{check.found.value:.4f}"
        limit = f"{'≤' if check.at_most else '≥'} {check.limit:.4f}"
        split_title = "" if check.split is None else split_name(check.split, lang)
        checks.add_row(words(check.name, lang), split_title, value, limit, words(check.outcome, lang))
    screen.print(checks)
    compared = trained.papers.engine
    for reason, count in compared.rejected.items():
        screen.print(f"          {count:,} × {reason} (not measured)")
    screen.print(
        f"the engine gives the same scores: {counted(compared.rows, 'subject')} compared on {compared.on}"
    )
    verdict = "passed" if trained.validation.passed else "FAILED: it must not be used"
    screen.print(f"validation {verdict}. Written to {escape(str(out))}: scorecard.yaml, validation.html")


def _by_reason(trained: Trained) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in trained.papers.cohort.exclusions:
        name = f"{line.table}.{line.reason}"
        found[name] = found.get(name, 0) + line.rows
    return found
