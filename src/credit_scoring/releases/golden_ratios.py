"""Ratios of two measures, just below, at and just above every cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from credit_scoring.releases.golden_measures import MOST_ENTRIES, Reading, Rule, singles, spread
from credit_scoring.releases.golden_records import TEN_THOUSANDTHS, Entry, Setting

_PARTS = 24


def around_ratio(numerator: Reading, denominator: Reading, cuts: Iterable[int]) -> Iterator[Setting]:
    """Settings whose ratio lies just below and just above every cut."""
    top, bottom = numerator.heaviest(), denominator.heaviest()
    mine = {(rule.item, rule.level) for rule in numerator.rules}
    shared = (top.item, top.level) in {(rule.item, rule.level) for rule in denominator.rules}
    if shared:
        # What counts above the line counts below it too: the rest below is of another kind.
        bottom = next((r for r in denominator.rules if (r.item, r.level) not in mine), bottom)
    what = f"ratio-{top.item}"
    yield Setting(what=what, entries=(bottom.entry(),))
    yield Setting(what=what, entries=(top.entry(),))
    for one in singles(numerator):
        yield Setting(what=f"over-{one.what}", entries=(*one.entries, bottom.entry()))
    for cut in cuts:
        for part in _fractions_near(Fraction(cut, 1_000_000)):
            for times in (1, 2):
                over = _amounting(numerator, top, part.numerator * times)
                rest = part.denominator * times - (part.numerator * times if shared else 0)
                under = _amounting(denominator, bottom, rest)
                if (under or (shared and not rest)) and (over or part.numerator == 0):
                    yield Setting(what=what, entries=(*over, *under))


def _fractions_near(cut: Fraction) -> tuple[Fraction, ...]:
    """The nearest fractions of small numbers below, at and above a cut."""
    if cut < 0 or cut > 1_000:
        return ()
    found = {
        Fraction(top, bottom)
        for bottom in (*range(1, _PARTS + 1), 40, 50, 100, 200, 500, 1000)
        for top in (int(cut * bottom) - 1, int(cut * bottom), int(cut * bottom) + 1)
        if 0 <= top <= MOST_ENTRIES
    }
    below = max((f for f in found if f < cut), default=None)
    above = min((f for f in found if f > cut), default=None)
    return tuple(f for f in (below, cut if cut in found else None, above) if f is not None)


def _amounting(reading: Reading, rule: Rule, amount: int) -> tuple[Entry, ...]:
    """Entries by which the measure has a whole number for its value."""
    if reading.kind in ("count", "count_months", "longest_run_months", "ever"):
        return spread(reading, rule, amount)
    value = amount * TEN_THOUSANDTHS
    return (replace(rule.entry(value=value), weight=TEN_THOUSANDTHS),) if rule.takes(value) else ()
