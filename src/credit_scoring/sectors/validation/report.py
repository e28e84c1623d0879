"""The report of a validation: one self-contained page, all numbers as JSON, and a short summary in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from credit_scoring.errors import OutputError
from credit_scoring.policy.catalogue import Title, month_count
from credit_scoring.policy.numbers import POINT
from credit_scoring.sectors.validation.results import About, Check, Estimate, Validation
from credit_scoring.sectors.validation.wording import (
    grade_name,
    kind_name,
    say,
    split_name,
    table_name,
    with_code,
)

Lang: TypeAlias = Literal["zh", "en"]
_PAGE, _NUMBERS, _SUMMARY = "validation.html", "validation.json", "validation.md"


def write_validation(
    validation: Validation, folder: Path, *, lang: Lang = "zh", about: About | None = None
) -> None:
    """Write `validation.html`, `validation.json` and `validation.md` into a folder, made if it is not there.

    Args:
        validation: what `validate` found.
        folder: where to.
        lang: of the page and the summary.
        about: what was validated, shown at the top of both and kept in the numbers; None leaves
            `validation.about` as it is.

    Raises:
        OutputError: one of the three is there already, or cannot be written.
    """
    there = [name for name in (_PAGE, _NUMBERS, _SUMMARY) if (folder / name).exists()]
    if there:
        raise OutputError(f"{folder / there[0]} exists already; name another folder or remove it.")
    if about is not None:
        validation = validation.model_copy(update={"about": about})
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
    from credit_scoring.sectors.validation.pictures import draw_all

    environment = Environment(
        loader=PackageLoader("credit_scoring.sectors.validation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"estimate": _estimate, "interval": _interval, "number": _number, "share": _share}
    drawn = draw_all(validation, lang=lang)
    pictures = [
        # Drawn here from numbers; matplotlib escapes every text it writes into an SVG.
        (picture.key, picture.split, Markup(_inline(picture.content)))  # noqa: S704
        for picture in drawn
    ]
    return environment.get_template("validation.html").render(
        found=validation,
        pictures=pictures,
        lang=lang,
        numbered=any(picture.numbered for picture in drawn),
        other_letters=any(picture.lang != lang for picture in drawn),
        heading=heading(validation, lang),
        about=_about(validation.about, lang) if validation.about else (),
        grade_words=lambda codes, titles: _grades(codes, titles, lang),
        split_name=partial(split_name, lang=lang),
        kind_name=partial(kind_name, lang=lang),
        table_name=partial(table_name, lang=lang),
        point=POINT,
        titles={note.name: note.title.in_language(lang) for note in validation.features if note.title},
        t=lambda key, **parts: say(key, lang).format(**parts) if parts else say(key, lang),
    )


def summary(validation: Validation, *, lang: Lang = "zh") -> str:
    """The verdict as Markdown, a line per check."""
    verdict = say("verdict_passed" if validation.passed else "verdict_failed", lang)
    heads = [say(key, lang) for key in ("check", "split", "value", "interval", "limit", "outcome", "detail")]
    lines = [
        f"# {_in_cell(heading(validation, lang))}",
        "",
        *_identity(validation.about, lang),
        f"**{verdict}**",
        "",
        _line(heads),
        f"|{'---|' * len(heads)}",
        *(_line(_cells(check, lang)) for check in validation.checks),
        "",
        say("verdict_note", lang),
        "",
        *_ladder(validation, lang),
    ]
    return "\n".join(lines) + "\n"


def heading(validation: Validation, lang: Lang) -> str:
    """What the report is called: by its sector, where it is known."""
    said = say("title", lang)
    if validation.about is None:
        return said
    return f"{validation.about.title.in_language(lang)}{' · ' if lang == 'zh' else ': '}{said}"


def _about(about: About, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Label and text of everything but the inputs."""
    return tuple(
        (say(key, lang), text)
        for key, text in (
            ("sector", about.title.in_language(lang)),
            ("scorecard", about.scorecard),
            (
                "family",
                with_code(about.family, Title(zh=say(about.family, "zh"), en=say(about.family, "en")), lang),
            ),
            ("subject_type", say(about.subject_type, lang)),
            ("foreseen", about.outcome.in_language(lang)),
            ("window", say("months", lang).format(count=month_count(about.window))),
            ("observed_on", ", ".join(on.isoformat() for on in about.observed_on)),
            ("labels_until", about.labels_until.isoformat()),
            ("code_version", about.code_version),
        )
    )


def _identity(about: About | None, lang: Lang) -> list[str]:
    if about is None:
        return []
    inputs = [_line([table_name(table, lang), file, f"`{sha256}`"]) for table, file, sha256 in about.inputs]
    heads = [say(key, lang) for key in ("table", "file")]
    return [
        *(
            f"- {label}{'：' if lang == 'zh' else ': '}{_in_cell(text)}"
            for label, text in _about(about, lang)
        ),
        "",
        _line([*heads, "SHA-256"]),
        "|---|---|---|",
        *inputs,
        "",
    ]


def _ladder(validation: Validation, lang: Lang) -> list[str]:
    """Shares of the grades, a line per split."""
    grades = _grades(validation.grades, validation.grade_titles, lang)
    return [
        say("grades", lang),
        "",
        _line([say("split", lang), *grades]),
        f"|{'---|' * (len(grades) + 1)}",
        *(_line([split_name(s.name, lang), *map(_share, s.grades)]) for s in validation.splits),
    ]


def _grades(codes: Sequence[str], titles: Sequence[Title], lang: Lang) -> list[str]:
    return [grade_name(place, codes=codes, titles=titles, lang=lang) for place in range(len(codes))]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_in_cell, cells))} |"


def _cells(check: Check, lang: Lang) -> list[str]:
    reason = check.found.reason
    detail = "; ".join(part.in_language(lang) for part in (reason, check.detail) if part)
    limit = f"{'≤' if check.at_most else '≥'} {check.limit:g}"
    value = "–" if check.found.value is None else f"{check.found.value:.4f}"
    where = split_name(check.split, lang) if check.split else ""
    cells = [say(check.name, lang), where, value, _interval(check.found), limit]
    return [*cells, say(check.outcome, lang), detail]


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
