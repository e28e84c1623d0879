"""What a paper holds: headings, paragraphs, lists and tables of texts, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = tuple[str, ...]
"""Lines of a cell; the first one is what it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; 2 is a section, 3 stands inside one."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph; a `notice` is set off, so that nobody overlooks it."""

    text: str
    notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Points of a list, or steps in order."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table; a heading's only cell stands across the whole table."""

    cells: tuple[Cell, ...]
    heading: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of texts; its first column names the rows."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    widths: tuple[int, ...] = ()
    """Of the columns, in per cent; as the texts need where empty."""


Block: TypeAlias = Heading | Text | Listing | Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A paper in one language."""

    lang: str
    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    footer: tuple[str, ...]


def row(*cells: str | Cell) -> Row:
    """A row; a text is a cell of one line."""
    return Row(cells=tuple((cell,) if isinstance(cell, str) else cell for cell in cells))


def heading_row(text: str) -> Row:
    """A row that stands across the table."""
    return Row(cells=((text,),), heading=True)


def pairs(*facts: tuple[str, str | Cell], heads: tuple[str, str], caption: str = "") -> Grid:
    """A table of names and what they are."""
    return Grid(heads=heads, rows=tuple(row(name, what) for name, what in facts), caption=caption)
