"""The report's sections on rules: reasons, causes, and the subjects that move most."""

from __future__ import annotations

from collections.abc import Sequence

from credit_scoring.releases.impact.contents import Impact, Mover, Part
from credit_scoring.releases.impact.limits import plain
from credit_scoring.releases.impact.wording import Words, signed, whole
from credit_scoring.reports.contents import Section, Table

_MOST_CAUSES = 30


def reason_section(impact: Impact, words: Words) -> Section:
    """How often each rule is a reason, the largest change first."""
    changed = sorted(impact.reasons, key=lambda r: -abs((r.after or 0) - (r.before or 0)))
    rows = tuple(
        (
            words.title(one.title), one.rule, words.kind(one.kind),
            "–" if one.before is None else whole(one.before), "–" if one.after is None else whole(one.after),
            signed((one.after or 0) - (one.before or 0)),
        )
        for one in changed
        if one.before or one.after
    )  # fmt: skip
    heads = tuple(words(key) for key in ("rule", "named", "kind", "before", "after", "change"))
    table = Table(caption=words("reasons"), heads=heads, rows=rows)
    return Section(title=words("reasons"), paragraphs=(words("reasons_about"),), tables=(table,))


def cause_section(impact: Impact, words: Words) -> list[Section]:
    """Which rules move how many; none where nobody moves."""
    if not impact.causes:
        return []
    rows = tuple(
        (
            words.kind(one.cause), "–" if one.title is None else words.title(one.title), one.rule or "–",
            whole(one.subjects), "–" if one.change is None else signed(one.change),
        )
        for one in impact.causes[:_MOST_CAUSES]
    )  # fmt: skip
    heads = tuple(words(key) for key in ("kind", "rule", "named", "subjects", "points_sum"))
    table = Table(caption=words("causes"), heads=heads, rows=rows)
    return [Section(title=words("causes"), paragraphs=(words("causes_about"),), tables=(table,))]


def mover_sections(impact: Impact, words: Words) -> list[Section]:
    """Those who move most, each way; none where nobody does."""
    return [
        _movers(impact, movers, words, key) for key, movers in (("rising", impact.rising), ("falling", impact.falling)) if movers
    ]  # fmt: skip


def _movers(impact: Impact, movers: Sequence[Mover], words: Words, key: str) -> Section:
    rows = tuple(
        (
            str(mover.number) if mover.subject_id is None else mover.subject_id,
            plain(mover.score_before), plain(mover.score_after), signed(mover.change),
            f"{words.state(impact.states_before[mover.state_before])} → {words.state(impact.states_after[mover.state_after])}",
            _cause(mover, words), words.listed([_part(part, words) for part in mover.parts]),
        )
        for mover in movers
    )  # fmt: skip
    heads = tuple(words(k) for k in ("subject", "before", "after", "change", "grade", "cause", "parts"))
    about = [words("movers_about")]
    if any(mover.subject_id is None for mover in movers):
        about.append(words("private"))
    table = Table(caption=words(key), heads=heads, rows=rows)
    return Section(title=words(key), paragraphs=tuple(about), tables=(table,))


def _cause(mover: Mover, words: Words) -> str:
    name = words.kind(mover.cause) if mover.cause_title is None else words.title(mover.cause_title)
    points = "" if mover.cause_change is None else f" {signed(mover.cause_change)}"
    if mover.grade_cause is None or mover.grade_cause == mover.cause:
        return name + points
    return f"{name}{points}; {words('grade')}: {words.kind(mover.grade_cause)}"


def _part(part: Part, words: Words) -> str:
    name = words.kind(part.kind) if part.title is None else words.title(part.title)
    return f"{name} {_points(part)} ({signed(part.change)})"


def _points(part: Part) -> str:
    before, after = ("–" if p is None else plain(p) for p in (part.before, part.after))
    return f"{before} → {after}"
