"""The SHAP values behind a gradient model's points are those of LightGBM itself, and add up to its margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from credit_scoring.learnt.contributions import Checks
from credit_scoring.learnt.frames import Frame, frame_of
from credit_scoring.learnt.gradient_model import GradientModel, gradient_points, read_gradient_model
from credit_scoring.learnt.trees import Floats
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.numbers import POINT, thousandths
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.bench import Bench, as_if_in_force
from credit_scoring.releases.gates.findings import Finding, Question
from credit_scoring.scoring.measuring import measure_values

ROWS = 2_000
"""Subjects of the population looked at, spread evenly over all."""
_VALUES = Question(
    gate="shap",
    name="values",
    title=Title(zh="SHAP 值与 LightGBM 自带结果一致", en="SHAP values equal LightGBM's own"),
)
_MARGIN = Question(
    gate="shap",
    name="margin",
    title=Title(zh="SHAP 值之和为模型原始输出", en="SHAP values add up to the model's margin"),
)
_POINTS = Question(
    gate="shap",
    name="points",
    title=Title(zh="指标分为 SHAP 值取整分摊", en="Points are SHAP values in whole thousandths"),
)
_BASE = Question(
    gate="shap", name="base", title=Title(zh="起评分为模型基准", en="The start is the base of the model")
)
_QUESTIONS = (_VALUES, _MARGIN, _POINTS, _BASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Over all rows: largest differences in log-odds, and points that are not the share rounded up or down."""

    rows: int
    values: float
    margin: float
    points: int
    shares: int
    method: str
    reason: str


def check_shap(bench: Bench) -> Finding:
    """Of a gradient model: every value, on the golden rows and on rows of the population."""
    card = bench.candidate.card
    if card.model is None:
        why = Title(zh="不是梯度提升模型", en="the scorecard is no gradient model")
        return Finding(checks=tuple(question.does_not_apply(why) for question in _QUESTIONS))
    model = read_gradient_model(
        bench.candidate.policy.model_text(card), num_threads=bench.inputs.threads or 0
    )
    frame, where = _rows(bench, model)
    found = compared(model, frame)
    return Finding(checks=_checks(found, where, model, card))


def _rows(bench: Bench, model: GradientModel) -> tuple[Frame, Title]:
    """Features of the golden subjects and of subjects spread over the population."""
    golden, inputs = bench.candidate.golden, bench.inputs
    names = [feature.name for feature in model.features]
    policy = as_if_in_force(bench.candidate, golden.on)
    (card,) = policy.in_force(golden.on)
    first = measure_values(
        policy, card, subjects=golden.subjects, records=golden.records, on=golden.on
    ).select(names)  # fmt: skip
    run = bench.population
    second = measure_values(
        run.policy, run.card, subjects=inputs.subjects, records=inputs.records, coverage=inputs.coverage,
        on=inputs.on, known_by=inputs.known_by, threads=inputs.threads, memory_limit=inputs.memory_limit,
    ).select(names)  # fmt: skip
    spread = np.unique(
        np.linspace(0, max(0, second.num_rows - 1), min(ROWS, second.num_rows)).astype(np.int64)
    )
    rows = pa.concat_tables([first, second.take(spread)])
    where = Title(
        zh=f"样例 {first.num_rows} 行，全体主体中均匀抽取 {len(spread)} 行",
        en=f"{first.num_rows} golden rows and {len(spread)} spread over the population",
    )
    return frame_of(rows.combine_chunks()), where


def compared(model: GradientModel, frame: Frame) -> _Compared:
    """The package's values, sums and points of some rows against LightGBM's `pred_contrib`."""
    found = gradient_points(model, frame)
    matrix = model.matrix(frame)
    reference, margin = _reference(model, matrix)
    own = found.contributions
    places = [model.coding.names.index(feature.name) for feature in model.features]
    shares = reference[:, :-1][:, places] * (-model.scale.factor * POINT)
    # A share between two thousandths becomes one of them; the noise of two ways to SHAP values may move it by no more.
    noise = Checks().tolerance * model.scale.factor * POINT
    beyond = np.abs(found.points - shares) > 1 + noise
    return _Compared(
        rows=frame.rows,
        values=_largest(own.values - reference[:, :-1]),
        margin=max(
            _largest(reference.sum(axis=1) - margin), _largest(own.values.sum(axis=1) + own.base - margin)
        ),
        points=int(beyond.sum()) + int((found.points.sum(axis=1) + found.base != found.scores).sum()),
        shares=int(beyond.size) + frame.rows,
        method=own.method,
        reason=own.reason,
    )


def _reference(model: GradientModel, matrix: Floats) -> tuple[Floats, Floats]:
    """LightGBM's own values with the base in the last column, and its raw log-odds."""
    booster: Any = model.explainer.booster
    if not len(matrix):
        return np.zeros((0, matrix.shape[1] + 1)), np.zeros(0)
    values = booster.predict(matrix, pred_contrib=True, num_threads=model.num_threads)
    margin = booster.predict(matrix, raw_score=True, num_threads=model.num_threads)
    return np.asarray(values, dtype=np.float64), np.asarray(margin, dtype=np.float64)


def _largest(differences: Floats) -> float:
    return float(np.abs(differences).max()) if differences.size else 0.0


def _checks(found: _Compared, where: Title, model: GradientModel, card: Scorecard) -> tuple[Check, ...]:
    limits = Checks()
    start = thousandths(card.starts[-1].points)
    return (
        _values(found, where, limits),
        _MARGIN.answered(
            passed=found.margin <= limits.additivity,
            found=f"{found.margin:.2g}",
            limit=f"≤ {limits.additivity:g}",
            detail=Title(zh=f"{where.zh}，对数几率", en=f"{where.en}; in log-odds"),
        ),
        _POINTS.counted(found.points, of=found.shares, detail=where),
        _BASE.answered(
            passed=start == model.base and len(card.starts) == 1,
            found=f"{model.base / POINT:.3f}",
            limit=f"{start / POINT:.3f}",
            detail=Title(zh="模型基准与评分卡起评分", en="base of the model, start of the scorecard"),
        ),
    )


def _values(found: _Compared, where: Title, limits: Checks) -> Check:
    if found.method == "pred_contrib":
        # LightGBM's values held against themselves would agree whatever they are.
        return _VALUES.not_computed(
            Title(
                zh=f"没有独立的第二种算法：{found.reason}",
                en=f"there is no second way to these values: {found.reason}",
            )
        )
    return _VALUES.answered(
        passed=found.values <= limits.tolerance,
        found=f"{found.values:.2g}",
        limit=f"≤ {limits.tolerance:g}",
        detail=Title(
            zh=f"{where.zh}；{found.method} 与 pred_contrib 的最大差（对数几率）",
            en=f"{where.en}; largest difference of {found.method} and pred_contrib, in log-odds",
        ),
    )
