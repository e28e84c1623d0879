"""Columns of the compiled policy tables, written once and read by every engine.

Types: `int` 64-bit integer, `text`, `date`, `bool`. Units: points are thousandths, values and factors millionths,
`value_*` and `per` of `rules` ten-thousandths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

COLUMNS: dict[str, dict[str, str]] = {
    "items": {"item": "text", "has_levels": "bool", "level_required": "bool"},
    "levels": {"item": "text", "level": "text"},
    "kinds": {
        "kind_no": "int",
        "item": "text",
        "level": "text",
        "subject_type": "text",
        "value_required": "bool",
        "kept_from": "date",
    },
    "scorecards": {
        "scorecard_no": "int",
        "scorecard": "text",
        "edition": "text",
        "subject_type": "text",
        "start": "int",
        "floor": "int",
        "total": "int",
        "sign": "int",
        "band_width": "int",
    },
    "dimensions": {
        "dimension_no": "int",
        "scorecard_no": "int",
        "dimension": "text",
        "points": "int",
        "floor": "int",
    },
    "groups": {
        "group_no": "int",
        "dimension_no": "int",
        "group_id": "text",
        "points": "int",
        "floor": "int",
    },
    "indicators": {
        "indicator_no": "int",
        "scorecard_no": "int",
        "indicator": "text",
        "dimension_no": "int",
        "group_no": "int",
        "measure_no": "int",
        "points": "int",
        "floor": "int",
        "start": "int",
        "curve": "text",
        "no_record": "int",
        "no_record_unrated": "bool",
        "no_record_out": "bool",
        "not_collected": "int",
        "not_collected_unrated": "bool",
        "not_collected_out": "bool",
        "not_collected_differs": "bool",
        "weight": "int",
        "otherwise": "int",
        "otherwise_out": "bool",
    },
    "indicator_items": {"indicator_no": "int", "item": "text", "needed_from": "date"},
    "readings": {"indicator_no": "int", "override_no": "int", "measure_no": "int"},
    "event_groups": {"event_group_no": "int", "indicator_no": "int"},
    "measures": {
        "measure_no": "int",
        "scorecard_no": "int",
        "kind": "text",
        "one_event": "text",
        "same_event": "text",
        "cap": "int",
        "repeat_months": "int",
        "repeat_factor": "int",
    },
    "subject_dates": {"measure_no": "int", "scorecard_no": "int"},
    "public_measures": {"measure_no": "int", "scorecard_no": "int", "dimension": "text"},
    "ratios": {
        "measure_no": "int",
        "scorecard_no": "int",
        "numerator_no": "int",
        "denominator_no": "int",
        "numerator_zero": "bool",
        "empty": "int",
    },
    "rules": {
        "scorecard_no": "int",
        "kind_no": "int",
        "measure_no": "int",
        "after": "date",
        "upto": "date",
        "own_term": "bool",
        "value_from": "int",
        "value_below": "int",
        "repaired": "text",
        "points": "int",
        "per": "int",
        "units": "text",
        "one_event": "text",
    },
    "decays": {"measure_no": "int", "after": "date", "upto": "date", "factor": "int"},
    "repair_factors": {
        "measure_no": "int",
        "ordinal": "int",
        "days_at_most": "int",
        "value_at_most": "int",
        "factor": "int",
    },
    "bins": {"indicator_no": "int", "low": "int", "high": "int", "points": "int"},
    "lines": {"indicator_no": "int", "origin": "int", "per": "int", "points": "int", "units": "text"},
    "level_points": {"indicator_no": "int", "level": "text", "points": "int"},
    "starts": {"target_no": "int", "ordinal": "int", "scorecard_no": "int", "points": "int"},
    "tests": {
        "test_no": "int",
        "scorecard_no": "int",
        "source": "text",
        "ref_no": "int",
        "low": "int",
        "low_open": "bool",
        "high": "int",
        "high_open": "bool",
    },
    "subject_tests": {
        "test_no": "int",
        "scorecard_no": "int",
        "field": "text",
        "operator": "text",
        "value": "text",
    },
    "literals": {"clause_no": "int", "test_no": "int", "negated": "bool"},
    "clauses": {
        "clause_no": "int",
        "scorecard_no": "int",
        "target": "text",
        "target_no": "int",
        "positive": "int",
        "late": "bool",
    },
    "grades": {
        "grade_no": "int",
        "scorecard_no": "int",
        "grade": "text",
        "low": "int",
        "high": "int",
        "by_override": "bool",
        "conditional": "bool",
        "share": "int",
        "within": "text",
    },
    "grade_steps": {"grade_no": "int", "steps": "int", "lower_no": "int"},
    "overrides": {
        "override_no": "int",
        "scorecard_no": "int",
        "override_id": "text",
        "effect": "text",
        "grade_no": "int",
        "points": "int",
        "steps": "int",
    },
}


@dataclass(slots=True)
class Tables:
    """Rows of the compiled tables, by table."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, table: str, **row: Any) -> None:
        """Append a row.

        Raises:
            AssertionError: the row does not have the columns its table declares.
        """
        if row.keys() != COLUMNS[table].keys():
            strange = sorted(row.keys() ^ COLUMNS[table].keys())
            raise AssertionError(f"compiled table '{table}' and its row differ in {strange}")
        self.rows[table].append(row)
