"""What a scorecard's measures can tell apart: records on both sides of every cut, window, decay step and repair.

All of it is read off the compiled tables of the policy on the day: the very dates and limits the engine uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.compilation import Compiled
from credit_scoring.policy.numbers import months_before
from credit_scoring.releases.golden_records import TEN_THOUSANDTHS, Entry, Setting

DAY = timedelta(days=1)
MOST_ENTRIES = 60
"""Of one setting: a sum that needs more single events to reach a cut is not built."""
_WHOLE = 1_000_000
"""A factor of 1."""
_SUMS = 3_000
"""Sums of events looked at on the way to a cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A kind of entry that a measure reads."""

    item: str
    level: str | None
    after: date | None
    upto: date
    own_term: bool
    value_from: int | None
    value_below: int | None
    repaired: str
    points: int | None
    per: int | None
    kept_from: date | None
    needs_value: bool

    def inside(self, days: int = 20) -> date:
        """A day so many before the window's last, or as near as the window lets it."""
        day = self.upto - days * DAY
        if self.after is not None and day <= self.after:
            day = self.after + DAY
        return day

    def value(self) -> int | None:
        """A value that counts; None where the item needs none."""
        if self.value_from is not None:
            return self.value_from
        if not self.needs_value and self.per is None and self.value_below is None:
            return None
        value = 10 * TEN_THOUSANDTHS if self.per is None else 2 * self.per
        return value if self.value_below is None or value < self.value_below else self.value_below - 1

    def takes(self, value: int) -> bool:
        """Whether a record of this value counts."""
        return (self.value_from is None or value >= self.value_from) and (
            self.value_below is None or value < self.value_below
        )

    def entry(self, day: date | None = None, value: int | None = None) -> Entry:
        """A record that counts."""
        occurred = day or self.inside()
        return Entry(
            item=self.item,
            level=self.level,
            occurred_on=occurred,
            value=self.value() if value is None else value,
            repaired_on=occurred if self.repaired == "only" else None,
        )

    def worth(self) -> int:
        """Points of `entry()`, in thousandths; 0 where the measure does not add points up."""
        if self.points is None:
            return 0
        return self.points if self.per is None else self.points * (self.value() or 0) // self.per


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A measure with what it reads and the limits its value is compared with."""

    no: int
    kind: str
    one_event: str
    same_event: str
    cap: int | None
    repeat_months: int | None
    rules: tuple[Rule, ...]
    decays: tuple[tuple[date, date, int], ...]
    """After a day and up to a day, a factor in millionths."""
    repairs: tuple[tuple[int | None, int | None, int], ...]
    """Days and values up to which a repair factor holds, and the factor in millionths."""
    cuts: tuple[int, ...]
    """Values in millionths from which something else holds."""

    def heaviest(self) -> Rule:
        """The rule whose event weighs most."""
        return max(self.rules, key=lambda rule: abs(rule.worth()))


def readings_of(
    compiled: Compiled, catalogue: Mapping[str, Item], more_cuts: Mapping[str, Iterable[int]]
) -> dict[int, Reading]:
    """The measures over records of a compiled scorecard, by number.

    Args:
        more_cuts: further limits by indicator, such as the thresholds of trees.
    """
    rows = compiled.tables.rows
    kinds = {row["kind_no"]: row for row in rows["kinds"]}
    cuts = cuts_of(compiled, more_cuts)
    found = {}
    for row in rows["measures"]:
        no = row["measure_no"]
        rules = tuple(
            _rule(rule, kinds[rule["kind_no"]], catalogue, row["kind"])
            for rule in rows["rules"]
            if rule["measure_no"] == no and rule["kind_no"] in kinds
        )
        if rules:
            found[no] = Reading(
                no=no,
                kind=row["kind"],
                one_event=row["one_event"],
                same_event=row["same_event"],
                cap=row["cap"],
                repeat_months=row["repeat_months"],
                rules=rules,
                decays=tuple(
                    (d["after"], d["upto"], d["factor"]) for d in rows["decays"] if d["measure_no"] == no
                ),
                repairs=tuple(
                    (f["days_at_most"], f["value_at_most"], f["factor"])
                    for f in rows["repair_factors"]
                    if f["measure_no"] == no
                ),
                cuts=cuts.get(no, ()),
            )
    return found


def _rule(
    row: Mapping[str, Any], kind: Mapping[str, Any], catalogue: Mapping[str, Item], measure: str
) -> Rule:
    item = catalogue[kind["item"]]
    reads_values = measure in ("sum", "mean", "weighted_mean", "minimum", "maximum", "latest")
    return Rule(
        item=kind["item"],
        level=kind["level"] or None,
        after=row["after"],
        upto=row["upto"],
        own_term=row["own_term"],
        value_from=row["value_from"],
        value_below=row["value_below"],
        repaired=row["repaired"],
        points=row["points"],
        per=row["per"],
        kept_from=kind["kept_from"],
        needs_value=item.value_required or reads_values,
    )


def cuts_of(compiled: Compiled, more_cuts: Mapping[str, Iterable[int]]) -> dict[int, tuple[int, ...]]:
    """Values of each measure, in millionths, from which something else holds."""
    rows = compiled.tables.rows
    found: dict[int, set[int]] = {}
    for indicator in rows["indicators"]:
        no, here = indicator["indicator_no"], found.setdefault(indicator["measure_no"], set())
        here.update(more_cuts.get(indicator["indicator"], ()))
        for bin_ in rows["bins"]:
            if bin_["indicator_no"] == no:
                here.update(v for v in (bin_["low"], bin_["high"]) if v is not None)
        for line in rows["lines"]:
            if line["indicator_no"] == no:
                here.update(_on_line(line, indicator))
    for test in rows["tests"]:
        if test["source"] == "measure":
            here = found.setdefault(test["ref_no"], set())
            here.update(v for v in (test["low"], test["high"]) if v is not None)
    return {no: tuple(sorted(values)) for no, values in found.items()}


def _on_line(line: Mapping[str, Any], indicator: Mapping[str, Any]) -> Iterator[int]:
    origin, per, points = line["origin"], line["per"], line["points"]
    yield from (origin, origin + per // 2, origin + per, origin + per * 3 // 2)
    floor = indicator["floor"]
    for bound in (indicator["points"], floor):
        if points and bound is not None:
            # Where the line meets a bound of the indicator, and a little beyond.
            there = origin + (bound - indicator["start"]) * per // points
            yield from (there, there + per)


def around_cuts(reading: Reading, on: date) -> Iterator[Setting]:
    """Settings whose value lies just below, at, and just above every cut, as far as events can be put together so."""
    for cut in reading.cuts:
        yield from _around(reading, cut, on)


def _around(reading: Reading, cut: int, on: date) -> Iterator[Setting]:
    rule = reading.heaviest()
    what = f"cut-{rule.item}"
    if reading.kind == "event_points":
        yield from _sums(reading, cut // 1_000, what)
    elif reading.kind == "months_since":
        months = cut // 1_000_000
        if 0 <= months < 1_000:
            edge = months_before(on, months)
            days = (day for day in (edge + DAY, edge) if day <= rule.upto)
            yield from (Setting(what=what, entries=(rule.entry(day),)) for day in days)
    elif reading.kind in ("count", "count_months", "longest_run_months", "ever"):
        number = -(-cut // 1_000_000)
        for count in (number - 1, number, number + 1):
            if entries := spread(reading, rule, count):
                yield Setting(what=what, entries=entries)
    elif reading.kind != "latest_level":
        value = -(-cut // 100)
        for near in (value - 1, value, value + 1):
            if rule.takes(near):
                entry = replace(rule.entry(value=near), weight=TEN_THOUSANDTHS)
                yield Setting(what=what, entries=(entry,))
        beyond = [] if rule.value_from is None else [rule.value_from - 1]
        beyond += [] if rule.value_below is None else [rule.value_below]
        if rule.takes(value):
            # A record that is not to count beside one at the cut: it would move the value across.
            entries = (rule.entry(value=value), *(rule.entry(rule.inside(10), v) for v in beyond))
            yield Setting(what=what, entries=tuple(replace(e, weight=TEN_THOUSANDTHS) for e in entries))


def spread(reading: Reading, rule: Rule, count: int) -> tuple[Entry, ...]:
    """So many events of a kind on days, or in months, of their own; none where the window is too short for them."""
    by_month = reading.one_event == "month" or reading.kind in ("count_months", "longest_run_months")
    if not 1 <= count <= MOST_ENTRIES:
        return ()
    last = rule.inside(1)
    days = [months_before(last, i) if by_month else last - i * DAY for i in range(count)]
    if rule.after is not None and days[-1] <= rule.after:
        return ()
    return tuple(rule.entry(day) for day in days)


def _sums(reading: Reading, target: int, what: str) -> Iterator[Setting]:
    """Events whose points add up to a number of thousandths, or come as near as they can from both sides."""
    usable = [rule for rule in reading.rules if rule.points and rule.points * target > 0]
    exact = next((rule for rule in usable if rule.per is not None), None)
    if exact is not None and exact.per is not None and exact.points is not None:
        value = -(-abs(target) * exact.per // abs(exact.points))
        for near in (value - 1, value, value + 1):
            if exact.takes(near):
                yield Setting(what=what, entries=(exact.entry(value=near),))
    pieces = {
        weight: entry
        for rule in usable
        if rule.per is None
        for weight, entry in _pieces(reading, rule)
        if weight
    }
    for chosen in _near_sums(pieces, abs(target)):
        # No two on one day: each is an event of its own.
        entries = (entry.moved(entry.occurred_on - place * DAY) for place, entry in enumerate(chosen))
        yield Setting(what=what, entries=tuple(entries))


def _pieces(reading: Reading, rule: Rule) -> Iterator[tuple[int, Entry]]:
    """What one event of a kind can weigh: at each age and, where repair softens it, after each delay."""
    points = abs(rule.points or 0)
    days = [(upto - DAY, factor) for _, upto, factor in reading.decays] or [(rule.inside(), _WHOLE)]
    for day, decay in days:
        entry = rule.entry(day)
        yield _rounded(points * decay, _WHOLE), entry
        for days_at_most, _, factor in reading.repairs:
            delay = 0 if days_at_most is None else days_at_most
            if days_at_most is not None and day + delay * DAY <= rule.upto:
                softened = _rounded(points * decay * factor, _WHOLE * _WHOLE)
                yield softened, replace(entry, repaired_on=day + delay * DAY)


def _rounded(number: int, by: int) -> int:
    return (2 * number + by) // (2 * by)


def _near_sums(pieces: Mapping[int, Entry], target: int) -> Iterator[tuple[Entry, ...]]:
    """Events whose points (without sign) add up to just less than a target, to the target, and to just more."""
    sums: dict[int, tuple[int, ...]] = {0: ()}
    waiting = [0]
    while waiting and len(sums) < _SUMS:
        further = []
        for total in waiting:
            for weight in sorted(pieces, reverse=True):
                if total < target and total + weight not in sums and len(sums[total]) < MOST_ENTRIES:
                    sums[total + weight] = (*sums[total], weight)
                    further.append(total + weight)
        waiting = further
    below = max((total for total in sums if 0 < total < target), default=0)
    above = min((total for total in sums if total > target), default=0)
    for total in (below, target, above):
        if total in sums and total:
            yield tuple(pieces[weight] for weight in sums[total])


def singles(reading: Reading) -> Iterator[Setting]:
    """One record of every kind the measure reads; of those that earn points by their value, also half and odd units."""
    for rule in reading.rules:
        what = rule.item + (f"-{rule.level}" if rule.level else "")
        yield Setting(what=what, entries=(rule.entry(),))
        if rule.per is not None:
            for value in (rule.per // 2, rule.per, rule.per * 5 // 3 + 1):
                yield Setting(what=f"units-{what}", entries=(rule.entry(value=value),))
        for limit in (rule.value_from, rule.value_below):
            if limit is not None:
                for value in (limit - 1, limit):
                    yield Setting(what=f"value-{what}", entries=(rule.entry(value=value),))


def saturating(reading: Reading, span: int) -> Iterator[Setting]:
    """Enough events of one sign to go beyond a cap and the bounds of an indicator (`span`, thousandths)."""
    wanted = max(span, abs(reading.cap or 0))
    for sign in (-1, 1):
        of_sign = [rule for rule in reading.rules if rule.worth() * sign > 0]
        if of_sign:
            rule = max(of_sign, key=lambda r: abs(r.worth()))
            for count in {wanted // abs(rule.worth()), wanted // abs(rule.worth()) + 2}:
                if entries := spread(reading, rule, min(count, MOST_ENTRIES)):
                    yield Setting(what=f"many-{rule.item}", entries=entries)
