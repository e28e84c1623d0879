"""The picture of the report, as SVG with figures only: the words stand beside it in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from credit_scoring.releases.impact.contents import Bin
from credit_scoring.releases.impact.limits import plain

_WIDTH, _HEIGHT, _MARGIN = 800, 240, 46
_BEFORE, _AFTER = "#b8c4d0", "#1f5a8c"


def scores_picture(bins: Sequence[Bin]) -> str:
    """Subjects (upright) by score (across): before as pale bars, after as a dark line."""
    most = max(max(b.before, b.after) for b in bins)
    across = (_WIDTH - 2 * _MARGIN) / len(bins)

    def height(subjects: int) -> float:
        return (_HEIGHT - 2 * _MARGIN) * subjects / most

    base = _HEIGHT - _MARGIN
    bars, line = [], []
    for i, one in enumerate(bins):
        left = _MARGIN + i * across
        bars.append(
            f'<rect x="{left:.1f}" y="{base - height(one.before):.1f}" width="{across:.1f}" '
            f'height="{height(one.before):.1f}"/>'
        )
        top = base - height(one.after)
        line += [f"{left:.1f},{top:.1f}", f"{left + across:.1f},{top:.1f}"]
    every = max(1, len(bins) // 8)
    marks = [
        f'<text x="{_MARGIN + i * across:.1f}" y="{base + 16}">{plain(b.low)}</text>'
        for i, b in enumerate(bins)
        if i % every == 0
    ]
    right = _WIDTH - _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<g fill="{_BEFORE}">{"".join(bars)}</g>'
        f'<polyline points="{" ".join(line)}" fill="none" stroke="{_AFTER}" stroke-width="2"/>'
        f'<line x1="{_MARGIN}" y1="{base}" x2="{right}" y2="{base}" stroke="#57606a"/>'
        f'<g font-size="11" fill="#57606a" font-family="sans-serif">{"".join(marks)}'
        f'<text x="{_MARGIN}" y="{_MARGIN - 10}">{most:,}</text></g></svg>'
    )
