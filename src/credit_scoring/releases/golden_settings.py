"""Settings for a scorecard's golden rows: first what each measure can be, then every date that moves it, then mixtures."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice, product
from typing import Any

from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.compilation import Compiled, compile_policy
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.numbers import months_before
from credit_scoring.releases.golden_measures import (
    Reading,
    around_cuts,
    cuts_of,
    readings_of,
    saturating,
    singles,
)
from credit_scoring.releases.golden_ratios import around_ratio
from credit_scoring.releases.golden_records import Setting
from credit_scoring.releases.golden_variants import variants

DAY = timedelta(days=1)
SEED = 20_260_101
"""Of the mixtures: the same card gives the same rows."""
_TRIED_PER_TEST = 4
_TRIED_PER_CLAUSE = 16
_REGION, _OTHER_REGION = "330102", "110101"
_INDUSTRY, _OTHER_INDUSTRY = "E4710", "G5430"
_FIGURES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A setting and the measure it tries (None: the subject itself)."""

    setting: Setting
    measure: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that can be tried on one scorecard."""

    card: Scorecard
    compiled: Compiled
    readings: Mapping[int, Reading]
    more_cuts: Mapping[str, tuple[int, ...]]

    @property
    def rows(self) -> Mapping[str, list[Any]]:
        """The compiled tables."""
        return self.compiled.tables.rows


def plan_of(
    card: Scorecard,
    catalogue: Mapping[str, Item],
    *,
    on: date,
    more_cuts: Mapping[str, tuple[int, ...]],
) -> Plan:
    """What can be tried on a scorecard on a day.

    Args:
        more_cuts: by indicator, limits that stand in no curve, such as the thresholds of trees; millionths.
    """
    compiled = compile_policy((card,), catalogue, on=on)
    return Plan(
        card=card,
        compiled=compiled,
        readings=readings_of(compiled, catalogue, more_cuts),
        more_cuts=more_cuts,
    )


def first_settings(plan: Plan) -> tuple[About, ...]:
    """Every measure by itself at all it can be, every condition with its parts together and apart."""
    on = plan.compiled.on
    found = [About(setting=setting, measure=None) for setting in _of_subjects(plan)]
    spans = {
        row["measure_no"]: row["points"] - min(row["floor"] or -row["points"], 0)
        for row in plan.rows["indicators"]
    }
    for no, reading in plan.readings.items():
        for setting in (
            *singles(reading),
            *around_cuts(reading, on),
            *saturating(reading, abs(spans.get(no, 0))),
        ):
            found.append(About(setting=setting, measure=no))
    cuts = cuts_of(plan.compiled, plan.more_cuts)
    for ratio in plan.rows["ratios"]:
        top, bottom = (plan.readings.get(ratio[name]) for name in ("numerator_no", "denominator_no"))
        if top is None or bottom is None:
            continue
        for setting in around_ratio(top, bottom, cuts.get(ratio["measure_no"], ())):
            # Its entries of the numerator stand first; either part's dates are tried with the other in place.
            found.append(About(setting=setting, measure=bottom.no))
            found.append(
                About(setting=replace(setting, entries=tuple(reversed(setting.entries))), measure=top.no)
            )
    return (*found, *_of_clauses(plan, found))


def _of_subjects(plan: Plan) -> Iterator[Setting]:
    on = plan.compiled.on
    yield Setting(what="clean")
    yield Setting(what="region", region_code=_REGION, industry_code=_INDUSTRY)
    yield Setting(what="other-region", region_code=_OTHER_REGION, industry_code=_OTHER_INDUSTRY)
    yield Setting(what="closed", closed_on=on)
    yield Setting(what="closed-tomorrow", closed_on=on + DAY)
    for test in plan.rows["subject_tests"]:
        yield from _meeting(test, on)
    cuts = cuts_of(plan.compiled, plan.more_cuts)
    for row in plan.rows["subject_dates"]:
        for months in sorted({cut // 1_000_000 for cut in cuts.get(row["measure_no"], ())} | {0, 1, 100}):
            edge = months_before(on, months)
            for day in (edge + DAY, edge):
                if date.min < day <= on:
                    yield Setting(what="established", established_on=day)


def _meeting(test: Mapping[str, Any], on: date) -> Iterator[Setting]:
    """Subjects with the property a condition asks for."""
    value = test["value"]
    if test["operator"] == "missing":
        if test["field"] == "established_on":
            yield Setting(what="has-date", established_on=months_before(on, 60))
        elif test["field"] == "region_code":
            yield Setting(what="has-region", region_code=_REGION)
        elif test["field"] == "industry_code":
            yield Setting(what="has-industry", industry_code=_INDUSTRY)
    elif test["field"] == "region_code":
        yield Setting(what="in-region", region_code=value.ljust(_FIGURES, "0"))
    elif test["field"] == "industry_code":
        yield Setting(what="in-industry", industry_code=value)
    elif test["field"] == "established_on":
        yield Setting(what="on-date", established_on=date.fromisoformat(value))
    elif test["field"] == "closed":
        yield Setting(what="closed", closed_on=on)


def _of_clauses(plan: Plan, found: Sequence[About]) -> Iterator[About]:
    """Conditions of several parts: all of them met, and each one missing in turn."""
    on = plan.compiled.on
    by_measure: dict[int, list[Setting]] = {}
    for about in found:
        if about.measure is not None:
            by_measure.setdefault(about.measure, []).append(about.setting)
    for ratio in plan.rows["ratios"]:
        by_measure[ratio["measure_no"]] = by_measure.get(ratio["denominator_no"], [])
    measures = {t["test_no"]: t["ref_no"] for t in plan.rows["tests"] if t["source"] == "measure"}
    subject_tests: dict[int, list[Setting]] = {}
    for test in plan.rows["subject_tests"]:
        subject_tests.setdefault(test["test_no"], []).extend(_meeting(test, on))
    indicators = {row["indicator_no"]: row["measure_no"] for row in plan.rows["indicators"]}
    for clause in plan.rows["clauses"]:
        tests = [row["test_no"] for row in plan.rows["literals"] if row["clause_no"] == clause["clause_no"]]
        parts: list[tuple[int | None, list[Setting]]] = []
        for test in tests:
            measure = measures.get(test)
            options = subject_tests.get(test, []) if measure is None else by_measure.get(measure, [])
            if options:
                parts.append((measure, _a_few(options)))
        if clause["target"] == "applies":
            # Whether an indicator applies shows where it has something to count.
            measure = indicators[clause["target_no"]]
            parts.append((measure, _a_few(by_measure.get(measure, []))))
        if len(parts) > 1:
            yield from _together(parts)


def _a_few(options: Sequence[Setting]) -> list[Setting]:
    step = max(1, len(options) // _TRIED_PER_TEST)
    return list(options[::step][:_TRIED_PER_TEST])


def _together(parts: Sequence[tuple[int | None, list[Setting]]]) -> Iterator[About]:
    for chosen in islice(product(*(options for _, options in parts if options)), _TRIED_PER_CLAUSE):
        for place, (measure, _) in enumerate(parts[: len(chosen)]):
            # The part that is tried stands last: it is the one whose dates are moved.
            others = [*chosen[:place], *chosen[place + 1 :]]
            joined = others[0]
            for other in (*others[1:], chosen[place]):
                joined = joined.with_(other)
            yield About(setting=joined.named("condition"), measure=measure)


def moved_settings(plan: Plan, leads: Mapping[int, Setting]) -> Iterator[Setting]:
    """For each measure the setting that tells most, moved over every date that decides."""
    on = plan.compiled.on
    for no, lead in leads.items():
        reading = plan.readings[no]
        kinds = {(rule.item, rule.level) for rule in reading.rules}
        if lead.entries and (lead.entries[-1].item, lead.entries[-1].level) in kinds:
            yield from variants(reading, lead, on)


def state_settings(leads: Iterable[Setting], on: date) -> Iterator[Setting]:
    """Withdrawn, expired, contested, not yet known, not yet begun: what the line does with every record alike."""
    for lead in leads:
        if not lead.entries:
            continue
        *others, last = lead.entries
        for what, entry in (
            ("withdrawn", replace(last, withdrawn_on=on)),
            ("withdrawn-later", replace(last, withdrawn_on=on + DAY)),
            ("expired", replace(last, expires_on=on)),
            ("expires-tomorrow", replace(last, expires_on=on + DAY)),
            ("contested", replace(last, contested_on=last.occurred_on + DAY)),
            ("known-today", replace(last, recorded_on=on)),
            ("known-tomorrow", replace(last, recorded_on=on + DAY)),
            ("begins-tomorrow", last.moved(on + DAY)),
        ):
            yield replace(lead, what=what, entries=(*others, entry))


def event_group_settings(plan: Plan, leads: Mapping[int, Setting]) -> Iterator[Setting]:
    """One event reported under two indicators of a group, and two events."""
    measures = {row["indicator_no"]: row["measure_no"] for row in plan.rows["indicators"]}
    members: dict[int, list[int]] = {}
    for row in plan.rows["event_groups"]:
        members.setdefault(row["event_group_no"], []).append(measures[row["indicator_no"]])
    for group in members.values():
        known = [no for no in group if no in leads and leads[no].entries]
        for place, one in enumerate(known):
            for other in known[place + 1 :][:3]:
                pair = (leads[one].entries[-1], leads[other].entries[-1])
                for what, events in (("one-event", "aa"), ("two-events", "ab")):
                    entries = tuple(replace(e, event_id=i) for e, i in zip(pair, events, strict=True))
                    yield Setting(what=f"{what}-in-group", entries=entries)


def whole_settings(plan: Plan, effects: Mapping[int, list[tuple[int, Setting]]]) -> Iterator[Setting]:
    """Everything for and everything against a subject: by group, by dimension, over all.

    Args:
        effects: by measure, settings with the points (thousandths) by which they move the score.
    """
    dimensions: dict[int, list[int]] = {}
    groups: dict[int, list[int]] = {}
    for row in plan.rows["indicators"]:
        for no in _parts_of(plan, row["measure_no"]):
            dimensions.setdefault(row["dimension_no"], []).append(no)
            groups.setdefault(row["group_no"], []).append(no)
    for headings in (groups, dimensions, {0: [no for found in dimensions.values() for no in found]}):
        for numbers in headings.values():
            for pick, what in ((min, "all-against"), (max, "all-for")):
                total: Setting | None = None
                for no in dict.fromkeys(numbers):
                    moved, setting = pick(effects.get(no, [(0, Setting(what=""))]), key=lambda pair: pair[0])
                    if moved:
                        total = setting if total is None else total.with_(setting)
                if total is not None:
                    yield total.named(what)


def _parts_of(plan: Plan, measure_no: int) -> tuple[int, ...]:
    ratio = next((r for r in plan.rows["ratios"] if r["measure_no"] == measure_no), None)
    return (measure_no,) if ratio is None else (ratio["denominator_no"],)


def required_settings(
    plan: Plan, abouts: Iterable[About], leads: Mapping[int, Setting], best: Setting
) -> Iterator[Setting]:
    """What a grade requires besides the score, tried on a subject whose score would do."""
    clauses = {row["clause_no"] for row in plan.rows["clauses"] if row["target"] == "requires"}
    tests = {row["test_no"] for row in plan.rows["literals"] if row["clause_no"] in clauses}
    measures = {
        row["ref_no"] for row in plan.rows["tests"] if row["test_no"] in tests and row["source"] == "measure"
    }
    for about in abouts:
        if about.measure in measures or (tests and about.measure is None):
            yield best.with_(about.setting).named("required")
    for measure in sorted(measures & leads.keys()):
        reading, lead = plan.readings[measure], best.with_(leads[measure])
        if lead.entries[-1:] == leads[measure].entries[-1:]:
            yield from variants(reading, lead, plan.compiled.on)


def mixtures(
    parts: Mapping[int, Sequence[Setting]], *, start: Setting, count: int, largest: int
) -> Iterator[Setting]:
    """Settings of several measures at once, drawn with a fixed seed.

    Args:
        parts: settings by the measure they try.
        start: what is on record in each of them.
        count, largest: how many mixtures, and of how many measures at most.
    """
    draw = random.Random(SEED)  # noqa: S311 - invented rows, nothing secret
    keys = sorted(key for key, options in parts.items() if options)
    for _ in range(count if keys else 0):
        chosen = draw.sample(keys, min(len(keys), draw.randint(1, largest)))
        joined = start
        for key in chosen:
            joined = joined.with_(draw.choice(parts[key]))
        yield joined.named("mixture")
