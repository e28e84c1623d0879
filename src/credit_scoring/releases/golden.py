"""Golden rows: invented subjects whose results a release carries, so that any change of what it computes is seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenTables:
    """Invented subjects and records, all columns text, and the day they are looked at."""

    subjects: pa.Table
    records: pa.Table
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenResults:
    """What the rows give: tables of a run, sorted, all columns text, decimals exact."""

    scores: pa.Table
    points: pa.Table
    rejected: pa.Table


def golden_tables(policy: Policy, card: Scorecard) -> GoldenTables:
    """Subjects and records for everything the rules of a scorecard can tell apart; the same for the same card."""
    raise NotImplementedError


def golden_results(policy: Policy, tables: GoldenTables) -> GoldenResults:
    """What the rows give by the line."""
    raise NotImplementedError


def golden_differences(expected: GoldenResults, found: GoldenResults) -> tuple[str, ...]:
    """Where two results differ, one sentence each; none where they are equal."""
    raise NotImplementedError
