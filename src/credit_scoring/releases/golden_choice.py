"""Choosing golden rows: what is tried is scored, and kept is what lies nearest to every limit and reaches every leaf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.numbers import POINT
from credit_scoring.releases.golden_records import Setting, distinct, subject_ids, tables_of
from credit_scoring.releases.golden_settings import (
    About,
    Plan,
    event_group_settings,
    first_settings,
    mixtures,
    moved_settings,
    plan_of,
    required_settings,
    state_settings,
    whole_settings,
)
from credit_scoring.scoring.run import Run, score

if TYPE_CHECKING:
    from credit_scoring.learnt.gradient_model import GradientModel

_MIXTURES, _LARGEST_MIXTURE, _MIXTURES_KEPT = 1_000, 9, 40
_BESIDE_BEST, _BESIDE_WORST, _LARGEST_BESIDE = 400, 100, 4
_MODEL_CUTS_KEPT = 10
_LEAF_ROWS = 400
_STATES_OF = 3


def chosen_settings(policy: Policy, card: Scorecard, *, on: date) -> tuple[Setting, ...]:
    """The settings of a scorecard's golden rows, in order, each content once.

    Args:
        policy: the scorecard and those it extends, nothing else.
        on: a day on which they are in force.
    """
    model = _model_of(policy, card)
    plans = [
        plan_of(
            one,
            policy.catalogue,
            on=on,
            more_cuts={} if model is None or one is not card else _thresholds(model),
        )
        for one in (card, *policy.bases((card,), on))
    ]
    tried = [first_settings(plan) for plan in plans]
    first = distinct(about.setting for about in chain.from_iterable(tried))
    effects = _effects(scored(policy, first, card, on), first)
    leads = [_leads(plan, abouts, effects) for plan, abouts in zip(plans, tried, strict=True)]
    kept = list(_kept(plans[0], tried[0], model)) + [a.setting for t in tried[1:] for a in t]
    # Of the scorecard it extends only what each rule is: what its dates do is golden in a release of its own.
    kept += moved_settings(plans[0], leads[0])
    kept += event_group_settings(plans[0], leads[0])
    whole = tuple(whole_settings(plans[0], _by_measure(tried[0], effects)))
    kept += whole
    # The last of them is of all dimensions: nobody can stand better, or worse.
    extremes = {setting.what: setting for setting in whole}
    best, worst = (extremes.get(what, first[0]) for what in ("all-for", "all-against"))
    kept += required_settings(plans[0], tried[0], leads[0], best)
    strongest = sorted(
        (s for found in leads for s in found.values()), key=lambda s: -effects[s.named("")].size
    )
    kept += state_settings(strongest[:_STATES_OF], on)
    parts: dict[int, list[Setting]] = {}
    for place, abouts in enumerate(tried):
        for about in abouts:
            # Each plan numbers its measures from 0, and -1 stands for the subject itself.
            number = -1 if about.measure is None else about.measure
            parts.setdefault(place * 100_000 + number, []).append(about.setting)
    mixed = tuple(mixtures(parts, start=first[0], count=_MIXTURES, largest=_LARGEST_MIXTURE))
    kept += mixed[:_MIXTURES_KEPT]
    mixed += tuple(mixtures(parts, start=best, count=_BESIDE_BEST, largest=_LARGEST_BESIDE))
    mixed += tuple(mixtures(parts, start=worst, count=_BESIDE_WORST, largest=_LARGEST_BESIDE))
    candidates = distinct((*kept, *mixed))
    run = scored(policy, candidates, card, on)
    kept += [candidates[place] for place in _near_limits(run, plans, subject_ids(candidates))]
    if model is not None:
        from credit_scoring.releases.golden_leaves import reaching_every_leaf

        kept += reaching_every_leaf(policy, card, model, (*first, *mixed), on=on, at_most=_LEAF_ROWS)
    return distinct(kept)


def scored(policy: Policy, settings: Sequence[Setting], card: Scorecard, on: date) -> Run:
    """A run over settings."""
    subjects, records = tables_of(settings, card.subject_type)
    return score(policy, subjects=subjects, records=records, on=on)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """What a setting does against the clean subject: thousandths of the score, and whether anything else changes."""

    points: int
    otherwise: bool

    @property
    def size(self) -> int:
        return abs(self.points) + (10**9 if self.otherwise else 0)


def _effects(run: Run, settings: Sequence[Setting]) -> Mapping[Setting, _Effect]:
    """By content of the setting, under the public scorecard and the sector's together."""
    runs = [run] if run.public is None else [run, run.public]
    names = subject_ids(settings)
    found = {setting.named(""): _Effect(points=0, otherwise=False) for setting in settings}
    for part in runs:
        rows = {row["subject_id"]: row for row in part.tables["scores"].to_pylist()}
        clean = rows[names[0]]
        for name, setting in zip(names, settings, strict=True):
            row = rows.get(name)
            before = found[setting.named("")]
            if row is not None:
                found[setting.named("")] = _Effect(
                    points=before.points or _thousandths(row["score_raw"] - clean["score_raw"]),
                    otherwise=before.otherwise
                    or any(row[key] != clean[key] for key in ("overrides", "unrated", "completeness")),
                )
    return found


def _leads(plan: Plan, abouts: Iterable[About], effects: Mapping[Setting, _Effect]) -> dict[int, Setting]:
    """For each measure, the setting that moves most with the fewest records."""
    found: dict[int, Setting] = {}
    for about in abouts:
        if about.measure is None or about.measure not in plan.readings or not about.setting.entries:
            continue
        best = found.get(about.measure)
        if best is None or _telling(about.setting, effects) > _telling(best, effects):
            found[about.measure] = about.setting
    return found


def _telling(setting: Setting, effects: Mapping[Setting, _Effect]) -> tuple[bool, int, int]:
    effect = effects[setting.named("")]
    return effect.size > 0, -len(setting.entries), effect.size


def _by_measure(
    abouts: Iterable[About], effects: Mapping[Setting, _Effect]
) -> dict[int, list[tuple[int, Setting]]]:
    found: dict[int, list[tuple[int, Setting]]] = {}
    for about in abouts:
        if about.measure is not None:
            pair = (effects[about.setting.named("")].points, about.setting)
            found.setdefault(about.measure, []).append(pair)
    return found


def _kept(plan: Plan, abouts: Sequence[About], model: GradientModel | None) -> Iterable[Setting]:
    """Everything tried; of a model's many thresholds a few of each feature, for the leaves choose the others."""
    by_measure: dict[int | None, list[Setting]] = {}
    for about in abouts:
        by_measure.setdefault(about.measure, []).append(about.setting)
    by_model = {
        row["measure_no"] for row in plan.rows["indicators"] if model is not None and row["curve"] == "model"
    }
    for ratio in plan.rows["ratios"]:
        if ratio["measure_no"] in by_model:
            by_model |= {ratio["numerator_no"], ratio["denominator_no"]}
    for measure, settings in by_measure.items():
        cuts = [s for s in settings if s.what.startswith(("cut-", "ratio-", "established"))]
        few = model is not None and (measure is None or measure in by_model)
        step = max(1, len(cuts) // _MODEL_CUTS_KEPT) if few else 1
        dropped = {id(s) for s in cuts} - {id(s) for s in cuts[::step]}
        yield from (s for s in settings if id(s) not in dropped)


def _near_limits(run: Run, plans: Sequence[Plan], names: Sequence[str]) -> Iterable[int]:
    """Places of the settings nearest below and nearest above each limit of scores, dimensions and indicators."""
    places = {name: place for place, name in enumerate(names)}
    runs = [run, *([] if run.public is None else [run.public])]
    for part, plan in zip(runs, plans, strict=True):
        rows = part.tables["scores"].to_pylist()
        among = [rows]
        for grade in plan.rows["grades"]:
            if grade["conditional"] and grade["low"] is not None:
                # What it requires decides only where the score would do.
                among.append([row for row in rows if _thousandths(row["score_raw"]) >= grade["low"]])
        among += [
            [row for row in rows if row["grade_raw"] == grade["grade"]] for grade in plan.rows["grades"]
        ]
        for some in among:
            yield from (places[name] for name in _nearest(some, _limits(plan)))


def _nearest(rows: Sequence[Mapping[str, Any]], limits: Mapping[str, set[int]]) -> Iterator[str]:
    """The subjects next below and next at or above each limit."""
    for column, wanted in limits.items():
        values = sorted((_thousandths(row[column]), row["subject_id"]) for row in rows)
        for limit in sorted(wanted):
            below = [pair for pair in values if pair[0] < limit]
            above = [pair for pair in values if pair[0] >= limit]
            yield from (name for _, name in (*below[-1:], *above[:1]))


def _limits(plan: Plan) -> dict[str, set[int]]:
    """Limits in thousandths, by column of `scores`."""
    found: dict[str, set[int]] = {"score_raw": set(), "score": set()}
    for grade in plan.rows["grades"]:
        found["score_raw"].update(v for v in (grade["low"], grade["high"]) if v is not None)
    for override in plan.rows["overrides"]:
        found["score"].update(v for v in (override["points"],) if v is not None)
    for card in plan.rows["scorecards"]:
        found["score_raw"].update(v for v in (card["floor"], card["total"]) if v is not None)
    names = {}
    for row in plan.rows["dimensions"]:
        names[row["dimension_no"]] = row["dimension"]
        found[row["dimension"]] = {v for v in (row["points"], row["floor"]) if v is not None}
    for test in plan.rows["tests"]:
        limits = {v // POINT for v in (test["low"], test["high"]) if v is not None}
        if test["source"] == "score":
            found["score_raw"] |= limits
        elif test["source"] == "dimension":
            found[names[test["ref_no"]]] |= limits
    return found


def _model_of(policy: Policy, card: Scorecard) -> GradientModel | None:
    if card.model is None:
        return None
    from credit_scoring.learnt.gradient_model import read_gradient_model

    return read_gradient_model(policy.model_text(card))


def _thresholds(model: GradientModel) -> dict[str, tuple[int, ...]]:
    """Of each feature, in millionths: from this value on the other branch is taken."""
    return {
        name: tuple(sorted({int(value * 1_000_000 // 1) + 1 for value in found if abs(value) < 10**9}))
        for name, found in zip(model.coding.names, model.trees.thresholds, strict=True)
    }


def _thousandths(points: Any) -> int:
    return int(Decimal(points) * POINT)
