"""`credit-scoring simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import (
    KnownBy,
    Lang,
    Language,
    On,
    Overwrite,
    Records,
    Store,
    Subjects,
    output,
    progress,
)

if TYPE_CHECKING:
    from credit_scoring.releases.impact import Impact
    from credit_scoring.releases.impact.wording import Words


def simulate_command(
    before: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="A",
            help="Release (name:version, name@in-force), name@edition, scorecard file, or folder of `train`.",
        ),
    ],
    after: Annotated[
        str, typer.Option("--to", metavar="B", help="What would take its place; named likewise.")
    ],
    subjects: Subjects,
    records: Records,
    on: On,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the report and the changes.")],
    known_by: KnownBy = None,
    coverage: Annotated[
        Path | None, typer.Option("--coverage", metavar="FILE", help="Table of what sources have delivered.")
    ] = None,
    segments: Annotated[
        Path | None,
        typer.Option(
            "--segments",
            metavar="FILE",
            help="Table of subject_id and columns to group by, such as size and ownership.",
        ),
    ] = None,
    policy: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy", metavar="PATH", help="What a file rests on, such as an own catalogue; repeatable."
        ),
    ] = None,
    terms: Annotated[
        Path | None,
        typer.Option(
            "--terms", metavar="FILE", help="Limits and inspection ratios [default: the package's]."
        ),
    ] = None,
    store: Store = None,
    lang: Lang = Language.en,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Worker threads [default: one per core].")
    ] = None,
    memory: Annotated[
        str, typer.Option("--memory", help="Memory for the engine; more spills to disk.")
    ] = "1500MB",
    overwrite: Overwrite = False,
) -> None:
    """Score everyone under two scorecards and report what would change if one took the place of the other."""
    from credit_scoring.releases.impact import impact_checks, side_of, simulate_to_folder
    from credit_scoring.releases.terms import load_terms

    with progress().status("reading the scorecards") as status:
        loaded = load_terms(terms)
        a = side_of(before, on=on, store=store, policy=policy or ())
        b = side_of(after, on=on, store=store, policy=policy or ())
        impact = simulate_to_folder(
            a, b, subjects=subjects, records=records, on=on, terms=loaded.terms, out=out, known_by=known_by,
            coverage=coverage, segments=segments, threads=threads, memory_limit=memory,
            overwrite=overwrite, report=lambda step: status.update(f"{step} …"),
        )  # fmt: skip
    screen = output()
    screen.print(_matrix(impact, lang))
    checks = Table("check", "found", "at most", "outcome", title="limits")
    for check in impact_checks(impact, loaded.terms.limits.impact):
        checks.add_row(
            escape(check.title.in_language(lang.value)),
            escape(check.found),
            check.limit,
            check.outcome.replace("_", " "),
        )
    screen.print(checks)
    people = impact.population
    screen.print(
        f"subjects  {people.rows:,} in = {people.both:,} scored by both + {people.only_before:,} before only + "
        f"{people.only_after:,} after only + {people.neither:,} by neither"
    )
    screen.print(f"written to {escape(str(out))}")


def _matrix(impact: Impact, lang: Language) -> Table:
    from credit_scoring.releases.impact.report import matrix_table
    from credit_scoring.releases.impact.wording import Words

    words: Words = Words("zh" if lang is Language.zh else "en")
    matrix = matrix_table(impact, impact.everyone.cells, words, caption="")
    table = Table(title=escape(f"{impact.before.label} → {impact.after.label} on {impact.on}"))
    for i, head in enumerate(matrix.heads):
        table.add_column(escape(head), justify="left" if i == 0 else "right")
    for row in matrix.rows:
        table.add_row(*(escape(cell) for cell in row))
    return table
