"""A paper as Markdown and as one self-contained HTML file that prints well."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from credit_scoring.releases.paperwork.document import Block, Document

if TYPE_CHECKING:
    from jinja2 import Template

Kind = Literal["html", "md"]
KINDS: tuple[Kind, ...] = ("html", "md")


def render(document: Document, kind: Kind) -> str:
    """The paper as HTML or Markdown; what the policy's authors wrote is shown as text, never as markup."""
    blocks = [(type(block).__name__.lower(), block) for block in document.blocks]
    text = _template(kind).render(document=document, blocks=blocks)
    return text if kind == "html" else re.sub(r"\n{3,}", "\n\n", text)


@cache
def _template(kind: Kind) -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=kind == "html",  # noqa: S701 - Markdown is escaped by the filter `plain`
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["plain"] = plain
    environment.tests["amount"] = _is_amount
    source = files("credit_scoring.releases.paperwork") / "templates" / f"paper.{kind}.j2"
    return environment.from_string(source.read_text("utf-8"))


def plain(text: str) -> str:
    """A text that Markdown shows as it is.

    >>> plain("a*b | <c>")
    'a\\\\*b \\\\| \\\\<c\\\\>'
    """
    return re.sub(r"([\\`*_|<>\[\]#~&])", r"\\\1", " ".join(text.split()))


def _is_amount(text: str) -> bool:
    return re.fullmatch(r"[-+±−]?[0-9][0-9.,]*( ?%)?", text) is not None


__all__ = ["KINDS", "Block", "Kind", "plain", "render"]
