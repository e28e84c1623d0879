"""Whether the engine agrees with what was learnt, on a date of the past."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from credit_scoring.errors import TrainingError
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.numbers import POINT
from credit_scoring.scoring.run import score
from credit_scoring.sectors.cohorts.results import Cohort
from credit_scoring.sectors.learning import Fitted
from credit_scoring.sectors.papers import EngineCheck

if TYPE_CHECKING:
    from credit_scoring.sectors.training import Sources


def check_engine(
    policy: Policy,
    cohort: Cohort,
    fitted: Fitted,
    sources: Sources,
    *,
    threads: int | None,
    report: Callable[[str], None],
) -> EngineCheck:
    """Score the subjects of the last observation date by the engine and compare with the estimator, row by row.

    Raises:
        TrainingError: a single score differs.
    """
    on = max(cohort.table["observed_on"].to_pylist())
    report(f"comparing with the engine on {on}")
    rows = cohort.table.filter(pc.equal(cohort.table["observed_on"], on))
    run = score(
        policy.as_if_in_force(on), subjects=sources.subjects, records=sources.records, coverage=sources.coverage,
        on=on, threads=threads,
    )  # fmt: skip
    day_scored = run.tables["scores"]
    found = dict(zip(day_scored["subject_id"].to_pylist(), day_scored["score_raw"].to_pylist(), strict=True))
    ours = fitted.estimator.scores(rows.select(list(cohort.names)), bounded=True)
    differing = [
        subject
        for subject, points in zip(rows["subject_id"].to_pylist(), ours.tolist(), strict=True)
        if int(found[subject] * POINT) != points
    ]
    if differing:
        raise TrainingError(
            f"the engine gives {len(differing)} of {rows.num_rows} subjects another score than the estimator "
            f"(first: {differing[0]}): this is a fault of the package; report it with the sector's file."
        )
    return EngineCheck(on=str(on), rows=rows.num_rows, differences=0, rejected=run.info.rejected_by_reason)
