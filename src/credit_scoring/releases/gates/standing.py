"""Whether a change of the records moved anyone's standing the way it must not: comparisons over scored copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.gates.perturbing import Addition, Perturbed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Pairs compared for one item, by what the change did to the standing."""

    item: str
    pairs: int
    raised: int
    lowered: int
    escaped: int
    """Pairs in which the change took away the rating."""
    largest_rise: int
    """Thousandths of the raw score, in the better direction; 0 where none rose."""
    largest_fall: int
    where: str
    """The level, value or change with the largest rise; with the largest fall if none rose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """What was found, by kind of change."""

    added: tuple[Tally, ...]
    changed: dict[str, tuple[Tally, ...]]
    """By change: withdrawn, repaired, again."""
    levels: tuple[Tally, ...]
    """From a level to the next worse one; risen where the worse level stands higher."""
    values: tuple[Tally, ...]
    """From a value to the next larger one."""
    unlike_population: int
    """Drawn subjects whose unchanged copy has another raw score than in the population."""
    unchanged: int
    """Unchanged copies."""


def compare_standings(
    engine: Engine, card: Scorecard, perturbed: Perturbed, scores: pa.Table, items: dict[str, Item]
) -> Standings:
    """Compare every copy with its subject, levels with the next worse, values with the next larger.

    Args:
        card: for its direction and the order of its grades.
        scores: the table `scores` of the copies.
        items: those that were added, for the order of their levels.
    """
    engine.register("copy_scores", scores)
    engine.register("grade_places", _grades(card))
    engine.register("added", _additions(perturbed.additions, items))
    engine.register("changed", perturbed.changes)
    engine.register("expected", perturbed.expected)
    engine.run(_FOUND, sign=1 if card.direction == "higher_is_better" else -1)
    changed = engine.table(
        f"SELECT change, {_TALLY} FROM ({_CHANGED}) GROUP BY change, item ORDER BY change, item"
    )
    by_change: dict[str, list[Tally]] = {"withdrawn": [], "repaired": [], "again": []}
    for row in changed.to_pylist():
        by_change[row.pop("change")].append(Tally(**row))
    (counts,) = engine.table(_UNLIKE).to_pylist()
    return Standings(
        added=_tallies(engine, _ADDED),
        changed={change: tuple(found) for change, found in by_change.items()},
        levels=_tallies(engine, _LEVELS),
        values=_tallies(engine, _VALUES),
        unlike_population=counts["unlike"],
        unchanged=counts["n"],
    )


def _tallies(engine: Engine, pairs: str) -> tuple[Tally, ...]:
    table = engine.table(f"SELECT {_TALLY} FROM ({pairs}) GROUP BY item ORDER BY item")
    return tuple(Tally(**row) for row in table.to_pylist())


def _grades(card: Scorecard) -> pa.Table:
    """The ladder, best first. Grades for the best share depend on everyone scored, and are not compared."""
    ranked = any(grade.top_share is not None for grade in card.grades.values())
    names = [] if ranked else list(card.grades)
    return pa.table({"grade": pa.array(names, pa.string()), "place": pa.array(range(len(names)), pa.int64())})


def _additions(additions: Sequence[Addition], items: dict[str, Item]) -> pa.Table:
    def rank(addition: Addition) -> int | None:
        return None if addition.level is None else items[addition.item].rank(addition.level)

    return pa.table(
        {
            "variant": pa.array([a.number for a in additions], pa.int64()),
            "item": pa.array([a.item for a in additions], pa.string()),
            "level": pa.array([a.level for a in additions], pa.string()),
            "rank": pa.array([rank(a) for a in additions], pa.int64()),
            "value": pa.array([a.value for a in additions], pa.decimal128(18, 4)),
            "day": pa.array([a.day for a in additions], pa.date32()),
        }
    )


# `raw` and `final` grow with the standing, whatever the direction of the scorecard; `place` falls with it.
_FOUND = """
CREATE TABLE found AS
SELECT substr(s.subject_id, 2, 8)::BIGINT AS variant, substr(s.subject_id, 11)::BIGINT AS sample,
       $sign * (s.score_raw * (1000)::DECIMAL(4, 0))::BIGINT AS raw, $sign * (s.score * (1000)::DECIMAL(4, 0))::BIGINT AS final,
       g.place, s.unrated, (s.score_raw * (1000)::DECIMAL(4, 0))::BIGINT AS shown
FROM copy_scores s LEFT JOIN grade_places g ON g.grade = s.grade;
CREATE VIEW unchanged AS SELECT * FROM found WHERE variant = 0;
"""
_PAIR = """
       b.raw AS raw_before, a.raw AS raw_after, b.final AS final_before, a.final AS final_after,
       b.place AS place_before, a.place AS place_after, b.unrated AS unrated_before, a.unrated AS unrated_after
"""
_ROSE = "raw_after > raw_before OR final_after > final_before OR coalesce(place_after < place_before, false)"
_FELL = "raw_after < raw_before OR final_after < final_before OR coalesce(place_after > place_before, false)"
_TALLY = f"""
       item, count(*) AS pairs, count(*) FILTER ({_ROSE}) AS raised, count(*) FILTER ({_FELL}) AS lowered,
       count(*) FILTER (unrated_after AND NOT unrated_before) AS escaped,
       greatest(max(raw_after - raw_before), 0)::BIGINT AS largest_rise,
       greatest(max(raw_before - raw_after), 0)::BIGINT AS largest_fall,
       coalesce(min(place_of) FILTER ({_ROSE}), min(place_of) FILTER ({_FELL}), '') AS "where"
"""
_ADDED = f"""
SELECT x.item, coalesce(x.level, '') || coalesce(' ' || x.value::VARCHAR, '') AS place_of, {_PAIR}
FROM added x JOIN found a USING (variant) JOIN unchanged b ON b.sample = a.sample
"""
_CHANGED = f"""
SELECT x.change, x.item, '' AS place_of, {_PAIR}
FROM changed x JOIN found a USING (variant) JOIN unchanged b ON b.sample = a.sample
"""
# `b` is the better level, `a` the next worse one: of the same item, value and day, added to the same subject.
_LEVELS = f"""
SELECT x.item, x.level || ' > ' || y.level AS place_of, {_PAIR}
FROM added x JOIN added y ON y.item = x.item AND y.rank = x.rank + 1 AND y.day = x.day AND y.value IS NOT DISTINCT FROM x.value
JOIN found b ON b.variant = x.variant JOIN found a ON a.variant = y.variant AND a.sample = b.sample
"""
_VALUES = f"""
SELECT x.item, x.value::VARCHAR || ' > ' || y.value::VARCHAR AS place_of, {_PAIR}
FROM added x JOIN (
    SELECT *, lag(variant) OVER (PARTITION BY item, level, day ORDER BY value) AS smaller FROM added WHERE value IS NOT NULL
) y ON y.smaller = x.variant
JOIN found b ON b.variant = x.variant JOIN found a ON a.variant = y.variant AND a.sample = b.sample
"""
_UNLIKE = """
SELECT (SELECT count(*) FROM unchanged) AS n,
       (SELECT count(*) FROM expected e LEFT JOIN unchanged u USING (sample) WHERE u.shown IS DISTINCT FROM e.raw) AS unlike
"""
