"""Subjects with several rows: the rows on which learning stops are of other subjects than those learnt from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.frames import frame_of
from credit_scoring.sectors.additive import AdditiveScorecard, learner_of
from credit_scoring.sectors.boosting import MOST_FEW, Boosting
from credit_scoring.sectors.calibration import out_of_fold_scores
from credit_scoring.sectors.cohorts.building import build_cohort
from credit_scoring.sectors.gradient import GradientScorecard
from credit_scoring.sectors.learning import fit_family
from credit_scoring.sectors.training_rows import training_rows
from credit_scoring.sectors.tuning import tune
from credit_scoring.sectors.woe import WoeScorecard
from sectors.small_sector import SECTOR, TRAINING, sector_policy, world

QUICK = Boosting(learning_rate=0.2, leaves=8, depth=6, most_trees=200, stop_after=20)
Panel = tuple[pd.DataFrame, np.ndarray, np.ndarray]


@cache
def observed(subjects: int, *, dates: int = 24, window: int = 12, seed: int = 0) -> Panel:
    """Features, labels and subjects of monthly rows, each bad if the subject's one event falls into its window.

    Of six traits that hardly change from month to month one raises the risk; the others only tell subjects apart.
    """
    draw = np.random.default_rng(seed)
    traits = draw.normal(size=(subjects, 6))
    event = draw.geometric(0.015 * np.exp(0.6 * traits[:, 0]))
    who, month = np.repeat(np.arange(subjects), dates), np.tile(np.arange(dates), subjects)
    values = traits[who] + 0.05 * draw.normal(size=(len(who), 6))
    before = event[who] > month
    bad = (event[who] <= month + window).astype(int)
    frame = pd.DataFrame(values[before], columns=list("abcdef"))
    return frame, bad[before], who[before]


@pytest.mark.parametrize(
    "card", [GradientScorecard(settings=QUICK), AdditiveScorecard(bags=1)], ids=["gradient", "additive"]
)
def test_monthly_rows_with_overlapping_windows_stop_sooner_and_predict_better_by_subject(card) -> None:
    frame, bad, subjects = observed(400)
    later, outcome, _ = observed(2000, dates=1, seed=1)
    trees, loss, auc = {}, {}, {}
    for by, groups in (("row", None), ("subject", subjects)):
        fitted = clone(card).fit(frame, bad, groups=groups)
        text = fitted.boosters_[0] if isinstance(fitted, AdditiveScorecard) else fitted.model_text_
        risk = fitted.predict_proba(later)[:, 1]
        trees[by] = text.count("Tree=")
        loss[by], auc[by] = log_loss(outcome, risk), roc_auc_score(outcome, risk)
    assert trees["subject"] < trees["row"] / 4
    assert loss["subject"] < loss["row"] - 0.01
    assert auc["subject"] > auc["row"] + 0.01


def inner_rows(frame: Any, bad: Any, groups: Any, *, share: float = 0.15, seed: int = 0) -> np.ndarray:
    rows = training_rows(frame_of(frame), bad, groups=groups)
    chosen = Boosting(learning_rate=0.1, leaves=4, inner_share=share)
    return learner_of(rows, settings=chosen, interactions=True, seed=seed, num_threads=1).inner_rows(0)


@settings(max_examples=60, deadline=None)
@given(
    subjects=st.integers(80, 300),
    most=st.integers(1, 12),
    rate=st.floats(0.15, 0.85),
    mixed=st.booleans(),
    share=st.floats(0.15, 0.5),
    seed=st.integers(0, 99),
)
def test_no_subject_is_on_both_sides_and_each_class_keeps_its_share(
    subjects: int, most: int, rate: float, mixed: bool, share: float, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    groups = draw.permutation(np.repeat(np.arange(subjects), draw.integers(1, most + 1, subjects)))
    one = draw.random(len(groups)) if mixed else draw.random(subjects)[groups]
    bad = (one < rate).astype(int)
    inner = inner_rows(draw.normal(size=(len(groups), 2)), bad, groups, share=share, seed=seed)
    assert not set(groups[inner]) & set(groups[~inner])
    if not inner.any():
        fewest = min(len(set(groups[bad == label])) for label in (0, 1))
        assert fewest * share < 3 * MOST_FEW
        return
    for label in (0, 1):
        assert len(set(groups[inner & (bad == label)])) >= MOST_FEW
        drawn, of = int((inner & (bad == label)).sum()), int((bad == label).sum())
        assert 0 < drawn <= share * of < of
    # A whole subject may not fit into what is left of a share, and that of one class ends that of the other.
    assert abs(inner.sum() - share * len(groups)) <= 3 * most + 0.06 * len(groups)


def test_a_subject_of_its_own_for_every_row_is_the_same_as_no_groups() -> None:
    frame, bad, _ = observed(100)
    alone = [f"subject {place}" for place in range(len(bad))]
    expected = inner_rows(frame, bad, None)
    assert abs(expected.mean() - 0.15) < 0.01
    np.testing.assert_array_equal(inner_rows(frame, bad, alone), expected)


def test_too_few_subjects_to_judge_by_leave_every_row_to_learn_from() -> None:
    frame, bad, _ = observed(100)
    assert not inner_rows(frame, bad, np.arange(len(bad)) % 20).any()
    fitted = GradientScorecard(settings=QUICK).fit(frame, bad, groups=np.arange(len(bad)) % 20)
    assert fitted.trees_ == QUICK.stop_after


def test_subjects_may_be_anything_that_can_be_hashed() -> None:
    frame, bad, subjects = observed(100)
    model = GradientScorecard(settings=QUICK).fit(frame, bad, groups=subjects).model_
    texts = [f"9144{subject:014d}" for subject in subjects]
    for groups in (
        texts,
        pd.Series(texts, index=np.arange(len(texts))[::-1]),
        pa.chunked_array([texts]),
        [("4403", int(subject)) for subject in subjects],
    ):
        assert GradientScorecard(settings=QUICK).fit(frame, bad, groups=groups).model_ == model
    assert GradientScorecard(settings=QUICK).fit(frame, bad).model_ != model


def test_rows_of_weight_0_take_their_subjects_with_them() -> None:
    frame, bad, subjects = observed(100)
    some = np.random.default_rng(0).random(len(bad)) < 0.7
    model = GradientScorecard(settings=QUICK).fit(frame, bad, some.astype(float), groups=subjects).model_
    left = GradientScorecard(settings=QUICK).fit(frame[some], bad[some], groups=subjects[some]).model_
    assert model == left


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([1, 2], "Give one group"),
        (np.zeros((200, 2)), r"groups of shape \(200, 2\)"),
        ([None, *range(199)], "1 rows have no group"),
        (np.where(np.arange(200) < 3, np.nan, 1.0), "3 rows have no group"),
        ([[1]] * 200, "cannot be hashed"),
    ],
)
@pytest.mark.parametrize("card", [GradientScorecard(settings=QUICK), WoeScorecard()])
def test_groups_that_do_not_name_the_subject_of_every_row_are_refused(card, groups: Any, words: str) -> None:
    draw = np.random.default_rng(0)
    with pytest.raises(TrainingError, match=words):
        card.fit(draw.normal(size=(200, 2)), np.arange(200) % 2, groups=groups)


def test_the_woe_family_sets_no_rows_aside_and_learns_the_same_with_groups() -> None:
    frame, bad, subjects = observed(100)
    assert WoeScorecard().fit(frame, bad, groups=subjects).table_ == WoeScorecard().fit(frame, bad).table_


def test_out_of_fold_copies_stop_by_subject() -> None:
    frame, bad, subjects = observed(150)
    card = GradientScorecard(settings=QUICK)
    found = out_of_fold_scores(card, frame, bad, groups=list(map(str, subjects)), folds=2, seed=3)
    expected = np.zeros(len(bad), np.int64)
    splitter = StratifiedGroupKFold(2, shuffle=True, random_state=3)
    for fit, held in splitter.split(frame, bad, list(map(str, subjects))):
        copy = clone(card).fit(frame.iloc[fit], bad[fit], groups=subjects[fit])
        expected[held] = copy.scores(frame.iloc[held])
    np.testing.assert_array_equal(found, expected)


def test_the_copies_of_a_search_stop_by_subject() -> None:
    frame, bad, subjects = observed(150)
    card = GradientScorecard(settings=QUICK)
    found = tune(card, frame, bad, groups=subjects, trials=1, folds=2, seed=3)
    each = []
    for fit, held in StratifiedGroupKFold(2, shuffle=True, random_state=3).split(frame, bad, subjects):
        copy = clone(card).fit(frame.iloc[fit], bad[fit], groups=subjects[fit])
        each.append(roc_auc_score(bad[held], copy.decision_function(frame.iloc[held])))
    assert found.auc == pytest.approx(np.mean(each), abs=1e-12)


def test_a_family_is_fitted_to_a_cohort_by_subject() -> None:
    policy = sector_policy(SECTOR + TRAINING)
    card = next(card for card in policy.scorecards if card.training is not None)
    built = build_cohort(
        policy,
        card,
        subjects=world().subjects,
        records=world().records,
        labels=world().labels,
        labels_until=date(2026, 3, 31),
        threads=1,
    )
    once = built.rows("train")
    cohort = replace(built, table=pa.concat_tables([once] * 4))
    rows = cohort.rows("train")
    found = fit_family(cohort, card.training, family="gradient", folds=2).estimator
    arguments = (rows.select(list(cohort.names)), rows["label"].to_numpy(), rows["weight"].to_numpy())
    by_subject = clone(found).fit(*arguments, groups=rows["subject_id"].to_pylist())
    assert found.trees_ == by_subject.trees_
    assert found.model_ == by_subject.model_
    assert found.trees_ < clone(found).fit(*arguments).trees_ / 4
