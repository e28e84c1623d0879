"""The line: admitted records, measures, indicator points, dimensions, score, overrides, grade, reasons.

One short SQL file per step, in the order of their numbers. A step the policy does not use is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.policy.compilation import Compiled
from credit_scoring.policy.tables import COLUMNS
from credit_scoring.policy.uses import Uses

_ARROW = {"int": pa.int64(), "text": pa.string(), "date": pa.date32(), "bool": pa.bool_()}


@dataclass(frozen=True, slots=True)
class Step:
    """One SQL file, what it does in a word, and when it is needed."""

    file: str
    title: str
    needed: Callable[[Uses], bool] = lambda _: True
    late: bool = False


_INDICATORS = "58_indicators"

STEPS: tuple[Step, ...] = (
    Step("00_functions", "functions"),
    Step("01_bases", "no-record points"),
    Step("02_optional", "optional tables"),
    Step("10_subjects", "subjects"),
    Step("11_coverage", "coverage"),
    Step("20_records", "records"),
    Step("30_reports", "reports"),
    Step("31_repeats", "repeats", lambda uses: uses.repeat),
    Step("40_events", "events"),
    Step("44_release", "memory"),
    Step("45_coverage", "coverage"),
    Step("50_measures", "measures"),
    Step("51_runs", "runs of months", lambda uses: uses.runs),
    Step("52_public_scores", "public scores", lambda uses: uses.public_score),
    Step("52_ratios", "ratios", lambda uses: uses.ratios),
    Step("53_conditions", "conditions"),
    Step("53_public_grades", "public grades", lambda uses: uses.public_grade),
    Step("54_clauses", "conditions"),
    Step("55_not_applicable", "not applicable", lambda uses: uses.early_conditions),
    Step("56_event_groups", "event groups", lambda uses: uses.event_groups),
    Step("57_shared_events", "shared events", lambda uses: uses.event_groups),
    Step(_INDICATORS, "indicator points"),
    Step("59_missing", "missing information"),
    Step("60_renormalise", "re-weighting", lambda uses: uses.renormalise),
    Step("61_dimensions", "dimensions", lambda uses: not uses.bounds_bind),
    Step("61_dimensions_bounded", "dimensions", lambda uses: uses.bounds_bind),
    Step("70_scores", "scores"),
    Step("71_late_tests", "conditions on points", lambda uses: uses.late_points),
    Step("54_clauses", "conditions", late=True),
    Step("80_overrides", "overrides"),
    Step("81_top_shares", "top shares", lambda uses: uses.top_share),
    Step("82_grades", "grades"),
    Step("83_reasons", "reasons"),
    Step("90_results", "results"),
)


def sql_of(step: str) -> str:
    """The SQL text of a step."""
    return (files("credit_scoring.scoring") / "sql" / f"{step}.sql").read_text(encoding="utf-8")


def load_tables(engine: Engine, compiled: Compiled) -> None:
    """Register the compiled policy tables; empty ones too, so that the SQL never has to ask."""
    for name, columns in COLUMNS.items():
        schema = pa.schema([(column, _ARROW[kind]) for column, kind in columns.items()])
        engine.register(f"policy_{name}", pa.Table.from_pylist(compiled.tables.rows[name], schema=schema))
        engine.run(f'CREATE TABLE "{name}" AS SELECT * FROM "policy_{name}"')


def run_line(
    engine: Engine,
    compiled: Compiled,
    *,
    known_by: date,
    coverage_given: bool,
    report: Callable[[str], None] = lambda _: None,
    until: str | None = None,
    keep_records: bool = False,
    model_points: Callable[[], None] | None = None,
) -> None:
    """Run the steps over the typed views `typed_subjects`, `typed_records` and `coverage` of an engine.

    Args:
        report: called with the title of each step as it begins.
        until: the last step to run (the archive needs no scores); None runs them all.
        keep_records: leave `record_states` in place for further questions.
        model_points: adds the points of indicators that a learnt model gives to `indicator_states`.
    """
    load_tables(engine, compiled)
    uses = compiled.uses
    for step in STEPS:
        if step.needed(uses) and not (keep_records and step.file == "44_release"):
            report(step.title)
            engine.run(
                sql_of(step.file),
                on=compiled.on,
                known_by=known_by,
                seen=min(compiled.on, known_by),
                coverage_given=coverage_given,
                late=step.late,
            )
        if step.file == _INDICATORS and model_points is not None:
            report("points by the model")
            model_points()
        if step.file == until:
            return


def scores_query(compiled: Compiled) -> str:
    """The `scores` table: one row per subject, one column per dimension of any scorecard of the run."""
    deltas = ", ".join(
        f"sum(x.delta) FILTER (b.dimension = {_literal(name)})::BIGINT AS d{i}"
        for i, name in enumerate(compiled.dimensions)
    )
    bases = ", ".join(
        f"max(base) FILTER (dimension = {_literal(name)}) AS b{i}"
        for i, name in enumerate(compiled.dimensions)
    )
    columns = ", ".join(
        f"((b.b{i} + coalesce(d.d{i}, 0)) * 0.001)::DECIMAL(18, 3) AS {_name(name)}"
        for i, name in enumerate(compiled.dimensions)
    )
    return f"""
    WITH deltas AS (
        SELECT x.subject_no, {deltas} FROM dimension_deltas x JOIN dimension_bases b USING (dimension_no) GROUP BY x.subject_no
    ), bases AS (
        SELECT scorecard_no, {bases} FROM dimension_bases GROUP BY scorecard_no
    )
    SELECT f.subject_id, c.subject_type, f.region_code, c.scorecard, c.edition, DATE '{compiled.on}' AS "on",
           (f.start * 0.001)::DECIMAL(18, 3) AS start, (f.score_raw * 0.001)::DECIMAL(18, 3) AS score_raw, (f.score * 0.001)::DECIMAL(18, 3) AS score, {columns},
           gr.grade AS grade_raw, gf.grade AS grade,
           CASE WHEN c.band_width IS NOT NULL AND NOT f.unrated
                THEN band_of(f.score, c.band_width) END AS band,
           f.unrated, coalesce(e.overrides, []) AS overrides, coalesce(r.reasons, []) AS reasons,
           (f.completeness * 0.001)::DECIMAL(4, 3) AS completeness
    FROM final_scores f
    JOIN scorecards c ON c.scorecard_no = f.scorecard_no
    JOIN bases b ON b.scorecard_no = f.scorecard_no
    JOIN final_grades fg ON fg.subject_no = f.subject_no
    LEFT JOIN deltas d ON d.subject_no = f.subject_no
    LEFT JOIN grades gr ON gr.grade_no = fg.grade_raw_no
    LEFT JOIN grades gf ON gf.grade_no = fg.grade_no
    LEFT JOIN override_effects e ON e.subject_no = f.subject_no
    LEFT JOIN reasons r ON r.subject_no = f.subject_no
    """


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
