"""The account of a cohort: rows in, used and left out, by date, by split and by reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from credit_scoring.engines.base import Engine
from credit_scoring.policy.language import Scorecard
from credit_scoring.sectors.cohorts.findings import Finding
from credit_scoring.sectors.cohorts.labels import Window
from credit_scoring.sectors.cohorts.reasons import REASONS
from credit_scoring.sectors.cohorts.results import (
    CohortSummary,
    DateSummary,
    ExclusionLine,
    SplitSummary,
    WeightSummary,
)
from credit_scoring.sectors.cohorts.splits import SPLITS, Split
from credit_scoring.sectors.cohorts.weights import Weighted, share_of_heaviest
from credit_scoring.sectors.validation.inputs import effective_rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Account:
    """What a cohort was made from."""

    card: Scorecard
    windows: Sequence[Window]
    labels_until: date
    labels_until_given: bool
    seed: int
    weighted: Weighted
    trimmed_at: float | None
    findings: tuple[Finding, ...]
    accept: tuple[str, ...]
    features: tuple[str, ...]


def summarise(engine: Engine, rows: pa.Table, exclusions: pa.Table, account: Account) -> CohortSummary:
    """The account of the rows used.

    Args:
        engine: with `candidates` and the views of `exclusions.sql`.
        rows: the cohort's table.
        exclusions: the cohort's exclusions.
    """
    training = account.card.training
    if training is None:
        raise ValueError("a cohort is built from a card with a `training` block")
    counts = engine.table("SELECT count(*) AS n, count(reason) AS gone FROM candidates").to_pylist()[0]
    labels = engine.table("SELECT count(*) AS n, count(reason) AS gone FROM label_fates").to_pylist()[0]
    found = {finding.name for finding in account.findings}
    return CohortSummary(
        scorecard=account.card.id,
        outcome=training.outcome.title,
        window=training.outcome.window,
        unlabelled=training.outcome.unlabelled,
        labels_until=account.labels_until,
        labels_until_given=account.labels_until_given,
        seed=account.seed,
        rows=counts["n"],
        used=counts["n"] - counts["gone"],
        excluded=counts["gone"],
        labels=labels["n"],
        labels_used=labels["n"] - labels["gone"],
        labels_excluded=labels["gone"],
        features=account.features,
        dates=_dates(engine, rows, account.windows),
        splits=tuple(_of_split(rows, name) for name in SPLITS),
        weights=_of_weights(rows, account),
        exclusions=tuple(
            ExclusionLine(**row, title=REASONS[row["reason"]]) for row in exclusions.to_pylist()
        ),
        findings=account.findings,
        accepted_in_vain=tuple(name for name in account.accept if name not in found),
    )


def _dates(engine: Engine, rows: pa.Table, windows: Sequence[Window]) -> tuple[DateSummary, ...]:
    counts = {
        row["observed_on"]: row
        for row in engine.table(
            """
            SELECT observed_on, count(*) AS n, count(reason) AS gone,
                   count(*) FILTER (reason IS NULL AND closes_in_window) AS closed
            FROM candidates GROUP BY observed_on
            """
        ).to_pylist()
    }
    found = []
    for window in windows:
        own = rows.filter(pc.equal(rows["observed_on"], pa.scalar(window.observed_on, pa.date32())))
        row = counts.get(window.observed_on, {"n": 0, "gone": 0, "closed": 0})
        found.append(
            DateSummary(
                observed_on=window.observed_on,
                window_ends_on=window.ends_on,
                rows=row["n"],
                used=row["n"] - row["gone"],
                excluded=row["gone"],
                bads=int(own["label"].to_numpy().sum()),
                bad_rate=_rate(own, weighted=True),
                closed_in_window=row["closed"],
            )
        )
    return tuple(found)


def _of_split(rows: pa.Table, name: Split) -> SplitSummary:
    own = rows.filter(pc.equal(rows["split"], name))
    weights = own["weight"].to_numpy()
    return SplitSummary(
        split=name,
        rows=own.num_rows,
        subjects=pc.count_distinct(own["subject_id"]).as_py(),
        bads=int(own["label"].to_numpy().sum()),
        bad_rate=_rate(own, weighted=False),
        weighted_bad_rate=_rate(own, weighted=True),
        effective_rows=effective_rows(weights) if own.num_rows else 0.0,
        rows_of_seen_subjects=int(np.count_nonzero(np.asarray(own["seen_subject"]))),
    )


def _rate(rows: pa.Table, *, weighted: bool) -> float | None:
    if not rows.num_rows:
        return None
    weights = rows["weight"].to_numpy() if weighted else None
    return float(np.average(rows["label"].to_numpy(), weights=weights))


def _of_weights(rows: pa.Table, account: Account) -> WeightSummary:
    weights = rows["weight"].to_numpy()
    train = np.asarray(pc.equal(rows["split"], "train"))
    return WeightSummary(
        equal=bool((weights == weights[0]).all()),
        smallest=float(weights.min()),
        largest=float(weights.max()),
        share_of_heaviest=share_of_heaviest(weights[train]),
        trimmed_at=account.trimmed_at,
        trimmed=account.weighted.trimmed,
    )
