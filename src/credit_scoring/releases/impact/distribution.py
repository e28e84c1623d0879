"""The distribution of scores before and after, from how many subjects have each score. Integers, rounded once at the end."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from credit_scoring.engines.base import Engine
from credit_scoring.policy.numbers import POINT
from credit_scoring.releases.impact.contents import Bin, Distribution, Movement, Quantile
from credit_scoring.releases.impact.movements import points

PERCENTS = (0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100)
MOST_BINS = 40
_WIDTHS = tuple(base * 10**power for power in range(10) for base in (1, 2, 5))
"""Of a bin, in points."""


def distribution(engine: Engine, everyone: Movement) -> Distribution | None:
    """Means, quantiles and a histogram; None where nobody was scored by both."""
    if not everyone.subjects:
        return None
    before, after = (_counts(engine, f"score_{side}") for side in ("before", "after"))
    number = everyone.subjects
    return Distribution(
        mean_before=rounded(sum(s * n for s, n in before.items()), number),
        mean_after=rounded(sum(s * n for s, n in after.items()), number),
        mean_change=rounded(int(everyone.change.scaleb(3)), number),
        mean_absolute_change=rounded(int(everyone.absolute_change.scaleb(3)), number),
        quantiles=_quantiles(before, after),
        bins=_bins(before, after),
    )


def _counts(engine: Engine, column: str) -> dict[int, int]:
    table = engine.table(
        f"SELECT {column} AS score, count(*) AS n FROM pairs WHERE scored_by_both GROUP BY ALL ORDER BY score"
    )
    return dict(zip(table["score"].to_pylist(), table["n"].to_pylist(), strict=True))


def rounded(thousandths: int, number: int) -> Decimal:
    """A mean in points with three places, half up away from zero.

    >>> rounded(-5, 2), rounded(10, 3)
    (Decimal('-0.003'), Decimal('0.003'))
    """
    size = (2 * abs(thousandths) + number) // (2 * number)
    return points(-size if thousandths < 0 else size)


def _quantiles(before: Mapping[int, int], after: Mapping[int, int]) -> tuple[Quantile, ...]:
    ends = [_quantile_scores(counts) for counts in (before, after)]
    return tuple(
        Quantile(percent=percent, before=points(a), after=points(b))
        for percent, a, b in zip(PERCENTS, *ends, strict=True)
    )


def _quantile_scores(counts: Mapping[int, int]) -> list[int]:
    """For every share, the lowest score that so many subjects do not exceed; for none of them the lowest."""
    number = sum(counts.values())
    found: list[int] = []
    so_far = 0
    for score, subjects in counts.items():
        so_far += subjects
        while len(found) < len(PERCENTS) and so_far * 100 >= PERCENTS[len(found)] * number:
            found.append(score)
    return found


def _bins(before: Mapping[int, int], after: Mapping[int, int]) -> tuple[Bin, ...]:
    low = min([*before, *after])
    high = max([*before, *after])
    width = POINT * next(w for w in _WIDTHS if high // (POINT * w) - low // (POINT * w) < MOST_BINS)
    first, last = low // width, high // width
    sums = [[0, 0] for _ in range(first, last + 1)]
    for side, counts in enumerate((before, after)):
        for score, subjects in counts.items():
            sums[score // width - first][side] += subjects
    return tuple(
        Bin(low=points((first + i) * width), high=points((first + i + 1) * width), before=a, after=b)
        for i, (a, b) in enumerate(sums)
    )
