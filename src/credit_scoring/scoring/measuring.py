"""Measures as columns: what a sector's features were on a date, read off the records by the line itself.

The line is run up to its measures for a scorecard whose indicators are the features. So a feature is the same
number the scorecard would have seen that day: records after the date, or recorded later, are out of sight.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.errors import PolicyError
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.compilation import Compiled, compile_policy
from credit_scoring.policy.language import Dimension, Indicator, Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.measures import (
    Count,
    EventPoints,
    LatestLevel,
    Measure,
    MonthsSince,
    OfValues,
    SelectedMeasure,
)
from credit_scoring.scoring.inputs import Source
from credit_scoring.scoring.line import run_line
from credit_scoring.scoring.public import admit_public
from credit_scoring.scoring.run import admit_inputs, scores_only

_LAST_STEP = "52_ratios"


def feature_card(card: Scorecard) -> Scorecard:
    """The scorecard whose indicators are the features of a learnt evaluation, in the order of the file.

    Every indicator is a feature unless `training: leave_out:` names it; `training: features:` adds measures to the
    dimensions they name. Points mean nothing in it.

    Raises:
        PolicyError: the scorecard has no `training` block, or no feature is left.
    """
    if card.training is None:
        raise PolicyError.at(
            card.id, 0, "P704", "has no `training:` block: state the outcome, the dates and the limits there."
        )
    places: dict[str, dict[str, Indicator]] = {name: {} for name in card.dimensions}
    for place in card.places():
        if place.indicator not in card.training.leave_out:
            places[place.dimension][place.indicator] = place.rule
    for name, feature in card.training.features.items():
        if name not in card.training.leave_out:
            places[feature.dimension][name] = Indicator(
                title=feature.title,
                points=Decimal(0),
                start="zero",
                no_record="zero",
                measure=feature.measure,
                basis="assumed",
            )
    dimensions = {
        name: Dimension(
            title=card.dimensions[name].title, points=Decimal(0), indicators=rules, basis="assumed"
        )
        for name, rules in places.items()
        if rules
    }
    if not dimensions:
        raise PolicyError.at(
            card.id, 0, "P704", "`training:` leaves out every indicator: no feature is left."
        )
    return card.model_copy(
        update={"dimensions": dimensions, "event_groups": {}, "overrides": {}, "model": None}
    )


NEVER_MONTHS = 1_200
"""Months since a bad event that never was: longer ago than anything on record."""


def nothing_on_record(measure: Measure, catalogue: Mapping[str, Item]) -> float | None:
    """The value of a feature where nothing is on record; None where that leaves it unknown (missing).

    Counts, sums and points of events are 0. Where every entry speaks against a subject (`entry: bad`), whoever has none
    stands on the good side of everyone who has one: 0 for values from 0 up, a rank before the best level, and
    `NEVER_MONTHS` since the last event. Whoever was never assessed is unknown, neither good nor bad.
    """
    if isinstance(measure, Count | EventPoints) or (isinstance(measure, OfValues) and measure.kind == "sum"):
        return 0.0
    if not isinstance(measure, SelectedMeasure) or any(
        catalogue[code].entry != "bad" for code in measure.items
    ):
        return None
    if isinstance(measure, MonthsSince):
        return float(NEVER_MONTHS)
    if isinstance(measure, LatestLevel):
        return -1.0
    return 0.0 if measure.value_at_least is not None and measure.value_at_least >= 0 else None


def level_ranks(measure: LatestLevel, catalogue: Mapping[str, Item]) -> dict[str, int]:
    """The rank of each level, 0 for the best; levels outside the order (`unranked`) have none.

    Raises:
        PolicyError: two items of the measure order a level differently.
    """
    ranks: dict[str, int] = {}
    for code in measure.items:
        item = catalogue[code]
        for level in item.levels:
            rank = item.rank(level)
            if rank is None or (measure.levels and level not in measure.levels):
                continue
            if ranks.setdefault(level, rank) != rank:
                raise PolicyError.at(
                    code, 0, "P705", f"level '{level}' has another rank in another item of the measure."
                )
    return ranks


def measure_values(
    policy: Policy,
    card: Scorecard,
    *,
    subjects: Source,
    records: Source,
    on: date,
    known_by: date | None = None,
    coverage: Source | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> pa.Table:
    """The features of every subject on a date.

    Args:
        card: from `feature_card`; the public scorecard it extends is taken from `policy`.
        on, known_by: as for `score`.

    Returns:
        One row per admitted subject of the card's type, sorted by subject: `subject_id`, `region_code`,
        `industry_code`, `established_on`, `public_score` (int64 thousandths; null where there is none), then a
        float64 column per feature in the measure's unit; `latest_level` is the rank of the level, 0 for the best.
        Where nothing is on record it is what `nothing_on_record` says, and null where that says nothing or where
        no source has delivered.

    Raises:
        TableError, PolicyError: as for `score`.
        NotInForceError: the extended scorecard has no edition in force on the date.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine

    bases = policy.bases((card,), on)
    public: pa.Table | None = None
    if bases:
        public = scores_only(
            policy, bases, subjects=subjects, records=records, on=on, known_by=known_by, coverage=coverage,
            threads=threads, memory_limit=memory_limit,
        )  # fmt: skip
    compiled = compile_policy((card,), policy.catalogue, on=on)
    with DuckDBEngine(threads=threads, memory_limit=memory_limit) as engine:
        admit_inputs(engine, subjects=subjects, records=records, coverage=coverage)
        if public is not None:
            admit_public(engine, public, bases)
        run_line(
            engine, compiled, known_by=known_by or on, coverage_given=coverage is not None, until=_LAST_STEP
        )
        return _wide(engine, compiled, card, policy.catalogue, public=public is not None)


def _wide(
    engine: Engine, compiled: Compiled, card: Scorecard, catalogue: Mapping[str, Item], *, public: bool
) -> pa.Table:
    score_column = "g.points" if public else "NULL::BIGINT"
    join = (
        "LEFT JOIN public_points g ON g.subject_id = s.subject_id AND g.dimension IS NULL AND NOT g.unrated"
        if public
        else ""
    )
    return engine.table(
        f"""
        SELECT s.subject_id, s.region_code, s.industry_code, s.established_on, {score_column} AS public_score,
               f.* EXCLUDE (subject_no)
        FROM subjects s JOIN ({features_query(compiled, card, catalogue)}) f USING (subject_no) {join}
        ORDER BY s.subject_id
        """
    )


def features_query(
    compiled: Compiled, card: Scorecard, catalogue: Mapping[str, Item], *, subjects: str = "subjects"
) -> str:
    """A query for the features of a scorecard, after the line has run up to its measures.

    Args:
        subjects: the view of subjects to take; narrow it to work in parts.

    Returns:
        SQL that gives `subject_no` and a DOUBLE column per indicator, in the order of the file.
    """
    numbers = {
        row["indicator"]: row
        for row in compiled.tables.rows["indicators"]
        if compiled.cards[row["scorecard_no"]] == card
    }
    pivots, columns = [], []
    for i, place in enumerate(card.places()):
        row, measure = numbers[place.indicator], place.rule.measure
        value = "value::DOUBLE / 1000000"
        if isinstance(measure, LatestLevel):
            ranks = level_ranks(measure, catalogue)
            cases = " ".join(f"WHEN '{level}' THEN {rank}" for level, rank in ranks.items())
            value = f"CASE level {cases} END::DOUBLE" if cases else "NULL::DOUBLE"
        here = f"FILTER (measure_no = {int(row['measure_no'])})"
        # A level outside the order is on record, and has no rank: missing, not clean.
        pivots += [f"max({value}) {here} AS f{i}", f"bool_or(true) {here} AS h{i}"]
        nothing = nothing_on_record(measure, catalogue)
        empty = (
            f"CASE WHEN list_contains(u.indicators, {int(row['indicator_no'])}) THEN NULL ELSE {nothing} END"
        )
        filled = f"p.f{i}" if nothing is None else f"CASE WHEN p.h{i} THEN p.f{i} ELSE {empty} END"
        columns.append(f'{filled}::DOUBLE AS "{place.indicator}"')
    return f"""
        SELECT s.subject_no, {", ".join(columns)}
        FROM {subjects} s LEFT JOIN (
            SELECT subject_no, {", ".join(pivots)} FROM measure_values
            WHERE subject_no IN (SELECT subject_no FROM {subjects}) GROUP BY subject_no
        ) p USING (subject_no) LEFT JOIN (
            SELECT region_code, list(indicator_no) AS indicators FROM uncovered GROUP BY region_code
        ) u ON u.region_code = coalesce(s.region_code, '')
    """
