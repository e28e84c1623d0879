"""The report of a validation: one self-contained page, all numbers as JSON, and a short summary in Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from credit_scoring.errors import OutputError
from credit_scoring.policy.numbers import POINT
from credit_scoring.sectors.validation.results import Check, Estimate, Validation
from credit_scoring.sectors.validation.wording import say

Lang: TypeAlias = Literal["zh", "en"]
_PAGE, _NUMBERS, _SUMMARY = "validation.html", "validation.json", "validation.md"


def write_validation(validation: Validation, folder: Path, *, lang: Lang = "zh") -> None:
    """Write `validation.html`, `validation.json` and `validation.md` into a folder, made if it is not there.

    Raises:
        OutputError: one of the three is there already, or cannot be written.
    """
    there = [name for name in (_PAGE, _NUMBERS, _SUMMARY) if (folder / name).exists()]
    if there:
        raise OutputError(f"{folder / there[0]} exists already; name another folder or remove it.")
    contents = {
        _PAGE: page(validation, lang=lang),
        _NUMBERS: validation.model_dump_json(indent=2) + "\n",
        _SUMMARY: summary(validation, lang=lang),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"the validation cannot be written to {folder}: {error.strerror}.") from error


def page(validation: Validation, *, lang: Lang = "zh") -> str:
    """The whole report as one HTML page: no script, nothing from the network, pictures inside."""
    from credit_scoring.sectors.validation.pictures import Lettering, draw_all

    environment = Environment(
        loader=PackageLoader("credit_scoring.sectors.validation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"estimate": _estimate, "interval": _interval, "number": _number, "share": _share}
    pictures = [
        # Drawn here from numbers; matplotlib escapes every text it writes into an SVG.
        (picture.key, picture.split, Markup(_inline(picture.content)))  # noqa: S704
        for picture in draw_all(validation, lang=lang)
    ]
    # English letters cannot write Chinese names either, whatever the language of the page.
    numbered = Lettering.choose(lang).lang == "en"
    return environment.get_template("validation.html").render(
        found=validation,
        pictures=pictures,
        lang=lang,
        numbered=numbered,
        point=POINT,
        titles={note.name: note.title.in_language(lang) for note in validation.features if note.title},
        t=lambda key, **parts: say(key, lang).format(**parts) if parts else say(key, lang),
    )


def summary(validation: Validation, *, lang: Lang = "zh") -> str:
    """The verdict as Markdown, a line per check."""
    verdict = say("verdict_passed" if validation.passed else "verdict_failed", lang)
    heads = [say(key, lang) for key in ("check", "split", "value", "interval", "limit", "outcome", "detail")]
    lines = [
        f"# {say('title', lang)}",
        "",
        f"**{verdict}**",
        "",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(_cells(check, lang))} |" for check in validation.checks),
        "",
        say("verdict_note", lang),
    ]
    return "\n".join(lines) + "\n"


def _cells(check: Check, lang: Lang) -> list[str]:
    reason = check.found.reason
    detail = "; ".join(part.in_language(lang) for part in (reason, check.detail) if part)
    limit = f"{'≤' if check.at_most else '≥'} {check.limit:g}"
    value = "–" if check.found.value is None else f"{check.found.value:.4f}"
    cells = [say(check.name, lang), check.split or "", value, _interval(check.found), limit]
    return [_in_cell(cell) for cell in (*cells, say(check.outcome, lang), detail)]


def _in_cell(text: str) -> str:
    """Text that can end neither its cell nor its line, nor start a tag."""
    flat = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return flat.replace("\\", "\\\\").replace("|", "\\|")


def _inline(svg: bytes) -> str:
    """The picture without the declarations that only a file of its own needs."""
    text = svg.decode("utf-8")
    return text[text.index("<svg") :]


def _estimate(found: Estimate, places: int = 3) -> str:
    return "–" if found.value is None else f"{found.value:.{places}f}"


def _interval(found: Estimate, places: int = 3) -> str:
    return (
        "" if found.low is None or found.high is None else f"{found.low:.{places}f} – {found.high:.{places}f}"
    )


def _number(value: float | None, places: int = 3) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"
