"""`credit-scoring export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from credit_scoring.cli.options import Lang, Language, Overwrite, counted, output
from credit_scoring.errors import OutputError


class Kind(StrEnum):
    """What is written."""

    sql = "sql"
    pmml = "pmml"


class Database(StrEnum):
    """Whose SQL."""

    duckdb = "duckdb"
    postgres = "postgres"
    spark = "spark"
    mysql = "mysql"


def export_command(
    scorecard: Annotated[
        Path,
        typer.Argument(
            metavar="SCORECARD", help="Scorecard file, or a folder written by `credit-scoring train`."
        ),
    ],
    to: Annotated[Kind, typer.Option("--to", help="SQL for a database, or PMML 4.4.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    dialect: Annotated[
        Database | None, typer.Option("--dialect", help="Whose SQL [default: duckdb].")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            "--table", metavar="NAME", help="Table of features, one row per subject [default: features]."
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="COLUMN", help="Its column of subjects [default: subject_id]."),
    ] = None,
    reasons: Annotated[
        int | None, typer.Option("--reasons", min=1, help="Reason codes in PMML [default: 4].")
    ] = None,
    without_overrides: Annotated[
        bool,
        typer.Option(
            "--without-overrides", help="Export the score before overrides, without grades; the file says so."
        ),
    ] = False,
    lang: Lang = Language.en,
    overwrite: Overwrite = False,
) -> None:
    """Write an evaluation of bins (families woe and additive) as SQL or PMML, to be scored outside the package."""
    from credit_scoring.sectors.export.files import read_scorecard, write_text
    from credit_scoring.sectors.export.imprint import content_hash
    from credit_scoring.sectors.export.reading import evaluation_of

    _refuse_idle_options(to, dialect=dialect, table=table, key=key, reasons=reasons)
    if out.exists() and not overwrite:
        raise OutputError(f"{out} exists already: choose another file, or replace it with --overwrite.")
    evaluation = evaluation_of(read_scorecard(scorecard), without_overrides=without_overrides)
    if to is Kind.sql:
        from credit_scoring.sectors.export.sql import to_sql

        text = to_sql(
            evaluation.table, dialect=(dialect or Database.duckdb).value, source=table or "features",
            key=key or "subject_id", language=lang.value, imprint=evaluation.imprint, grades=evaluation.grades,
        )  # fmt: skip
    else:
        from credit_scoring.sectors.export.pmml import REASONS, to_pmml

        text = to_pmml(
            evaluation.table, language=lang.value, imprint=evaluation.imprint, grades=evaluation.grades,
            reasons=reasons or REASONS,
        )  # fmt: skip
    write_text(out, text)
    screen = output()
    imprint = evaluation.imprint
    for sentence in imprint.left_out:
        screen.print(escape(sentence.in_language(lang.value)))
    size = counted(len(evaluation.table.characteristics), "characteristic")
    screen.print(escape(f"{imprint.name}@{imprint.edition}: {size}, written to {out}"))
    screen.print(f"points table sha256 {content_hash(evaluation.table, evaluation.grades)}")


def _refuse_idle_options(to: Kind, **given: object) -> None:
    """An option that would change nothing is a misunderstanding, and better told than ignored."""
    idle = ("reasons",) if to is Kind.sql else ("dialect", "table", "key")
    for name in idle:
        if given[name] is not None:
            raise typer.BadParameter(f"--{name} has no meaning with --to {to.value}: leave it out.")
