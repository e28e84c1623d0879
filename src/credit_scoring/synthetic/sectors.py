"""An invented sector: firms, records of several years, and labels whose truth is known.

As in the invented register nobody in it exists. What goes bad is drawn from a stated truth (`truths.py`), so that it
can be told how much of it an evaluation has found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from credit_scoring.errors import InputError
from credit_scoring.policy.catalogue import Item, month_count
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.numbers import months_after, months_before
from credit_scoring.policy.training import Training
from credit_scoring.synthetic import DEMO_DAY, firms_of
from credit_scoring.synthetic.outcomes import (
    NEVER,
    Batch,
    Days,
    Firms,
    Period,
    Whole,
    World,
    day_number,
    normal,
)
from credit_scoring.synthetic.planning import items_read
from credit_scoring.synthetic.truths import Entries, Truth, truth_of

Names: TypeAlias = npt.NDArray[Any]
"""A subject_id per firm."""

HISTORY_MONTHS = 36
"""Records begin so long before the first observation date: the longest window of the sectors' measures."""
FAULT_SHARE = 0.001
"""Of the labels: how many more are added of each kind of fault."""
FAULTS = ("label_not_0_or_1", "label_duplicate", "subject_unknown", "label_before_observation")
"""Kinds of faults among the labels, as a cohort names them."""
_RARE = 0.0015
"""Entries per firm and year of an item that the scorecard reads and the truth does not name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorRegister:
    """Where an invented sector lies, and what is in it."""

    subjects: Path
    records: Path
    labels: Path
    truth: Path
    """One row per firm at risk and observation date: `subject_id`, `observed_on`, `probability` of going bad in the
    window, `bad` (went bad, or would have been found so), `inclusion_probability`, `labelled`, `negligence`."""
    scorecard: str
    on: date
    seed: int
    subject_count: int
    record_count: int
    label_count: int
    """Rows of `labels`, those with a fault included."""
    fault_counts: Mapping[str, int]
    """Rows of `labels` by kind of fault."""


def invent_sector(
    out: Path, policy: Policy, scorecard: str, *, subjects: int = 20_000, seed: int = 7, on: date = DEMO_DAY
) -> SectorRegister:
    """Write `subjects.parquet`, `records.parquet`, `labels.parquet` and `truth.parquet` of an invented sector.

    The same arguments give the same files.

    Args:
        out: a folder, made if absent; the four files in it are replaced.
        policy: with the sector's scorecard, whose `training` block names the observation dates and the window.
        scorecard: its name, such as `sector-road-transport`.
        on: the last day of the records; the last outcome window has to be over.

    Raises:
        NotFoundError: no such scorecard, or nothing is stated about how the sector is invented.
        InputError: no `training` block, observation dates nearer to each other than the window, or a window that ends
            after `on`.
    """
    card = policy.edition_in_force(scorecard, on)
    truth = truth_of(scorecard)
    windows = _windows(card, on)
    first = windows[0][0]
    rng = np.random.Generator(np.random.PCG64([seed, *scorecard.encode()]))
    table = firms_of(count=subjects, seed=seed, on=on, industries=truth.industries)
    world = World(
        firms=_firms(table, rng), truth=truth, catalogue=policy.catalogue, rng=rng,
        start=months_before(first, HISTORY_MONTHS), on=on,
    )  # fmt: skip
    world.live(entries=_all_entries(card, truth, policy.catalogue), reports=truth.reports)
    for observed_on, ends_on in _before(first, windows):
        world.period(observed_on, ends_on)
    periods = [world.period(*window) for window in windows]
    out.mkdir(parents=True, exist_ok=True)
    names = table.column("subject_id").to_numpy(zero_copy_only=False)
    labels, faults = _with_faults(_labels(periods, names, complete=truth.inspected is None), windows)
    records = _records(world.batches, names, policy.catalogue, on)
    tables = {
        "subjects": table,
        "records": records,
        "labels": labels,
        "truth": _truth_table(periods, names, world.firms),
    }
    for name, rows in tables.items():
        pq.write_table(rows, out / f"{name}.parquet")
    return SectorRegister(
        **{name: out / f"{name}.parquet" for name in tables}, scorecard=scorecard, on=on, seed=seed,
        subject_count=table.num_rows, record_count=records.num_rows, label_count=labels.num_rows,
        fault_counts=MappingProxyType(faults),
    )  # fmt: skip


def _windows(card: Scorecard, on: date) -> list[tuple[date, date]]:
    training = card.training
    if training is None:
        raise InputError(f"'{card.id}' has no `training:` block: there is no outcome to invent.")
    windows = [(day, months_after(day, _window(training))) for day in training.observe]
    for (_, end), (later, _) in pairwise(windows):
        if later < end:
            raise InputError(
                f"'{card.id}' observes on {later}, before the window that ends on {end} is over: outcomes are invented "
                "one window after another. State observation dates at least a window apart."
            )
    if windows[-1][1] > on:
        raise InputError(
            f"the last outcome window of '{card.id}' ends on {windows[-1][1]}, after {on}. State a later `on`."
        )
    return windows


def _window(training: Training) -> int:
    return month_count(training.outcome.window)


def _before(first: date, windows: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """Windows before the first date, so that it too has outcomes to look back upon."""
    months = (windows[0][1].year - first.year) * 12 + windows[0][1].month - first.month
    starts = [months_before(first, months * n) for n in range(HISTORY_MONTHS // months, 0, -1)]
    return list(zip(starts, [*starts[1:], first], strict=True))


def _firms(table: pa.Table, rng: np.random.Generator) -> Firms:
    established = table.column("established_on").cast(pa.int32()).to_numpy().astype(np.int64)
    closed = table.column("closed_on").cast(pa.int32()).fill_null(NEVER).to_numpy().astype(np.int64)
    fleet = np.ceil(np.exp(2.0 + 0.9 * normal(rng, len(established)))).astype(np.int64)
    return Firms(
        established=established, closed=closed, negligence=normal(rng, len(established)), fleet=fleet
    )


def _all_entries(card: Scorecard, truth: Truth, catalogue: Mapping[str, Item]) -> list[Entries]:
    """What the truth names, and rare entries of whatever else the scorecard reads."""
    named = {entry.item for entry in truth.entries} | {report.item for report in truth.reports}
    inspected = () if truth.inspected is None else (truth.inspected.item,)
    rest = [code for code in items_read(card) if code not in {*named, truth.outcome, *inspected}]
    slopes = {"bad": 0.6, "good": -0.4, "basic": 0.0, "other": 0.0}
    return [
        *truth.entries,
        *(Entries(item=code, per_year=_RARE, slope=slopes[catalogue[code].entry]) for code in rest),
    ]


def _labels(periods: Iterable[Period], names: Names, *, complete: bool) -> pa.Table:
    parts = []
    for period in periods:
        who = np.flatnonzero(period.labelled)
        on = period.labelled_on[who]
        event = period.event[who]
        parts.append(
            pa.table(
                {
                    "subject_id": pa.array(names[who], pa.string()),
                    "label": pa.array(period.bad[who].astype(np.int64)),
                    "labelled_on": _days(on),
                    # Between a day and a month later, from what is there: no draw of its own.
                    "recorded_on": _days(on + 1 + (on * 7 + who) % 30),
                    "inclusion_probability": pa.array(
                        period.inclusion[who], mask=np.full(len(who), complete), type=pa.float64()
                    ),
                    "event_id": _event_ids(event),
                    "observed_on": pa.nulls(len(who), pa.date32()),
                }
            )
        )
    table = pa.concat_tables(parts)
    return table.sort_by([("labelled_on", "ascending"), ("subject_id", "ascending"), ("label", "ascending")])


def _with_faults(labels: pa.Table, windows: Sequence[tuple[date, date]]) -> tuple[pa.Table, dict[str, int]]:
    """Rows with a fault added at the end: copies of labels, each spoilt in one column."""
    each = max(1, round(FAULT_SHARE * labels.num_rows))
    parts = [labels]
    for place, kind in enumerate(FAULTS):
        rows = np.unique(np.arange(each) * (labels.num_rows // each) + place) % labels.num_rows
        copy = labels.take(pa.array(rows))
        if kind == "label_not_0_or_1":
            copy = _put(copy, "label", pa.array([2] * len(rows), pa.int64()))
        elif kind == "subject_unknown":
            codes = pa.array([f"91330000Y{i:08d}X" for i in range(len(rows))], pa.string())
            copy = _put(copy, "subject_id", codes)
        elif kind == "label_before_observation":
            copy = _put(
                copy, "observed_on", pa.array([_window_of(day, windows)[1] for day in copy["labelled_on"].to_pylist()])
            )  # fmt: skip
            copy = _put(copy, "recorded_on", _days(np.full(len(rows), day_number(windows[-1][1]) + 40)))
        parts.append(copy)
    table = pa.concat_tables(parts)
    return table, {kind: part.num_rows for kind, part in zip(FAULTS, parts[1:], strict=True)}


def _window_of(day: date, windows: Sequence[tuple[date, date]]) -> tuple[date, date]:
    return next(window for window in windows if window[0] < day <= window[1])


def _put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def _truth_table(periods: Iterable[Period], names: Names, firms: Firms) -> pa.Table:
    parts = []
    for period in periods:
        who = np.flatnonzero(period.at_risk)
        parts.append(
            pa.table(
                {
                    "subject_id": pa.array(names[who], pa.string()),
                    "observed_on": pa.array([period.observed_on] * len(who), pa.date32()),
                    "probability": pa.array(period.probability[who].round(9)),
                    "bad": pa.array(period.bad[who]),
                    "inclusion_probability": pa.array(period.inclusion[who]),
                    "labelled": pa.array(period.labelled[who]),
                    "negligence": pa.array(firms.negligence[who].round(9)),
                }
            )
        )
    return pa.concat_tables(parts)


def _records(batches: Sequence[Batch], names: Names, catalogue: Mapping[str, Item], on: date) -> pa.Table:
    codes = sorted({batch.item for batch in batches})
    item = np.concatenate([np.full(len(b.firm), codes.index(b.item)) for b in batches])
    firm, occurred, recorded, repaired, withdrawn, event = (
        np.concatenate([getattr(b, name) for b in batches])
        for name in ("firm", "occurred", "recorded", "repaired", "withdrawn", "event")
    )
    value, weight, level = (
        np.concatenate([getattr(b, name) for b in batches]) for name in ("value", "weight", "level")
    )
    order = np.lexsort((recorded, item, firm, occurred))
    # What happens after the last day has not been delivered.
    order = order[occurred[order] <= day_number(on)]
    decimal = pa.decimal128(18, 4)
    sources = pa.array([catalogue[code].source.zh for code in codes])
    return pa.table(
        {
            "record_id": pa.array([f"r{i:08d}" for i in range(len(order))]),
            "subject_id": pa.array(names[firm[order]], pa.string()),
            "item": pa.array(codes).take(pa.array(item[order])),
            "occurred_on": _days(occurred[order]),
            "recorded_on": _days(recorded[order]),
            "value": pa.array(value[order].round(2), from_pandas=True).cast(decimal),
            "level": pa.array(level[order], pa.string(), mask=level[order] == ""),
            "event_id": _event_ids(event[order]),
            "expires_on": pa.nulls(len(order), pa.date32()),
            "repaired_on": _days(repaired[order]),
            "withdrawn_on": _days(withdrawn[order]),
            "contested_on": pa.nulls(len(order), pa.date32()),
            "source": sources.take(pa.array(item[order])),
            "weight": pa.array(weight[order].round(2), from_pandas=True).cast(decimal),
        }
    )


def _days(days: Days) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=days >= NEVER).cast(pa.date32())


def _event_ids(event: Whole) -> pa.Array:
    return pa.array([None if number < 0 else f"e{number:08d}" for number in event.tolist()], pa.string())
