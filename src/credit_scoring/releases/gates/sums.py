"""Whether the tables of a run add up: records to indicators, indicators to dimensions, dimensions to the score.

Everything is computed again from the published tables and the text of the scorecard, in whole thousandths and for every
subject; nothing of the line is used. A gap is a number that is not what its parts give.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.gates.sheet import (
    Booleans,
    EventIndicator,
    Integers,
    Sheet,
    overridden,
    sheet_of,
)

_BLOCK = 50_000
"""Subjects worked on at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Subjects looked at, numbers compared, and those that are not what their parts give."""

    subjects: int = 0
    dimensions: int = 0
    raw_scores: int = 0
    scores: int = 0
    evidence: int = 0
    dimensions_compared: int = 0
    evidence_compared: int = 0

    def __add__(self, other: Gaps) -> Gaps:
        names = ("subjects", "dimensions", "raw_scores", "scores", "evidence", "dimensions_compared", "evidence_compared")  # fmt: skip
        return Gaps(**{name: getattr(self, name) + getattr(other, name) for name in names})


def gaps_of(engine: Engine, card: Scorecard) -> Gaps:
    """Every gap of one scorecard in a run.

    Args:
        engine: with the tables `scores`, `points` and `evidence` of the run.
        card: the scorecard as it was run.
    """
    sheet = sheet_of(card)
    engine.run(
        "CREATE OR REPLACE TABLE numbered AS SELECT row_number() OVER () - 1 AS n, * FROM scores "
        f"WHERE scorecard = '{_quoted(card.scorecard)}'"
    )
    _register_columns(engine, sheet)
    engine.run(_GIVEN)
    engine.run(_REPORTED)
    (count,) = engine.table("SELECT count(*) AS n FROM numbered")["n"].to_pylist()
    found = Gaps()
    for first in range(0, count, _BLOCK):
        found += _block_gaps(engine, sheet, first, min(_BLOCK, count - first))
    return found


def _register_columns(engine: Engine, sheet: Sheet) -> None:
    columns = pa.table(
        {"indicator": pa.array(sheet.indicators, pa.string()), "k": pa.array(range(len(sheet.indicators)), pa.int64())}
    )  # fmt: skip
    engine.register("sheet_columns", columns)


_GIVEN = """
CREATE OR REPLACE TABLE given AS
SELECT s.n, c.k, (p.points * (1000)::DECIMAL(4, 0))::BIGINT AS points, (p.most * (1000)::DECIMAL(4, 0))::BIGINT AS most,
       p.state, (p.measure * (1000)::DECIMAL(4, 0))::HUGEINT::BIGINT AS measure
FROM points p JOIN numbered s ON s.subject_id = p.subject_id AND s.scorecard = p.scorecard
JOIN sheet_columns c ON c.indicator = p.indicator
"""
_REPORTED = """
CREATE OR REPLACE TABLE reported AS
SELECT s.n, c.k,
       coalesce(sum((e.points * (1000)::DECIMAL(4, 0))::BIGINT) FILTER (e.treatment = 'counted'), 0)::BIGINT AS kept,
       coalesce(sum((e.points * (1000)::DECIMAL(4, 0))::BIGINT) FILTER (e.treatment <> 'same_event'), 0)::BIGINT AS every,
       bool_or(e.treatment = 'counted') AS counts,
       bool_or(e.treatment = 'counted_in_part') AS charged,
       bool_or(e.treatment IN ('counted_in_part', 'counted_elsewhere')) AS elsewhere
FROM evidence e JOIN numbered s ON s.subject_id = e.subject_id JOIN sheet_columns c ON c.indicator = e.indicator
WHERE e.indicator IS NOT NULL
GROUP BY s.n, c.k
"""


def _quoted(text: str) -> str:
    return text.replace("'", "''")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """n subjects by k indicators, as the run gives them."""

    points: Integers
    measure: Integers
    measured: Booleans
    """A sum of events is stated."""
    not_applicable: Booleans
    rescaled: Booleans
    """The points were scaled for what dropped out of the dimension."""
    kept: Integers
    every: Integers
    counts: Booleans
    charged: Booleans
    elsewhere: Booleans


def _read_block(engine: Engine, sheet: Sheet, first: int, rows: int) -> _Block:
    within = f"WHERE n >= {first} AND n < {first + rows}"
    given = engine.table(f"SELECT * FROM given {within}")
    reported = engine.table(f"SELECT * FROM reported {within}")
    shape = (rows, len(sheet.indicators))
    at = (given["n"].to_numpy() - first, given["k"].to_numpy())
    by = (reported["n"].to_numpy() - first, reported["k"].to_numpy())

    def whole(table: pa.Table, where: tuple[Integers, Integers], name: str) -> Integers:
        found = np.zeros(shape, dtype=np.int64)
        found[where] = table[name].fill_null(0).to_numpy()
        return found

    def true(values: Booleans, where: tuple[Integers, Integers]) -> Booleans:
        found = np.zeros(shape, dtype=np.bool_)
        found[where] = values
        return found

    points = np.broadcast_to(sheet.no_record, shape).copy()
    points[at] = given["points"].to_numpy()
    state = given["state"].to_numpy()
    flag = {
        name: true(reported[name].to_numpy(zero_copy_only=False).astype(np.bool_), by)
        for name in ("counts", "charged", "elsewhere")
    }
    return _Block(
        points=points,
        measure=whole(given, at, "measure"),
        measured=true((state == "observed") & given["measure"].is_valid().to_numpy(), at),
        not_applicable=true(state == "not_applicable", at),
        rescaled=true(given["most"].to_numpy() != sheet.high[at[1]], at),
        kept=whole(reported, by, "kept"),
        every=whole(reported, by, "every"),
        counts=flag["counts"],
        charged=flag["charged"],
        elsewhere=flag["elsewhere"],
    )


def _block_gaps(engine: Engine, sheet: Sheet, first: int, rows: int) -> Gaps:
    block = _read_block(engine, sheet, first, rows)
    scores = engine.table(
        f"SELECT {_columns(sheet)}, array_to_string(overrides, chr(10)) AS overrides FROM numbered "
        f"WHERE n >= {first} AND n < {first + rows} ORDER BY n"
    )
    shown = np.stack([scores[f"d{i}"].to_numpy() for i in range(len(sheet.dimensions))], axis=1)
    start, raw, final = (scores[name].to_numpy() for name in ("start", "raw", "final"))
    summed = np.clip(start + shown.sum(axis=1), sheet.lowest_score, sheet.highest_score)
    strange_start = ~np.isin(start, np.array(sorted(sheet.starts), dtype=np.int64))
    evidence, compared = _evidence_gaps(sheet, block)
    return Gaps(
        subjects=rows,
        dimensions=int((_dimension_sums(sheet, block) != shown).sum()),
        raw_scores=int(((summed != raw) | strange_start).sum()),
        scores=int((_after_overrides(sheet, raw, scores["overrides"].to_numpy()) != final).sum()),
        evidence=evidence,
        dimensions_compared=shown.size,
        evidence_compared=compared,
    )


def _columns(sheet: Sheet) -> str:
    named = {"start": "start", "raw": "score_raw", "final": "score"}
    named |= {f"d{i}": heading.name for i, heading in enumerate(sheet.dimensions)}
    return ", ".join(
        '("' + column.replace('"', '""') + f'" * (1000)::DECIMAL(4, 0))::BIGINT AS {name}'
        for name, column in named.items()
    )


def _dimension_sums(sheet: Sheet, block: _Block) -> Integers:
    """What the indicators give each dimension, headings within their bounds; scaled dimensions have none."""
    columns = []
    for dimension in sheet.dimensions:
        groups = [sheet.groups[i] for i in dimension.parts]
        free = np.any([block.rescaled[:, list(group.parts)].any(axis=1) for group in groups], axis=0)
        plain = np.sum([block.points[:, list(group.parts)].sum(axis=1) for group in groups], axis=0)
        within = np.sum(
            [np.clip(block.points[:, list(g.parts)].sum(axis=1), g.low, g.high) for g in groups], axis=0
        )
        columns.append(np.where(free, plain, np.clip(within, dimension.low, dimension.high)))
    return np.stack(columns, axis=1)


def _after_overrides(sheet: Sheet, raw: Integers, names: Integers) -> Integers:
    """What the overrides that are named leave of each score."""
    found = raw.copy()
    for applied in np.unique(names.astype(str)):
        if not applied:
            continue
        effects = [sheet.card.overrides[name].effect for name in applied.split("\n")]
        here = names == applied
        before, place = np.unique(raw[here], return_inverse=True)
        after = np.array(
            [overridden(int(score), effects, sign=sheet.sign) for score in before], dtype=np.int64
        )
        found[here] = after[place]
    return found


def _evidence_gaps(sheet: Sheet, block: _Block) -> tuple[int, int]:
    """Gaps between records and the indicators they bear on, and how many numbers were compared."""
    wrong = compared = 0
    for name, members in _by_event_group(sheet):
        shared: Booleans = np.zeros(len(block.points), dtype=np.bool_)
        if name is not None:
            columns = [member.column for member in members]
            shared = np.logical_or.reduce((block.elsewhere & ~block.not_applicable)[:, columns], axis=1)
            gaps = _group_gaps(sheet, block, members)[shared]
            wrong, compared = wrong + int(gaps.sum()), compared + len(gaps)
        for member in members:
            gaps = _indicator_gaps(sheet, block, member)[~shared & ~block.not_applicable[:, member.column]]
            wrong, compared = wrong + int(gaps.sum()), compared + len(gaps)
    return wrong, compared


def _by_event_group(sheet: Sheet) -> Iterator[tuple[str | None, list[EventIndicator]]]:
    ordered = sorted(sheet.events, key=lambda event: event.event_group or "")
    for name, members in groupby(ordered, key=lambda event: event.event_group):
        yield name, list(members)


def _capped(event: EventIndicator, points: Integers) -> Integers:
    found: Integers = np.clip(points, event.cap_low, event.cap_high)
    return found


def _indicator_gaps(sheet: Sheet, block: _Block, event: EventIndicator) -> Booleans:
    """Where the events of an indicator do not make its measure, or its points, n."""
    k = event.column
    total = _capped(event, block.kept[:, k])
    agrees = block.counts[:, k] & (block.measure[:, k] == total)
    gaps: Booleans = block.measured[:, k] & ~agrees
    if event.identity:
        made = np.clip(sheet.start[k] + total, sheet.low[k], sheet.high[k])
        gaps |= block.counts[:, k] & ~block.rescaled[:, k] & (block.points[:, k] != made)
    return gaps


def _group_gaps(sheet: Sheet, block: _Block, members: list[EventIndicator]) -> Booleans:
    """Where a group of indicators that share events does not lose min(U, C), n.

    U is each event once at its heaviest, C every report counted, each indicator within its bounds.
    """
    rows = len(block.points)
    once, every, lost = (np.zeros(rows, dtype=np.int64) for _ in range(3))
    scaled = np.zeros(rows, dtype=np.bool_)
    for member in members:
        k = member.column
        applies = ~block.not_applicable[:, k]
        clean = np.clip(sheet.start[k], sheet.low[k], sheet.high[k])
        bound = np.clip(sheet.start[k] + _capped(member, block.every[:, k]), sheet.low[k], sheet.high[k])
        bears = applies & (block.counts[:, k] | block.charged[:, k])
        once += np.where(applies, np.abs(block.kept[:, k]), 0)
        every += np.where(applies, np.abs(clean - bound), 0)
        lost += np.where(bears, np.abs(clean - block.points[:, k]), 0)
        scaled |= block.rescaled[:, k]
    gaps: Booleans = (lost != np.minimum(once, every)) & ~scaled
    return gaps
