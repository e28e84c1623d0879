"""The report's sections on groups of subjects: one line a segment, and the transitions of those that move most."""

from __future__ import annotations

from fractions import Fraction

from credit_scoring.releases.impact.contents import Impact, Segment, SegmentKind
from credit_scoring.releases.impact.distribution import rounded
from credit_scoring.releases.impact.limits import plain
from credit_scoring.releases.impact.wording import Words, share, signed, whole
from credit_scoring.reports.contents import Section, Table

_MOST_LINES = 30
_MOST_MATRICES = 12


def group_sections(impact: Impact, words: Words) -> list[Section]:
    """One section for every grouping that tells somebody apart: one of a single missing value does not."""
    return [
        _section(impact, kind, words)
        for kind in impact.by
        if any(segment.value is not None for segment in kind.segments)
    ]


def _section(impact: Impact, kind: SegmentKind, words: Words) -> Section:
    # Where most grades change comes first; who is not judged comes last.
    order = sorted(
        kind.segments, key=lambda s: (not s.judged, -_moved(s), -s.movement.subjects, s.value or "")
    )
    shown = order[:_MOST_LINES]
    about = [words("segments_about", least=whole(impact.segment_size_at_least))]
    if len(order) > len(shown):
        about.append(words("further", rest=len(order) - len(shown)))
    tables = (_lines(kind, shown, words), _matrices(impact, kind, shown[:_MOST_MATRICES], words))
    return Section(title=words("by", kind=words.title(kind.title)), paragraphs=tuple(about), tables=tables)


def _moved(segment: Segment) -> Fraction:
    number = segment.movement.subjects
    return Fraction(segment.movement.moved, number) if number else Fraction(0)


def _value(segment: Segment, words: Words) -> str:
    name = words("missing") if segment.value is None else segment.value
    return name if segment.judged else f"{name} *"


def _lines(kind: SegmentKind, segments: list[Segment], words: Words) -> Table:
    rows = []
    for segment in segments:
        m = segment.movement
        mean = signed(rounded(int(m.change.scaleb(3)), m.subjects)) if m.subjects else "–"
        drawn = (
            f"{plain(m.inspections_before)} → {plain(m.inspections_after)}"
            if m.inspections_before is not None and m.inspections_after is not None
            else "–"
        )
        rows.append(
            (
                _value(segment, words), whole(m.subjects), whole(m.moved), share(m.moved, m.subjects),
                "–" if m.better is None else whole(m.better), "–" if m.worse is None else whole(m.worse),
                whole(m.entered_worst), whole(m.left_worst), mean, drawn,
            )
        )  # fmt: skip
    keys = (
        "segment",
        "subjects",
        "changed_grade",
        "share",
        "up",
        "down",
        "entered",
        "left",
        "mean",
        "inspections",
    )
    return Table(caption=words.title(kind.title), heads=tuple(words(key) for key in keys), rows=tuple(rows))


def _matrices(impact: Impact, kind: SegmentKind, segments: list[Segment], words: Words) -> Table:
    rows, shades = [], []
    across = range(len(impact.states_after))
    for segment in segments:
        counts = {(cell.before, cell.after): cell.subjects for cell in segment.movement.cells}
        for i, state in enumerate(impact.states_before):
            own = [counts.get((i, j), 0) for j in across]
            if total := sum(own):
                rows.append((_value(segment, words), words.state(state), *(whole(n) for n in own)))
                shades.append((0, 0, *(80 * n // total for n in own)))
    return Table(
        caption=f"{words('segment_matrix')}: {words.title(kind.title)}",
        heads=(words("segment"), words("from"), *(words.state(s) for s in impact.states_after)),
        rows=tuple(rows),
        shades=tuple(shades),
    )
