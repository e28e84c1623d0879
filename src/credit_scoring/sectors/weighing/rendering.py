"""The dossier as Markdown and as one self-contained HTML file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


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
class Dossier:
    """A document in one language."""

    lang: str
    title: str
    sections: tuple[Section, ...]
    footer: tuple[str, ...]


def render(dossier: Dossier, kind: Literal["html", "md"]) -> str:
    """The document as HTML or Markdown; what the policy's authors wrote is shown as text, never as markup."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=kind == "html",  # noqa: S701 - Markdown is escaped by the filter `plain`
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.tests["number_like"] = _is_number_like
    environment.filters["plain"] = _plain
    template = (files("credit_scoring.sectors.weighing") / "templates" / f"dossier.{kind}.j2").read_text(
        "utf-8"
    )
    return environment.from_string(template).render(dossier=dossier, lang=dossier.lang)


def _is_number_like(text: str) -> bool:
    return re.fullmatch(r"[-+±−]?[0-9][0-9.,/]*( ?%)?", text) is not None


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]#])", r"\\\1", " ".join(text.split()))
