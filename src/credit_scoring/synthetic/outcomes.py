"""Entries and outcomes of an invented sector, window after window: what happened before drives what happens next.

Nothing after an observation date has a part in what is drawn for it; the outcomes of one window are entries that
count on the dates after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.numbers import months_before
from credit_scoring.synthetic.truths import Driver, Entries, Inspected, Reports, Truth

Days: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Whole: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

NEVER = 10**7
"""A day beyond every calendar here: not repaired, not withdrawn, not closed."""
_EPOCH = date(1970, 1, 1)
_MONTH = 30.4375
_YOUNG = 36 * _MONTH
_LATE = 0.08
"""Share of entries that arrive up to a year late."""
_WITHDRAWN = 0.01


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Firms:
    """n firms of a sector."""

    established: Days
    closed: Days
    """`NEVER` where the firm is open."""
    negligence: Floats
    fleet: Whole

    def __len__(self) -> int:
        return len(self.established)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """k entries of one item."""

    item: str
    firm: Whole
    occurred: Days
    recorded: Days
    repaired: Days
    withdrawn: Days
    level: npt.NDArray[np.str_]
    """Empty where the item has no levels."""
    value: Floats
    """NaN where the item has no unit."""
    weight: Floats
    event: Whole
    """-1 where the source gave no identity."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Period:
    """What is true of every firm on one observation date, and what was labelled in the window after it."""

    observed_on: date
    at_risk: Flags
    """Established, and not closed, on the date."""
    probability: Floats
    """Of going bad within the window."""
    bad: Flags
    """Went bad, or would have been found so."""
    inclusion: Floats
    """Probability of having a label; 1 where labels are complete."""
    labelled: Flags
    labelled_on: Days
    """Of the labelled."""
    event: Whole
    """Of the bad and labelled; -1 for others."""


@dataclass(slots=True, kw_only=True)
class World:
    """A sector while it is being invented."""

    firms: Firms
    truth: Truth
    catalogue: Mapping[str, Item]
    rng: np.random.Generator
    start: date
    on: date
    batches: list[Batch] = field(default_factory=list)
    events: int = 0

    def live(self, *, entries: Sequence[Entries], reports: Sequence[Reports]) -> None:
        """Everything that does not hang on outcomes."""
        for entry in entries:
            self.batches.append(self._entries(entry))
        for report in reports:
            self.batches.append(self._reports(report))

    def period(self, observed_on: date, ends_on: date) -> Period:
        """Draw the outcomes of one window, and enter them."""
        firms, truth = self.firms, self.truth
        today, end = day_number(observed_on), day_number(ends_on)
        at_risk = (firms.established <= today) & (firms.closed > today)
        log_odds = truth.intercept + truth.negligence * firms.negligence
        log_odds += truth.young * (today - firms.established < _YOUNG) + truth.log_fleet * np.log(firms.fleet)
        for driver in truth.drivers:
            log_odds += driver.per_event * self.counted(driver, observed_on)
        probability = 1 / (1 + np.exp(-log_odds))
        bad = at_risk & (self.rng.random(len(firms)) < probability)
        inclusion = self._inclusion(truth.inspected, observed_on)
        drawn = self.rng.random(len(firms))
        if truth.inspected is None:
            labelled = bad | (at_risk & (drawn < truth.reviewed))
        else:
            labelled = at_risk & (drawn < inclusion)
        last = np.minimum(end, firms.closed)
        labelled_on = today + 1 + np.floor(self.rng.random(len(firms)) * (last - today)).astype(np.int64)
        labelled_on = np.minimum(labelled_on, last)
        event = self._enter(bad & labelled, labelled_on)
        if truth.inspected is not None:
            self._enter_inspections(truth.inspected, labelled, bad, labelled_on)
        return Period(
            observed_on=observed_on, at_risk=at_risk, probability=probability, bad=bad, inclusion=inclusion,
            labelled=labelled, labelled_on=labelled_on, event=event,
        )  # fmt: skip

    def counted(self, driver: Driver, on: date) -> Floats:
        """Events of every firm that were known, and not repaired, on a date."""
        return np.minimum(self._known(driver.items, on, driver.months), driver.at_most).astype(np.float64)

    def _known(self, items: Sequence[str], on: date, months: int) -> Whole:
        today, first = day_number(on), day_number(months_before(on, months))
        count = np.zeros(len(self.firms), np.int64)
        for batch in self.batches:
            if batch.item in items:
                counts = (batch.occurred > first) & (batch.occurred <= today) & (batch.recorded <= today)
                counts &= (batch.repaired > today) & (batch.withdrawn > today)
                count += np.bincount(batch.firm[counts], minlength=len(self.firms))
        return count

    def _inclusion(self, inspected: Inspected | None, on: date) -> Floats:
        if inspected is None:
            return np.ones(len(self.firms))
        events = self._known(inspected.items, on, 24)
        likely: Floats = np.minimum(inspected.least + inspected.per_event * events, inspected.most)
        return np.round(likely, 4)

    def _entries(self, entry: Entries) -> Batch:
        firms = self.firms
        weight = np.exp(entry.slope * firms.negligence) * (firms.fleet if entry.per_vehicle else 1)
        days = day_number(self.on) - day_number(self.start)
        entries = int(entry.per_year * len(firms) * days / 365.25 + 0.5)
        reach = np.cumsum(weight)
        firm = np.searchsorted(reach, self.rng.random(entries) * reach[-1], side="right")
        firm = np.minimum(firm, len(firms) - 1)
        occurred = day_number(self.start) + 1 + np.floor(self.rng.random(entries) * days).astype(np.int64)
        there = (occurred >= firms.established[firm]) & (occurred <= firms.closed[firm])
        firm, occurred = firm[there], occurred[there]
        item = self.catalogue[entry.item]
        bad = item.entry == "bad"
        repaired = np.full(len(firm), NEVER, np.int64)
        if bad:
            low, high = entry.repaired_days
            after = occurred + low + np.floor(self.rng.random(len(firm)) * (high - low)).astype(np.int64)
            mended = (self.rng.random(len(firm)) < entry.repaired) & (after <= day_number(self.on))
            repaired[mended] = after[mended]
        return self._batch(
            entry.item,
            firm,
            occurred,
            level=self._levels(item, entry.levels, len(firm)),
            value=self._skewed(entry.value, len(firm)) if item.unit is not None else _nothing(len(firm)),
            repaired=repaired,
            withdrawn=self._withdrawn(occurred, repaired) if bad else None,
        )

    def _reports(self, report: Reports) -> Batch:
        firms, item = self.firms, self.catalogue[report.item]
        takes_part = self.rng.random(len(firms)) < report.share
        step = report.every_months * _MONTH
        offset = np.floor(self.rng.random(len(firms)) * step).astype(np.int64)
        span = day_number(self.on) - day_number(self.start)
        rounds = np.arange(int(span / step) + 1)
        occurred = (
            day_number(self.start) + offset[:, None] + np.floor(rounds * step).astype(np.int64)[None, :]
        ).ravel()
        firm = np.repeat(np.arange(len(firms)), len(rounds))
        if report.fleet:
            occurred = np.maximum(occurred, firms.established[firm])
        there = takes_part[firm] & (occurred >= firms.established[firm]) & (occurred <= firms.closed[firm])
        there &= occurred <= day_number(self.on)
        firm, occurred = firm[there], occurred[there]
        if report.fleet:
            # Years before a firm was founded fall on the day it was: one report of that day is enough.
            keep = np.unique(np.stack([firm, occurred]), axis=1, return_index=True)[1]
            firm, occurred = firm[keep], occurred[keep]
        own = np.sqrt(1 - report.strength**2) * normal(self.rng, len(firm))
        seen = report.strength * firms.negligence[firm] + own
        value = _nothing(len(firm))
        if report.fleet:
            value = firms.fleet[firm].astype(np.float64)
        elif item.unit is not None:
            value = np.clip(report.mean - report.spread * seen, report.least, report.most)
        level = np.full(len(firm), "", dtype="<U20")
        if item.levels:
            ranked = np.array([name for name in item.levels if name not in item.unranked])
            level = ranked[np.searchsorted(np.array(report.cuts), seen, side="right")].astype("<U20")
        weight = self._skewed(report.weight, len(firm)) if report.weight is not None else _nothing(len(firm))
        return self._batch(report.item, firm, occurred, level=level, value=value, weight=weight)

    def _enter(self, hit: Flags, on: Days) -> Whole:
        firm = np.flatnonzero(hit)
        item = self.catalogue[self.truth.outcome]
        value = self._skewed((1_000, 2_000_000), len(firm)) if item.unit is not None else _nothing(len(firm))
        batch = self._batch(
            self.truth.outcome, firm, on[firm], value=value,
            level=self._levels(item, self.truth.outcome_levels, len(firm)), known_event=True,
        )  # fmt: skip
        self.batches.append(batch)
        for echo in self.truth.echoes:
            told = np.flatnonzero(self.rng.random(len(firm)) < echo.share)
            unit = self.catalogue[echo.item].unit
            self.batches.append(
                self._batch(
                    echo.item, firm[told], batch.occurred[told] + echo.days, event=batch.event[told],
                    level=np.full(len(told), echo.level or "", dtype="<U20"),
                    value=_nothing(len(told)) if unit is None else self._skewed((1_000, 2_000_000), len(told)),
                )
            )  # fmt: skip
        event = np.full(len(self.firms), -1, np.int64)
        event[firm] = batch.event
        return event

    def _enter_inspections(self, inspected: Inspected, labelled: Flags, bad: Flags, on: Days) -> None:
        firm = np.flatnonzero(labelled)
        draw = self.rng.random(len(firm))
        found = np.where(draw < 0.7, "problem_found", "problem_corrected")
        clean = np.where(draw < 0.85, "no_problem", "problem_corrected")
        level = np.where(bad[firm], found, clean).astype("<U20")
        self.batches.append(
            self._batch(inspected.item, firm, on[firm], level=level, value=_nothing(len(firm)))
        )

    def _batch(
        self, item: str, firm: Whole, occurred: Days, *, level: Any, value: Floats, weight: Floats | None = None,
        repaired: Days | None = None, withdrawn: Days | None = None, event: Whole | None = None,
        known_event: bool = False,
    ) -> Batch:  # fmt: skip
        entries = len(firm)
        draw = self.rng.random(entries)
        delay = np.where(draw < _LATE, 30 + draw / _LATE * 330, draw * 33).astype(np.int64)
        if event is None:
            event = self.events + np.arange(entries, dtype=np.int64)
            self.events += entries
            if not known_event:
                event[self.rng.random(entries) < 0.1] = -1
        never = np.full(entries, NEVER, np.int64)
        return Batch(
            item=item, firm=firm.astype(np.int64), occurred=occurred, recorded=occurred + 1 + delay,
            repaired=never if repaired is None else repaired, withdrawn=never if withdrawn is None else withdrawn,
            level=level, value=value, weight=_nothing(entries) if weight is None else weight, event=event,
        )  # fmt: skip

    def _withdrawn(self, occurred: Days, repaired: Days) -> Days:
        wrong = self.rng.random(len(occurred)) < _WITHDRAWN
        wrong &= (repaired == NEVER) & (occurred + 45 <= day_number(self.on))
        return np.where(wrong, occurred + 45, NEVER)

    def _levels(self, item: Item, weights: Mapping[str, float], entries: int) -> npt.NDArray[np.str_]:
        if not item.levels:
            return np.full(entries, "", dtype="<U20")
        names = [name for name in item.levels if name not in item.unranked]
        ranked = names[::-1] if item.entry == "good" else names
        shares = dict(weights) or {name: 3.0**-place for place, name in enumerate(ranked)}
        reach = np.cumsum(list(shares.values()))
        at = np.searchsorted(reach, self.rng.random(entries) * reach[-1], side="right")
        drawn: npt.NDArray[np.str_] = np.array(list(shares), dtype="<U20")[np.minimum(at, len(shares) - 1)]
        return drawn

    def _skewed(self, span: tuple[float, float], entries: int) -> Floats:
        draw = self.rng.random(entries)
        return np.round(span[0] + (span[1] - span[0]) * draw * draw * draw * draw, 2)


def normal(rng: np.random.Generator, size: int) -> Floats:
    """Standard normal numbers from two even draws each (Box and Muller 1958).

    NumPy promises the even draws of a seed for good, those of its own normal numbers only within a version.
    """
    radius = np.sqrt(-2 * np.log(1 - rng.random(size)))
    return np.asarray(radius * np.cos(2 * np.pi * rng.random(size)))


def _nothing(entries: int) -> Floats:
    return np.full(entries, np.nan)
