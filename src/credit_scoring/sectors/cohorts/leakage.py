"""Leakage: does a frame to learn from tell what it could not have told on its observation dates?

`check_frame` looks at any table of features, by hand or from `build_cohort`; the checks of items, labels and events need
a policy and stand beside it. Each finding names the culprit (Kaufman, Rosset, Perlich 2012, Leakage in data mining).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from credit_scoring.errors import InputError
from credit_scoring.learnt.frames import frame_of
from credit_scoring.policy.catalogue import Item, SubjectType
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.measures import EventPoints, Measure, PublicScore, Ratio, SelectedMeasure
from credit_scoring.sectors.cohorts.columns import LeakageLimits, identifiers, knows_the_outcome
from credit_scoring.sectors.cohorts.findings import Finding, finding
from credit_scoring.sectors.cohorts.rows import same_rows, twice


def check_frame(
    table: Any,
    bad: Any,
    *,
    weights: Any = None,
    subject: Any = None,
    observed_on: Any = None,
    split: Any = None,
    catalogue: Mapping[str, Item] | None = None,
    subject_type: SubjectType = "enterprise",
    limits: LeakageLimits | None = None,
) -> tuple[Finding, ...]:
    """Every suspicion about n rows to learn from; nothing is raised for them (see `findings.settle`).

    Args:
        table: features, as for `frames.frame_of`.
        bad: n labels, 1 bad and 0 good.
        weights: n weights, above 0; 1 where absent.
        subject: n identifiers; with `observed_on` (n dates), a subject twice on one date is found.
        split: n names of splits. Rows of `train` are those a fit sees: columns are judged by them, and no other split
            but `out_of_time` may hold their subjects.
        catalogue: columns named like an item that is prohibited personal data are found.

    Raises:
        FeatureTableError: no table of numbers and texts.
        InputError: labels, weights, subjects, dates or splits do not fit the rows.
    """
    limits = limits or LeakageLimits()
    frame = frame_of(table)
    labels = _per_row(bad, rows=frame.rows, what="labels")
    if not np.isin(labels, (0, 1)).all():
        raise InputError("labels are 1 for bad and 0 for good; some of these are neither.")
    labels = labels.astype(np.int64)
    weigh = (
        np.ones(frame.rows)
        if weights is None
        else _per_row(weights, rows=frame.rows, what="weights").astype(np.float64)
    )
    names = None if subject is None else _per_row(subject, rows=frame.rows, what="subjects").astype(str)
    days = None if observed_on is None else _per_row(observed_on, rows=frame.rows, what="dates").astype(str)
    parts = None if split is None else _per_row(split, rows=frame.rows, what="splits").astype(str)
    seen = np.ones(frame.rows, np.bool_) if parts is None else parts == "train"
    found: list[Finding] = []
    if seen.any():
        fitted = frame.where(seen)
        found += knows_the_outcome(fitted, labels[seen], weigh[seen], limits)
        found += identifiers(fitted, None if names is None else names[seen], limits)
    found += personal_columns(frame.names, catalogue or {}, subject_type)
    if names is not None:
        found += twice(names, days)
    if parts is not None:
        found += same_rows(frame, names, parts, limits)
    return tuple(sorted(found, key=lambda f: (f.code, f.culprit)))


def _per_row(values: Any, *, rows: int, what: str) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.shape != (rows,):
        raise InputError(f"{rows} rows need as many {what}, one each; these have the shape {array.shape}.")
    missing = array == None if array.dtype == object else array != array  # noqa: E711, PLR0124
    if np.any(missing):
        raise InputError(f"{int(np.sum(missing))} of the {what} are missing. Leave these rows out.")
    return array


def personal_columns(
    names: Iterable[str], catalogue: Mapping[str, Item], subject_type: SubjectType
) -> Iterator[Finding]:
    """L107 for a frame made by hand: columns named like items that must not be used."""
    restricted = {_plain(code): code for code in catalogue if _restricted(catalogue[code], subject_type)}
    for name in names:
        plain = _plain(name)
        for start, code in restricted.items():
            if plain == start or plain.startswith(f"{start}_"):
                yield _personal(name, code, catalogue[code])


def personal_items(card: Scorecard, catalogue: Mapping[str, Item]) -> Iterator[Finding]:
    """L107 for the features of a card: items that must not be used."""
    for place in card.places():
        for code in items_of(place.rule.measure):
            if code in catalogue and _restricted(catalogue[code], card.subject_type):
                yield _personal(place.indicator, code, catalogue[code])


def _restricted(item: Item, subject_type: SubjectType) -> bool:
    return item.personal_data == "prohibited" or (
        item.personal_data == "consent_required" and subject_type == "natural_person"
    )


def _personal(name: str, code: str, item: Item) -> Finding:
    never = item.personal_data == "prohibited"
    return finding(
        "L107", "error", name, item=code, personal_data=item.personal_data,
        zh=f"“{name}”取自“{item.title.zh}”（{code}），" + ("法律禁止采集。" if never else "须本人书面同意。"),
        en=f"'{name}' rests on item '{code}' ({item.title.en}), "
        + ("which must not be collected." if never else "which needs the person's written consent."),
        do=("删除该特征。", "Leave the feature out.")
        if never
        else ("取得书面同意，否则删除该特征。", "Leave the feature out, unless every person has consented."),
    )  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z一-鿿]+", "_", name.lower()).strip("_")


def items_of(measure: Measure) -> tuple[str, ...]:
    """The items a measure reads itself; none for the public score and dates of the subject."""
    if isinstance(measure, Ratio):
        return tuple(dict.fromkeys((*measure.numerator.items, *measure.denominator.items)))
    return tuple(measure.items) if isinstance(measure, EventPoints | SelectedMeasure) else ()


def readers(policy: Policy, card: Scorecard) -> dict[str, tuple[str, ...]]:
    """The features that read each item, those through the public score included.

    Args:
        card: from `feature_card`.
    """
    found: dict[str, dict[str, None]] = {}
    for place in card.places():
        measure = place.rule.measure
        read = items_of(measure)
        if isinstance(measure, PublicScore):
            bases = [base for base in policy.scorecards if base.scorecard == card.extends]
            read = tuple(
                code
                for base in bases
                for other in base.places()
                if measure.dimension in (None, other.dimension)
                for code in items_of(other.rule.measure)
            )
        for code in read:
            found.setdefault(code, {})[place.indicator] = None
    return {code: tuple(names) for code, names in found.items()}


def outcome_read(
    reading: Mapping[str, tuple[str, ...]], outcome_items: Iterable[str], auc: Mapping[str, float]
) -> Iterator[Finding]:
    """L103: features that read the items which report the outcome; earlier events may foretell it, or be it.

    Args:
        reading: from `readers`.
        auc: of each feature by itself, where it could be measured.
    """
    items: dict[str, list[str]] = {}
    for code in outcome_items:
        for name in reading.get(code, ()):
            items.setdefault(name, []).append(code)
    for name, codes in items.items():
        listed = ", ".join(codes)
        number = {} if name not in auc else {"auc": round(auc[name], 4)}
        shown = ("", "") if name not in auc else (f"（AUC {auc[name]:.3f}）", f" (AUC {auc[name]:.3f})")
        yield finding(
            "L103", "warning", name, items=listed, **number,
            zh=f"“{name}”取自报告结果的目录项{listed}{shown[0]}。",
            en=f"'{name}' reads {listed}, which reports the outcome itself{shown[1]}.",
            do=(
                "确认只有观察日之前的事件进入该特征，且结果不是同一事件的延续。",
                "Make sure that the outcome is no continuation of an event known before the observation date.",
            ),
        )  # fmt: skip
