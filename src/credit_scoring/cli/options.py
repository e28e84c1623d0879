"""Options that several commands share, and how their texts become values."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from credit_scoring.errors import InputError
from credit_scoring.releases.reference import Reference, parse_reference

if TYPE_CHECKING:
    from credit_scoring.policy.catalogue import Title


def parse_day(text: str) -> date:
    """A day from `2025-12-31`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is no date: write it as 2025-12-31.") from error


def parse_release(text: str) -> Reference:
    """A release from `public-enterprise:3` or `public-enterprise@in-force`."""
    try:
        return parse_reference(text)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error


def parse_version(text: str) -> Reference:
    """One version of a release from `public-enterprise:3`: what is decided about, whatever is in force."""
    reference = parse_release(text)
    if reference.version is None:
        raise typer.BadParameter(f"'{text}' may be another release tomorrow: write name:version.")
    return reference


def today() -> date:
    """Today. Only the command line may ask."""
    return datetime.now().astimezone().date()


def now() -> datetime:
    """This moment, with the offset of this place. Only the command line may ask."""
    return datetime.now().astimezone()


class Language(StrEnum):
    """Language of what is printed."""

    zh = "zh"
    en = "en"


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    json = "json"


On = Annotated[
    date, typer.Option("--on", parser=parse_day, metavar="DATE", help="Evaluation date, such as 2025-12-31.")
]
KnownBy = Annotated[
    date | None,
    typer.Option(
        "--known-by",
        parser=parse_day,
        metavar="DATE",
        help="Leave out what was recorded later [default: the evaluation date].",
    ),
]
Subjects = Annotated[
    Path, typer.Option("--subjects", metavar="FILE", help="Table of subjects, Parquet or CSV.")
]
Records = Annotated[Path, typer.Option("--records", metavar="FILE", help="Table of records, Parquet or CSV.")]
Policies = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy", metavar="PATH", help="Policy file or folder; repeatable [default: the package's configs]."
    ),
]
Lang = Annotated[Language, typer.Option("--lang", help="Language of titles.")]
As = Annotated[Format, typer.Option("--format", help="Print a table for people, or JSON.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an earlier result in the output folder.")
]
Release = Annotated[
    Reference,
    typer.Argument(
        parser=parse_version, metavar="NAME:VERSION", help="The release, such as public-enterprise:3."
    ),
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="Store of releases: a folder, or a URI of MLflow [default: MLFLOW_TRACKING_URI, else models/].",
    ),
]
By = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Who decides: the person's name, as the ledger keeps it.")
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; the ledger keeps it with the decision.")
]


def say(title: Title, lang: str) -> str:
    """A title in a language, safe to print: policies may hold brackets, and those are no markup."""
    return escape(title.in_language(lang))


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "problem"), counted(2, "problem")
    ('1 problem', '2 problems')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def output() -> Console:
    """Where results go. Wide enough for tables when it is not a terminal."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=140)


def progress() -> Console:
    """Where progress goes: standard error, so that results can be piped."""
    return Console(stderr=True, highlight=False)
