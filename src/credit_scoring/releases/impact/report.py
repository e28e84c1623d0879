"""The report of a simulation for people: the answer first, then the matrix, the groups, the rules, the rows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from credit_scoring.releases.impact.contents import Cell, Impact, State
from credit_scoring.releases.impact.limits import plain
from credit_scoring.releases.impact.pictures import scores_picture
from credit_scoring.releases.impact.report_groups import group_sections
from credit_scoring.releases.impact.report_rules import cause_section, mover_sections, reason_section
from credit_scoring.releases.impact.wording import Lang, Words, share, signed, whole
from credit_scoring.reports.contents import Picture, Report, Section, Table
from credit_scoring.reports.rendering import render

PICTURE = "scores.svg"
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


def write_report(impact: Impact, folder: Path) -> None:
    """Write the report in both languages, as HTML and Markdown, and the picture of the latter."""
    for lang in LANGUAGES:
        contents = impact_report(impact, lang)
        (folder / f"impact.{lang}.html").write_text(render(contents, "html"), encoding="utf-8")
        (folder / f"impact.{lang}.md").write_text(render(contents, "md"), encoding="utf-8")
    if impact.distribution is not None:
        (folder / PICTURE).write_text(scores_picture(impact.distribution.bins), encoding="utf-8")


def impact_report(impact: Impact, lang: Lang) -> Report:
    """What the report holds."""
    words = Words(lang)
    sections = [
        _answer(impact, words),
        _matrix(impact, words),
        *group_sections(impact, words),
        _inspections(impact, words),
        reason_section(impact, words),
        *_distribution(impact, words),
        *cause_section(impact, words),
        *mover_sections(impact, words),
        _rows(impact, words),
        _compared(impact, words),
    ]
    return Report(
        lang=lang,
        title=words("title", before=impact.before.label, after=impact.after.label),
        sections=tuple(sections),
        footer=(
            words(
                "footer", on=impact.on, known_by=impact.known_by, terms=impact.terms, version=impact.version
            ),
        ),
    )


def _answer(impact: Impact, words: Words) -> Section:
    everyone = impact.everyone
    number = everyone.subjects
    if not everyone.moved and not everyone.score_changed:
        return Section(title=words("answer"), paragraphs=(words("nothing"), _inspected(impact, words)))
    moved = words(
        "moved", both=whole(number), moved=whole(everyone.moved), share=share(everyone.moved, number)
    )
    if everyone.better is not None and everyone.worse is not None:
        rest = everyone.moved - everyone.better - everyone.worse
        ways = words("ways", better=whole(everyone.better), worse=whole(everyone.worse), rest=whole(rest))
    else:
        ways = words("other_ladder")
    paragraphs = [
        moved + ("" if words.lang == "zh" else " ") + ways,
        _worst(impact, words),
        _inspected(impact, words),
    ]
    if impact.distribution is not None:
        paragraphs.append(
            words(
                "scores", changed=whole(everyone.score_changed), share=share(everyone.score_changed, number),
                mean=signed(impact.distribution.mean_change),
                absolute=plain(impact.distribution.mean_absolute_change),
            )
        )  # fmt: skip
    return Section(title=words("answer"), paragraphs=tuple(paragraphs))


def _worst(impact: Impact, words: Words) -> str:
    if not impact.worst_before and not impact.worst_after:
        return words("no_worst")
    everyone = impact.everyone
    return words(
        "worst", before=_named(impact.worst_before, impact.states_before, words),
        after=_named(impact.worst_after, impact.states_after, words),
        entered=whole(everyone.entered_worst), entered_share=share(everyone.entered_worst, everyone.subjects),
        left=whole(everyone.left_worst), left_share=share(everyone.left_worst, everyone.subjects),
    )  # fmt: skip


def _named(names: Sequence[str], states: Sequence[State], words: Words) -> str:
    return words.listed([words.state(state) for state in states if state.name in names])


def _inspected(impact: Impact, words: Words) -> str:
    before, after = impact.inspections_before, impact.inspections_after
    if before is None or after is None:
        sides = ((impact.before, before), (impact.after, after))
        names = dict.fromkeys(side.scorecard for side, stated in sides if stated is None)
        return words("not_inspected", names=words.listed(list(names)))
    return words(
        "inspected",
        before=plain(before.total),
        after=plain(after.total),
        change=_relative(before.total, after.total),
    )


def _relative(before: Decimal, after: Decimal) -> str:
    if not before:
        return signed(after - before)
    scaled = abs(Fraction(after) - Fraction(before)) / Fraction(before) * 10_000
    whole_part = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{'-' if after < before else '+'}{Decimal(whole_part).scaleb(-2)} %"


def _matrix(impact: Impact, words: Words) -> Section:
    table = matrix_table(impact, impact.everyone.cells, words, caption=words("matrix"))
    return Section(title=words("matrix"), paragraphs=(words("matrix_about"),), tables=(table,))


def matrix_table(impact: Impact, cells: Sequence[Cell], words: Words, *, caption: str) -> Table:
    """The transition matrix with its sums; a cell is as dark as its share of its row."""
    counts = {(cell.before, cell.after): cell.subjects for cell in cells}
    across = range(len(impact.states_after))
    rows, shades = [], []
    for i, state in enumerate(impact.states_before):
        own = [counts.get((i, j), 0) for j in across]
        total = sum(own)
        rows.append((words.state(state), *(whole(n) for n in own), whole(total)))
        shades.append((0, *(80 * n // total if total else 0 for n in own), 0))
    sums = [sum(counts.get((i, j), 0) for i in range(len(impact.states_before))) for j in across]
    rows.append((words("sum"), *(whole(n) for n in sums), whole(sum(sums))))
    shades.append((0,) * (len(sums) + 2))
    heads = (words("from"), *(words.state(s) for s in impact.states_after), words("sum"))
    return Table(caption=caption, heads=heads, rows=tuple(rows), shades=tuple(shades))


def _inspections(impact: Impact, words: Words) -> Section:
    before, after = impact.inspections_before, impact.inspections_after
    paragraphs = [_inspected(impact, words)]
    stated = [part for part in (before, after) if part is not None]
    if not stated:
        return Section(title=words("inspections_title"), paragraphs=tuple(paragraphs))
    basis = "; ".join(dict.fromkeys(f"{part.basis}, {', '.join(part.authority)}" for part in stated))
    paragraphs.append(words("inspections_about", basis=basis))
    paragraphs.append(
        words(
            "without_ratio",
            before="–" if before is None else whole(before.without_ratio),
            after="–" if after is None else whole(after.without_ratio),
        )
    )
    tables = []
    for name, part in (("before", before), ("after", after)):
        if part is not None:
            rows = [
                (
                    words.state(grade.state), whole(grade.subjects), "–" if grade.ratio is None else plain(grade.ratio),
                    "–" if grade.inspections is None else plain(grade.inspections),
                )
                for grade in part.grades
            ]  # fmt: skip
            heads = (words("grade"), words("subjects"), words("ratio"), words("inspections"))
            total = (words("sum"), whole(sum(g.subjects for g in part.grades)), "", plain(part.total))
            tables.append(Table(caption=words(name), heads=heads, rows=(*rows, total)))
    return Section(title=words("inspections_title"), paragraphs=tuple(paragraphs), tables=tuple(tables))


def _distribution(impact: Impact, words: Words) -> list[Section]:
    found = impact.distribution
    if found is None:
        return []
    mean = (
        words("average"), plain(found.mean_before), plain(found.mean_after), signed(found.mean_change),
    )  # fmt: skip
    quantiles = [
        (words("quantile", percent=q.percent), plain(q.before), plain(q.after), signed(q.after - q.before))
        for q in found.quantiles
    ]
    heads = (words("statistic"), words("before"), words("after"), words("change"))
    table = Table(caption=words("distribution"), heads=heads, rows=(mean, *quantiles))
    about = words("distribution_about")
    picture = Picture(file=PICTURE, svg=scores_picture(found.bins), caption=about)
    return [Section(title=words("distribution"), tables=(table,), picture=picture)]


def _rows(impact: Impact, words: Words) -> Section:
    people = impact.population
    verdict = words("agrees") if people.reconciles else words("differs")
    paragraphs = [
        words(
            "reconciled", rows=whole(people.rows), both=whole(people.both), only_before=whole(people.only_before),
            only_after=whole(people.only_after), neither=whole(people.neither), verdict=verdict,
        )
    ]  # fmt: skip
    for name, part in (("before", impact.records_before), ("after", impact.records_after)):
        counts = {key: whole(number) for key, number in part.model_dump().items()}
        paragraphs.append(words("records_line", side=words(name), **counts))
    reasons = dict.fromkeys([*people.rejected_before, *people.rejected_after])
    rows = tuple(
        (reason, whole(people.rejected_before.get(reason, 0)), whole(people.rejected_after.get(reason, 0)))
        for reason in reasons
    )
    heads = (words("reason"), words("before"), words("after"))
    tables = (Table(caption=words("rejected"), heads=heads, rows=rows),) if rows else ()
    return Section(title=words("reconciles"), paragraphs=tuple(paragraphs), tables=tables)


def _compared(impact: Impact, words: Words) -> Section:
    sides = (impact.before, impact.after)

    def line(key: str, *values: str) -> tuple[str, ...]:
        return (words(key), *values)

    rows = (
        line("named", *(side.label for side in sides)),
        line("edition", *(f"{words.title(side.title)} ({side.scorecard}@{side.edition})" for side in sides)),
        line(
            "release",
            *("–" if side.version is None else f"{side.scorecard}:{side.version}" for side in sides),
        ),
        line("content", *(side.content_sha256 or "–" for side in sides)),
        line("policy", *(side.policy_sha256 for side in sides)),
        line("extends", *(side.extends or "–" for side in sides)),
        line("force", *(words("yes") if side.in_force else words("draft") for side in sides)),
    )
    heads = (words("item"), words("before"), words("after"))
    inputs = [("subjects", impact.subjects), ("records", impact.records), ("coverage", impact.coverage), ("segments", impact.segments)]  # fmt: skip
    used = tuple((name, i.name, whole(i.rows), i.sha256) for name, i in inputs if i is not None)
    tables = (
        Table(caption=words("compared"), heads=heads, rows=rows),
        Table(
            caption=words("input"),
            heads=(words("input"), words("named"), words("rows"), "SHA-256"),
            rows=used,
        ),
    )
    unused = () if not impact.segments_unused else (words("unused", rows=whole(impact.segments_unused)),)
    return Section(title=words("compared"), paragraphs=unused, tables=tables)
