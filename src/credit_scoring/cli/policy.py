"""`credit-scoring policy check|show|diff|schema`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import As, Format, Lang, Language, Policies, counted, output, parse_day, today
from credit_scoring.errors import NotFoundError, PolicyError

if TYPE_CHECKING:
    from credit_scoring.policy.language import Scorecard

policy_app = typer.Typer(help="Check, show and compare policies.", no_args_is_help=True)


@policy_app.command("check")
def check_command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Files or folders [default: the package's configs]."),
    ] = None,
    as_: As = Format.table,
) -> None:
    """Check policy files and import mappings; every problem of every file as `file:line: CODE what and what to do`."""
    from credit_scoring.policy.gathering import default_configs
    from credit_scoring.policy.loading import check_files
    from credit_scoring.records.checking import check_mappings
    from credit_scoring.releases.terms import check_terms

    reading, problems = check_files(paths or [default_configs()])
    problems = (
        *problems,
        *check_mappings(reading.sources, reading.catalogue),
        *check_terms(reading.terms, reading.instruments),
    )
    faults = [problem for problem in problems if not problem.warning]
    if as_ is Format.json:
        typer.echo(
            json.dumps(
                [
                    {
                        "file": p.file,
                        "line": p.line,
                        "code": p.code,
                        "message": p.message,
                        "warning": p.warning,
                    }
                    for p in problems
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        for problem in problems:
            typer.echo(str(problem))
        typer.echo(
            f"{counted(len(faults), 'problem')}, {counted(len(problems) - len(faults), 'warning')} in "
            f"{counted(len(reading.documents) + len(reading.sources) + len(reading.terms), 'file')}: "
            f"{counted(len(reading.editions), 'scorecard')}, {counted(len(reading.catalogue), 'catalogue item')}, "
            f"{counted(len(reading.instruments), 'legal text')}, {counted(len(reading.sources), 'import mapping')}."
        )
    if faults:
        raise typer.Exit(1)


@policy_app.command("show")
def show_command(
    scorecard: Annotated[str, typer.Argument(help="Name of a scorecard, or name@edition.")],
    on: Annotated[
        date | None,
        typer.Option(
            "--on", parser=parse_day, metavar="DATE", help="Edition in force on a date [default: today]."
        ),
    ] = None,
    policy: Policies = None,
    lang: Lang = Language.en,
    as_: As = Format.table,
) -> None:
    """Show a scorecard: every indicator with its points, its rule in words, its authority."""
    from credit_scoring.cli.showing import print_scorecard
    from credit_scoring.policy.gathering import default_configs
    from credit_scoring.policy.loading import load_policy

    read = load_policy(*(policy or (default_configs(),)))
    card = (
        _edition(read.scorecards, scorecard)
        if "@" in scorecard
        else read.edition_in_force(scorecard, on or today())
    )
    if as_ is Format.json:
        typer.echo(card.model_dump_json(by_alias=True, exclude_unset=True, indent=2))
        return
    print_scorecard(card, read, lang=lang.value, console=output())


def _edition(cards: tuple[Scorecard, ...], name: str) -> Scorecard:
    found = [card for card in cards if card.id == name]
    if not found:
        known = ", ".join(sorted(card.id for card in cards))
        raise NotFoundError(f"no scorecard edition is called '{name}'. Known: {known}.")
    return found[0]


def _from_policy(name: str, policy: list[Path] | None) -> Scorecard:
    from credit_scoring.policy.gathering import default_configs
    from credit_scoring.policy.loading import load_policy

    return _edition(load_policy(*(policy or (default_configs(),))).scorecards, name)


def _from_file(path: Path) -> Scorecard:
    """A scorecard by its grammar alone: a draft may overlap the edition in force, and its items may be new."""
    from credit_scoring.policy.gathering import read_files

    reading = read_files([path])
    if reading.problems:
        raise PolicyError(reading.problems)
    if not reading.editions:
        raise NotFoundError(f"{path} holds no scorecard.")
    return reading.editions[0].card


@policy_app.command("diff")
def diff_command(
    a: Annotated[str, typer.Argument(metavar="A", help="A file, or name@edition.")],
    b: Annotated[str, typer.Argument(metavar="B", help="A file, or name@edition.")],
    policy: Policies = None,
    as_: As = Format.table,
) -> None:
    """Compare two editions, value by value."""
    from credit_scoring.policy.difference import differences

    cards = [
        _from_file(Path(text)) if Path(text).is_file() else _from_policy(text, policy) for text in (a, b)
    ]
    changes = differences(*cards)
    if as_ is Format.json:
        typer.echo(
            json.dumps(
                [{"path": c.path, "before": c.before, "after": c.after} for c in changes],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    table = Table(
        "where", cards[0].id, cards[1].id, title=counted(len(changes), "difference"), show_edge=False
    )
    for change in changes:
        table.add_row(
            escape(change.path),
            escape(change.before or "–"),
            escape(change.after or "–"),
            style="green" if change.before is None else ("red" if change.after is None else None),
        )
    output().print(table)


@policy_app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a scorecard file, for editors."""
    from credit_scoring.policy.schema import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
