"""What a report holds: headings, paragraphs, tables of texts and pictures, in one language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shades: tuple[tuple[int, ...], ...] = ()
    """How dark each cell's ground is, 0 to 100, as `rows`; empty where none is. Markdown has no ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An SVG, its file beside the Markdown, and what it shows."""

    file: str
    svg: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A document in one language."""

    lang: str
    title: str
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
