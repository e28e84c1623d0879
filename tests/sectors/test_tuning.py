"""The search for settings: seeded, on inner folds, groups kept together."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sectors.boosted import POLARITY, labels, table

from credit_scoring.errors import TrainingError
from credit_scoring.sectors.additive import AdditiveScorecard
from credit_scoring.sectors.boosting import Boosting
from credit_scoring.sectors.gradient import GradientScorecard
from credit_scoring.sectors.tuning import Search, _splits, tune

QUICK = Boosting(learning_rate=0.2, leaves=4, most_trees=20, stop_after=5)


def cards() -> list[AdditiveScorecard | GradientScorecard]:
    return [
        AdditiveScorecard(polarity=POLARITY, settings=QUICK, bags=1),
        GradientScorecard(polarity=POLARITY, settings=QUICK),
    ]


@pytest.mark.parametrize("card", cards())
def test_the_same_seed_finds_the_same_settings(card) -> None:
    frame = table(400)
    told: list[tuple[int, int]] = []
    first = tune(
        card, frame, labels(frame), trials=4, folds=2, seed=3, progress=lambda *done: told.append(done)
    )
    assert first == tune(card, frame, labels(frame), trials=4, folds=2, seed=3)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(first.trials) == 4
    assert first.trials[0].settings == QUICK
    assert first.auc == max(trial.auc for trial in first.trials)
    assert any(trial.settings == first.settings and trial.auc == first.auc for trial in first.trials)
    assert 0.6 < first.auc < 1
    assert card.settings == QUICK
    assert not hasattr(card, "model_")


def test_every_setting_tried_lies_within_the_search() -> None:
    frame = table(400)
    found = tune(cards()[0], frame, labels(frame), trials=6, folds=2)
    for trial in found.trials[1:]:
        for name, span in Search().spans():
            assert span.least <= getattr(trial.settings, name) <= span.most
    assert len({trial.settings for trial in found.trials}) == 6


def test_the_settings_found_can_be_learnt_with() -> None:
    frame = table(400)
    found = tune(cards()[1], frame, labels(frame), trials=2, folds=2)
    card = GradientScorecard(polarity=POLARITY, settings=found.settings).fit(frame, labels(frame))
    assert card.scores(frame).shape == (400,)


def test_rows_of_one_subject_are_on_one_side() -> None:
    draw = np.random.default_rng(0)
    bad, groups = draw.integers(0, 2, 300), draw.integers(0, 60, 300)
    for train, left_out in _splits(bad, groups, rows=300, folds=4, seed=0):
        assert not set(groups[train]) & set(groups[left_out])
        assert len(train) + len(left_out) == 300


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folds": 1}, "at least 2 folds"),
        ({"trials": 0}, "1 trial"),
        ({"groups": [1, 2]}, "as many groups"),
        ({"groups": np.zeros(400)}, "at least 4 groups"),
        ({"folds": 390}, "need two classes of at least 390 rows"),
    ],
)
def test_an_impossible_search_is_refused(options, message: str) -> None:
    frame = table(400)
    with pytest.raises(TrainingError, match=message):
        tune(cards()[0], frame, labels(frame), **options)


def test_the_search_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    frame = table(400)
    tune(cards()[0], frame, labels(frame), trials=2, folds=2)
    assert capfd.readouterr() == ("", "")
