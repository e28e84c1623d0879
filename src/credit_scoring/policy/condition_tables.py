"""Conditions as tables: alternatives of tests on records, on the subject, on points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credit_scoring.policy.clauses import Literal as Clause
from credit_scoring.policy.clauses import clauses_of
from credit_scoring.policy.conditions import (
    Bounds,
    Condition,
    DimensionCondition,
    IndicatorCondition,
    MeasureCondition,
    RecordCondition,
    ScoreCondition,
    SubjectCondition,
)
from credit_scoring.policy.measure_tables import MeasureTables
from credit_scoring.policy.tables import Row, Tables
from credit_scoring.policy.walking import count_of


@dataclass(slots=True)
class ConditionTables:
    """Numbers clauses and tests and writes their rows."""

    tables: Tables
    measures: MeasureTables
    tests: int = 0
    clauses: int = 0

    def compile(
        self, target: str, target_no: int, condition: Condition | None, *, names: Mapping[str, int]
    ) -> None:
        """Add a condition as clauses of tests.

        Args:
            target: what it decides (`start`, `applies`, `override`, `requires`), and its number.
            names: numbers of the indicators and dimensions it may refer to.
        """
        if condition is None:
            return
        numbers: dict[int, int] = {}
        for clause in clauses_of(condition):
            no = self.clauses
            self.clauses += 1
            positive = 0
            late = False
            for literal in clause:
                test_no, is_late = self._test(literal, numbers, names)
                late |= is_late
                positive += not literal.negated
                self.tables.add("literals", clause_no=no, test_no=test_no, negated=literal.negated)
            self.tables.add(
                "clauses", clause_no=no, scorecard_no=self.measures.card_no, target=target, target_no=target_no,
                positive=positive, late=late or target in ("override", "requires"),
            )  # fmt: skip

    def _test(self, literal: Clause, numbers: dict[int, int], names: Mapping[str, int]) -> tuple[int, bool]:
        condition = literal.condition
        late = isinstance(condition, IndicatorCondition | DimensionCondition | ScoreCondition)
        if id(condition) in numbers:
            return numbers[id(condition)], late
        numbers[id(condition)] = test_no = self.tests
        self.tests += 1
        shared: Row = {"test_no": test_no, "scorecard_no": self.measures.card_no}
        if isinstance(condition, RecordCondition):
            number = self.measures.compile(count_of(condition))
            self.tables.add("tests", **shared, source="measure", ref_no=number, low=condition.at_least * 1_000_000, low_open=False, high=None, high_open=False)  # fmt: skip
        elif isinstance(condition, MeasureCondition):
            number = self.measures.compile(condition.measure)
            self.tables.add(
                "tests", **shared, source="measure", ref_no=number, **_limits(condition, 1_000_000)
            )
        elif isinstance(condition, SubjectCondition):
            for value in condition.one_of or condition.starts_with or ("",):
                self.tables.add(
                    "subject_tests", **shared, field=condition.subject, value=value,
                    operator="missing" if condition.missing else ("starts_with" if condition.starts_with else "one_of"),
                )  # fmt: skip
        elif isinstance(condition, IndicatorCondition):
            self.tables.add(
                "tests",
                **shared,
                source="indicator",
                ref_no=names[condition.indicator],
                **_limits(condition, 1_000_000),
            )
        elif isinstance(condition, DimensionCondition):
            self.tables.add(
                "tests",
                **shared,
                source="dimension",
                ref_no=names[condition.dimension],
                **_limits(condition, 1_000_000),
            )
        elif isinstance(condition, ScoreCondition):
            self.tables.add(
                "tests",
                **shared,
                source="score",
                ref_no=self.measures.card_no,
                **_limits(condition.score, 1_000_000),
            )
        return test_no, late


def _limits(bounds: Bounds, scale: int) -> Row:
    """Several limits of one side come down to the tightest, open where it is exclusive."""
    lows = [(v, o) for v, o in ((bounds.at_least, False), (bounds.above, True)) if v is not None]
    highs = [(v, not o) for v, o in ((bounds.at_most, True), (bounds.below, False)) if v is not None]
    low, low_open = max(lows, default=(None, False))
    high, high_closed_rank = min(((v, not o) for v, o in highs), default=(None, True))
    return {
        "low": None if low is None else int(low * scale),
        "low_open": low_open,
        "high": None if high is None else int(high * scale),
        "high_open": high is not None and not high_closed_rank,
    }
