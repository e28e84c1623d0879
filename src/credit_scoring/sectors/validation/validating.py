"""The validation of an evaluation, from its scored splits to the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.policy.training import Limits
from credit_scoring.sectors.validation.comparison import compare
from credit_scoring.sectors.validation.curves import curves
from credit_scoring.sectors.validation.discrimination import discriminate
from credit_scoring.sectors.validation.inputs import GradeCuts, Scored, effective_rows
from credit_scoring.sectors.validation.reliability import rely
from credit_scoring.sectors.validation.resampling import wilson
from credit_scoring.sectors.validation.results import (
    FeatureNote,
    Importance,
    Monotonicity,
    Rules,
    SplitResult,
    Validation,
)
from credit_scoring.sectors.validation.segments import segment
from credit_scoring.sectors.validation.stability import stability, trend
from credit_scoring.sectors.validation.verdict import check_all

_STANDARD = Rules()


def validate(
    splits: Sequence[Scored],
    *,
    limits: Limits,
    features: Sequence[Feature],
    monotonicity: Monotonicity | None,
    grades: GradeCuts,
    seed: int,
    draws: int,
    in_use: str | None = None,
    importance: Sequence[Importance] = (),
    public_grades: GradeCuts | None = None,
    grades_in_use: GradeCuts | None = None,
    rules: Rules = _STANDARD,
) -> Validation:
    """Measure every split and judge those the fit did not see.

    Args:
        splits: scored rows; at most one with `fitted` true, against which stability is measured.
        limits: what the evaluation must meet.
        features: all features; their stability is measured and those with a polarity must have been swept.
        monotonicity: what `prove_monotone` found; None fails the verdict unless no feature has a polarity.
        grades: cuts of this evaluation.
        seed: of the bootstrap; the same splits and seed give the same bytes.
        draws: bootstrap draws, such as 1000; 0 gives no bootstrap intervals.
        in_use: name of the model in use. None states that there is none, and its limit does not apply.
        importance: spans of points, for the pictures.
        public_grades: cuts of the public evaluation, for the migration table; absent means the same cuts.
        grades_in_use: cuts of the model in use; absent means the same cuts.
        rules: bins, confidence and the least numbers of rows.

    Raises:
        InputError: no split, two splits of one name, or more than one fitted.
    """
    fitted = [split for split in splits if split.fitted]
    names = [split.name for split in splits]
    if not splits:
        raise InputError("there is no split to validate; give at least the held-out rows.")
    if len(set(names)) != len(names):
        raise InputError(f"two splits have the same name ({', '.join(names)}); each needs its own.")
    if len(fitted) > 1:
        raise InputError(
            f"{len(fitted)} splits are marked as fitted ({', '.join(s.name for s in fitted)}); stability is measured "
            "against one. Put the rows of the fit into one split."
        )
    train = fitted[0] if fitted else None
    columns = tuple(feature.name for feature in features)
    measured = tuple(
        _measure(
            split,
            train=train,
            columns=columns,
            grades=grades,
            others=(public_grades or grades, grades_in_use or grades),
            in_use=in_use,
            rules=rules,
            seed=seed,
            draws=draws,
        )
        for split in splits
    )
    checks = check_all(
        measured, limits=limits, features=features, monotonicity=monotonicity, grades=grades, in_use=in_use
    )
    return Validation(
        passed=all(check.passed for check in checks),
        checks=checks,
        splits=measured,
        monotonicity=monotonicity,
        importance=tuple(importance),
        features=tuple(
            FeatureNote(
                name=feature.name, polarity=feature.polarity, title=feature.title, reason=feature.reason
            )
            for feature in features
        ),
        grades=grades.grades,
        grade_titles=grades.titles,
        rules=rules,
        seed=seed,
        draws=draws,
    )


def _measure(
    split: Scored,
    *,
    train: Scored | None,
    columns: tuple[str, ...],
    grades: GradeCuts,
    others: tuple[GradeCuts, GradeCuts],
    in_use: str | None,
    rules: Rules,
    seed: int,
    draws: int,
) -> SplitResult:
    weight = split.weights
    rate = float(np.average(split.bad, weights=weight))
    size = effective_rows(weight)
    place, ladder = grades.index(split.score), len(grades.grades)
    beside = partial(compare, split, grades=grades, rules=rules, draws=draws, seed=seed)
    comparisons = (
        beside(split.public_score, against="public", name=None, other_grades=others[0]),
        beside(split.score_in_use, against="in_use", name=in_use, other_grades=others[1]),
    )
    return SplitResult(
        name=split.name,
        fitted=split.fitted,
        rows=len(split.bad),
        bads=int(split.bad.sum()),
        effective_rows=size,
        bad_rate=wilson(rate, size, confidence=rules.confidence),
        grades=tuple((np.bincount(place, weights=weight, minlength=ladder) / weight.sum()).tolist()),
        grade_rows=tuple(np.bincount(place, minlength=ladder).tolist()),
        discrimination=discriminate(split, rules=rules, draws=draws, seed=seed),
        reliability=rely(split, rules=rules, draws=draws, seed=seed),
        stability=()
        if train is None or split.fitted
        else stability(train, split, names=columns, rules=rules),
        segments=segment(split, grades=grades, rules=rules, draws=draws, seed=seed),
        comparisons=comparisons,
        trend=trend(split, train=train, rules=rules),
        curves=curves(split),
    )
