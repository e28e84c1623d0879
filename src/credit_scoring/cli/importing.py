"""`credit-scoring import`: departments' exports to the tables of the archive."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from credit_scoring.errors import IdentityKeyError

if TYPE_CHECKING:
    from credit_scoring.records import ImportResult, QualityRow

KEY_VARIABLE = "CREDIT_SCORING_KEY"


class QualityFormat(StrEnum):
    """How the quality table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def import_command(
    mappings: Annotated[
        list[Path], typer.Argument(metavar="MAPPINGS...", help="Mapping files (YAML), or folders of them.")
    ],
    *,
    source_dir: Annotated[Path, typer.Option("--from", metavar="DIR", help="Folder that holds the exports.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder to write; it appears when it is complete.")
    ],
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=f"Secret for pseudonyms of natural persons; else the variable {KEY_VARIABLE}. "
            "Needed only where exports hold resident identity numbers.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier import.")] = False,
    output_format: Annotated[
        QualityFormat, typer.Option("--format", help="How to print the quality table.")
    ] = QualityFormat.TABLE,
) -> None:
    """Import departments' exports as subjects and records, and print what each source is worth.

    Every row of every export becomes a record, is merged into one as a duplicate, or is listed as unresolved
    or rejected.
    """
    from credit_scoring.records import import_sources

    with _progress() as progress:
        result = import_sources(
            mappings,
            source_dir=source_dir,
            out=out,
            key=_read_key(key_file),
            overwrite=overwrite,
            progress=progress,
        )
    {QualityFormat.TABLE: _print_table, QualityFormat.JSON: _print_json, QualityFormat.CSV: _print_csv}[
        output_format
    ](result)


def _read_key(key_file: Path | None) -> bytes | None:
    if key_file is None:
        value = os.environ.get(KEY_VARIABLE, "")
        return value.encode() if value else None
    try:
        return key_file.read_bytes().strip()
    except OSError as error:
        raise IdentityKeyError(
            f"{key_file}: cannot be read ({error.strerror}): name another --key-file."
        ) from error


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=24), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("mappings", total=1.0)
        yield lambda doing, share: bar.update(task, description=doing, completed=share)


_COUNTS = {
    "rows": "rows",
    "records": "records",
    "duplicates": "merged",
    "unresolved": "unresolved",
    "rejected": "rejected",
}
_MISSING = {
    "date_missing": "no date",
    "date_unreadable": "unreadable date",
    "value_missing": "no value",
    "level_unclassified": "no level",
    "event_missing": "no event",
}


def _print_table(result: ImportResult) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("source", no_wrap=True)
    table.add_column("item", no_wrap=True)
    for heading in (*_COUNTS.values(), "valid code"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("missing")
    table.add_column("latest", no_wrap=True)
    table.add_column("delay", justify="right", no_wrap=True)
    for line in result.quality:
        table.add_row(*_cells(line))
    # Piped output keeps whole lines; a terminal wraps as it likes.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(table)
    console.print(
        f"{result.rows:,} rows = {result.records:,} records + {result.duplicates:,} merged duplicates "
        f"+ {result.unresolved:,} unresolved + {result.rejected:,} rejected; {result.subjects:,} subjects",
        highlight=False,
    )
    console.print(f"written to {result.out}", highlight=False)


def _cells(line: QualityRow) -> list[str]:
    missing = [
        f"{heading} {getattr(line, name):,}" for name, heading in _MISSING.items() if getattr(line, name)
    ]
    return [
        line.source_id,
        line.item or "-",
        *(f"{getattr(line, name):,}" for name in _COUNTS),
        "-" if line.valid_code_share is None else f"{line.valid_code_share:.1%}",
        ", ".join(missing),
        line.latest_on or "-",
        "-" if line.delay_days_median is None else f"{line.delay_days_median:,.0f} d",
    ]


def _print_json(result: ImportResult) -> None:
    body = {
        "out": str(result.out),
        "subjects": result.subjects,
        "rows": result.rows,
        **{name: getattr(result, name) for name in _COUNTS if name != "rows"},
        "quality": [asdict(line) for line in result.quality],
    }
    sys.stdout.write(json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def _print_csv(result: ImportResult) -> None:
    from credit_scoring.records import QualityRow

    names = [field.name for field in fields(QualityRow)]
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(line) for line in result.quality)
