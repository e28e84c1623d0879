"""A report as Markdown and as one self-contained HTML file."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Literal

from credit_scoring.reports.contents import Report


def render(report: Report, kind: Literal["html", "md"]) -> str:
    """The document as HTML or Markdown; what the policy's authors wrote is shown as text, never as markup."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=kind == "html",  # noqa: S701 - Markdown is escaped by the filter `plain`
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.tests["number_like"] = _is_number_like
    environment.filters["plain"] = _plain
    template = (files("credit_scoring.reports") / "templates" / f"report.{kind}.j2").read_text("utf-8")
    return environment.from_string(template).render(report=report, lang=report.lang)


def _is_number_like(text: str) -> bool:
    return re.fullmatch(r"[-+±−]?[0-9][0-9.,/]*( ?%)?", text) is not None


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]#])", r"\\\1", " ".join(text.split()))
