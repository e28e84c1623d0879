"""What a learnt evaluation is validated on: the scored rows of every split, beside the public score and the model in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from credit_scoring.errors import TableError, TrainingError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import PointsTable
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, load_policy
from credit_scoring.policy.numbers import POINT, thousandths
from credit_scoring.scoring.inputs import as_arrow
from credit_scoring.scoring.run import score
from credit_scoring.sectors.cohorts.results import Cohort
from credit_scoring.sectors.cohorts.splits import SPLITS
from credit_scoring.sectors.gradient import GradientScorecard
from credit_scoring.sectors.learning import Fitted
from credit_scoring.sectors.validation import (
    GradeCuts,
    Scored,
    cuts_of,
    importance_of_points,
    importance_of_table,
    prove_monotone,
)
from credit_scoring.sectors.validation.results import Importance, Monotonicity

if TYPE_CHECKING:
    from credit_scoring.sectors.training import Sources

_SEGMENTS = ("region", "age_band")
_IMPORTANCE_ROWS = 20_000
_NO_NUMBER = 1e300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """The arguments of a validation."""

    splits: tuple[Scored, ...]
    features: tuple[Feature, ...]
    monotonicity: Monotonicity
    importance: tuple[Importance, ...]
    grades: GradeCuts
    public_grades: GradeCuts | None
    in_use: str | None
    grades_in_use: GradeCuts | None


def evidence_of(
    cohort: Cohort,
    fitted: Fitted,
    *,
    card: Scorecard,
    sources: Sources,
    base: Policy,
    in_use: Path | str | None,
    policy: Sequence[Path | str],
    threads: int | None,
    seed: int,
) -> Evidence:
    """Score every split and prove the direction of every feature.

    Args:
        card: the learnt scorecard, for its grades.
        base: the policy of the sector, for the grades of the public scorecard.
        in_use: scorecard in use; scored by the engine on every observation date.
        policy: what it rests on, as the sector does.

    Raises:
        PolicyError, TableError: the scorecard in use, or the table of segments, cannot be used.
    """
    estimator = fitted.estimator
    names = list(cohort.names)
    used = tuple(f for f in cohort.features if f.name in {g.name for g in estimator.features_})
    other = None if in_use is None else load_policy(in_use, *policy)
    scores_in_use = None if other is None else _scores_in_use(other, cohort, sources, threads=threads)
    frame = cohort.frame("train").to_pandas()
    proof = prove_monotone(estimator.scores, frame[names], used, seed=seed, cuts=_cuts(fitted))
    table = getattr(estimator, "table_", None)
    if isinstance(table, PointsTable):
        importance = importance_of_table(table)
    else:
        points = estimator.points(cohort.frame("train").slice(0, _IMPORTANCE_ROWS))
        named = pd.DataFrame(points, columns=[f.name for f in estimator.features_])
        importance = importance_of_points(named, list(estimator.features_))
    publics = [e.card for e in base.editions if e.card.scorecard == card.extends]
    return Evidence(
        splits=_splits(cohort, fitted, scores_in_use, _given_segments(sources)),
        features=used,
        monotonicity=proof,
        importance=importance,
        grades=grade_cuts(card),
        public_grades=grade_cuts(publics[-1]) if publics else None,
        in_use=None if other is None else f"{_own(other).id} {other.fingerprint((_own(other),))}",
        grades_in_use=None if other is None else grade_cuts(_own(other)),
    )


def grade_cuts(card: Scorecard) -> GradeCuts:
    """The grades that the score decides, best first; those given by overrides only stand beside the ladder.

    Raises:
        TrainingError: the scorecard has no grades by score.
    """
    cuts = [(n, thousandths(g.from_)) for n, g in card.grades.items() if g.from_ is not None]
    last = [name for name, grade in card.grades.items() if grade.otherwise]
    if not last:
        raise TrainingError(f"'{card.id}' has no grade that takes everyone else: state `otherwise: true`.")
    names = (*(name for name, _ in cuts), last[-1])
    return GradeCuts(
        grades=names,
        cuts=tuple(cut for _, cut in cuts),
        titles=tuple(card.grades[name].title for name in names),
    )


def _splits(
    cohort: Cohort, fitted: Fitted, in_use: pd.Series | None, given: pd.DataFrame | None
) -> tuple[Scored, ...]:
    found = []
    for name in SPLITS:
        rows = cohort.rows(name)
        if not rows.num_rows:
            continue
        frame = rows.select(list(cohort.names))
        # What the engine gives: kept within the scale.
        scores = fitted.estimator.scores(frame, bounded=True)
        key = pd.MultiIndex.from_arrays([rows["subject_id"].to_pylist(), rows["observed_on"].to_pylist()])
        found.append(
            Scored(
                name=name,
                fitted=name == "train",
                bad=rows["label"].to_numpy(),
                score=scores,
                probability=fitted.probability(scores),
                weight=rows["weight"].to_numpy(),
                public_score=_floats(rows["public_score"]),
                score_in_use=None if in_use is None else in_use.reindex(key).to_numpy(np.float64),
                segments=_segments(rows, given),
                features=frame.to_pandas(),
                observed_on=np.array(rows["observed_on"].to_pylist(), dtype="datetime64[D]"),
                subject=np.asarray(rows["subject_id"].to_pylist()),
            )
        )
    return tuple(found)


def _segments(rows: pa.Table, given: pd.DataFrame | None) -> pd.DataFrame:
    industry = pc.utf8_slice_codeunits(rows["industry_code"], 0, 1)
    found = rows.select(list(_SEGMENTS)).to_pandas().assign(industry=industry.to_pandas())
    if given is not None:
        more = given.reindex(rows["subject_id"].to_pylist()).reset_index(drop=True)
        found = found.join(more.rename(columns={n: f"{n}_given" for n in more.columns if n in found.columns}))
    return found


def _given_segments(sources: Sources) -> pd.DataFrame | None:
    if sources.segments is None:
        return None
    if isinstance(sources.segments, str | Path):
        from credit_scoring.engines.duckdb import DuckDBEngine

        with DuckDBEngine() as engine:
            engine.scan("segments", Path(sources.segments))
            table = engine.table("SELECT * FROM segments")
    else:
        table = as_arrow(sources.segments, "segments")
    if "subject_id" not in table.column_names:
        raise TableError("the table of segments has no column 'subject_id'.")
    frame = table.to_pandas()
    if frame["subject_id"].duplicated().any():
        raise TableError("the table of segments names a subject twice: keep one row per subject.")
    text = frame.set_index("subject_id").astype("object")
    return text.where(text.isna(), text.astype(str))


def _scores_in_use(policy: Policy, cohort: Cohort, sources: Sources, *, threads: int | None) -> pd.Series:
    parts = []
    for on in sorted(set(cohort.table["observed_on"].to_pylist())):
        scores = score(
            policy.as_if_in_force(on), subjects=sources.subjects, records=sources.records,
            coverage=sources.coverage, on=on, threads=threads,
        ).tables["scores"]  # fmt: skip
        parts.append(_on(scores, on))
    return pd.concat(parts)


def _on(scores: pa.Table, on: date) -> pd.Series:
    subjects = scores["subject_id"].to_pylist()
    key = pd.MultiIndex.from_arrays([subjects, [on] * len(subjects)])
    points = [None if s is None else int(s * POINT) for s in scores["score"].to_pylist()]
    return pd.Series(points, index=key, dtype="float64")


def _cuts(fitted: Fitted) -> dict[str, tuple[float, ...]]:
    estimator = fitted.estimator
    if not isinstance(estimator, GradientScorecard):
        return cuts_of(estimator.table_)
    model = estimator.model_
    found: dict[str, set[float]] = {}
    for tree in model.trees.trees:
        for split in tree.splits:
            # A split of missing from known values has a threshold beyond every number.
            if split.threshold is not None and abs(split.threshold) < _NO_NUMBER:
                found.setdefault(model.coding.names[split.feature], set()).add(split.threshold)
    return {name: tuple(sorted(cuts)) for name, cuts in found.items()}


def _own(policy: Policy) -> Scorecard:
    return next(e.card for e in policy.editions if not e.as_base)


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
