"""How much hangs on the weights: noise, single weights, the smallest change, and the matrix they all rest on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.errors import InputError
from credit_scoring.policy.loading import load_policy
from credit_scoring.scoring.run import Run, score
from credit_scoring.sectors.weighing.fragility import smallest_changes
from credit_scoring.sectors.weighing.grading import Cuts, cuts_of
from credit_scoring.sectors.weighing.indicator_points import IndicatorMatrix, indicator_matrix, scores_by
from credit_scoring.sectors.weighing.sensitivity import alike, noise_effect, weight_effects
from sectors.weighing_texts import ON, SECTOR, archive, sector_folder

CUTS = Cuts(at=(400.0, 700.0), grades=("poor", "fair", "good"), simplified=())


def matrix_of(shares: Any, starts: Any = None, dimensions: tuple[int, ...] = ()) -> IndicatorMatrix:
    table = np.array(shares, dtype=float)
    m, n = table.shape
    return IndicatorMatrix(
        names=tuple(f"c{i}" for i in range(n)), subject_ids=tuple(f"s{i}" for i in range(m)), shares=table,
        starts=np.zeros(m) if starts is None else np.array(starts, dtype=float),
        dimension_of=dimensions or (0,) * n, points=1000.0, unrated=0,
    )  # fmt: skip


@st.composite
def situations(draw: st.DrawFn) -> tuple[IndicatorMatrix, list[float]]:
    """Subjects with few different points, now and then an indicator out of the score, in up to three dimensions."""
    n, m = draw(st.integers(2, 5)), draw(st.integers(1, 12))
    share = st.integers(0, 24).map(lambda i: i / 20 if i <= 20 else float("nan"))
    rows = draw(st.lists(st.lists(share, min_size=n, max_size=n), min_size=m, max_size=m))
    weights = draw(st.lists(st.integers(1, 40).map(float), min_size=n, max_size=n))
    dimensions = sorted(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    return matrix_of(rows, dimensions=tuple(dimensions)), [w / sum(weights) for w in weights]


def slow_score(row: list[float], weights: list[float], dimensions: tuple[int, ...]) -> float:
    """A dimension's points are scaled up to its weight, what is left of the dimensions to the total."""
    earned = present = 0.0
    for d in set(dimensions):
        at = [i for i, other in enumerate(dimensions) if other == d]
        seen = [i for i in at if not math.isnan(row[i])]
        if seen:
            whole = sum(weights[i] for i in at)
            earned += whole * sum(weights[i] * row[i] for i in seen) / sum(weights[i] for i in seen)
            present += whole
    return 1000 * earned / present if present else 0.0


def graded(matrix: IndicatorMatrix, weights: Any) -> list[int]:
    return [int(level) for level in CUTS.levels(scores_by(matrix, weights))]


@given(situations())
@settings(max_examples=80)
def test_the_smallest_change_flips_the_grade_and_less_of_it_does_not(
    situation: tuple[IndicatorMatrix, list[float]],
) -> None:
    matrix, weights = situation
    found = smallest_changes(matrix, weights, CUTS)
    now = graded(matrix, weights)
    for i, k in enumerate(found.indicator):
        if k < 0:
            continue

        def moved(share: float, i: int = i, k: int = int(k)) -> int:
            changed = list(weights)
            changed[k] += share * found.delta[i]
            return graded(matrix, changed)[i]

        assert found.relative[i] == pytest.approx(abs(found.delta[i]) / weights[k])
        if found.delta[i] == 0:
            outcomes = {
                graded(matrix, [w * (1 + e * (j == k)) for j, w in enumerate(weights)])[i]
                for e in (-1e-3, 1e-3)
            }
            assert int(found.level_after[i]) in outcomes
        else:
            beyond = 1 + max(1e-6, 1e-6 / abs(found.delta[i]))
            if weights[k] + beyond * found.delta[i] > 0:
                assert moved(beyond) == int(found.level_after[i]) != now[i]
            distance = abs(scores_by(matrix, weights)[i] - np.array(CUTS.at)).min()
            if distance > 0.01:
                assert moved(0.999) == now[i]


@given(situations())
@settings(max_examples=60)
def test_no_smaller_change_of_any_single_weight_flips_anybody(
    situation: tuple[IndicatorMatrix, list[float]],
) -> None:
    matrix, weights = situation
    found = smallest_changes(matrix, weights, CUTS)
    now = graded(matrix, weights)
    for k in range(len(weights)):
        for change in (-0.9, -0.5, -0.2, -0.05, 0.05, 0.2, 0.5, 2.0):
            changed = list(weights)
            changed[k] *= 1 + change
            for i, level in enumerate(graded(matrix, changed)):
                if level != now[i]:
                    assert found.relative[i] <= abs(change) + 1e-9
                    total = sum(changed)
                    l1 = sum(abs(a / total - b) for a, b in zip(changed, weights, strict=True))
                    assert found.l1[i] <= l1 + 1e-9


def test_a_subject_alike_in_everything_cannot_be_flipped() -> None:
    found = smallest_changes(matrix_of([[0.5, 0.5]]), [0.3, 0.7], CUTS)
    assert found.indicator.tolist() == [-1]
    assert np.isnan(found.relative).all()
    assert found.within(10) == 0


def test_the_smallest_change_by_hand() -> None:
    # 0.5 · 1 + 0.5 · 0.5 = 0.75 against 0.7: (0.75 + δ) / (1 + δ) = 0.7 never by more of the first (δ = -1/6),
    # (0.75 + δ / 2) / (1 + δ) = 0.7 at δ = 1/4.
    found = smallest_changes(matrix_of([[1.0, 0.5]]), [0.5, 0.5], CUTS)
    assert (found.indicator[0], found.delta[0]) == (0, pytest.approx(-1 / 6))
    assert found.relative[0] == pytest.approx(1 / 3)
    # Weights 1/3 and 1/2 become 0.4 and 0.6.
    assert found.l1[0] == pytest.approx(0.2)
    assert (found.level[0], found.level_after[0]) == (2, 1)


# Noise


@given(situations(), st.integers(0, 5))
@settings(max_examples=30)
def test_no_noise_flips_nobody(situation: tuple[IndicatorMatrix, list[float]], seed: int) -> None:
    effect = noise_effect(*situation, CUTS, width=0.0, draws=20, seed=seed, interval=0.95)
    assert (effect.flipped, effect.low, effect.high, effect.ever) == (0, 0, 0, 0)


@given(situations(), st.integers(0, 5))
@settings(max_examples=30)
def test_noise_agrees_with_counting_subject_by_subject(
    situation: tuple[IndicatorMatrix, list[float]], seed: int
) -> None:
    matrix, weights = situation
    effect = noise_effect(matrix, weights, CUTS, width=0.2, draws=25, seed=seed, interval=0.9)
    draws = np.random.default_rng([seed, 200_000]).uniform(-0.2, 0.2, size=(25, len(weights)))
    shares = []
    for draw in draws:
        noisy = [w * (1 + e) for w, e in zip(weights, draw, strict=True)]
        flips = 0
        for row in matrix.shares.tolist():
            before = round(slow_score(row, weights, matrix.dimension_of), 6)
            after = round(slow_score(row, noisy, matrix.dimension_of), 6)
            flips += sum(before >= c for c in CUTS.at) != sum(after >= c for c in CUTS.at)
        shares.append(flips / len(matrix.shares))
    assert effect.flipped == pytest.approx(sum(shares) / 25, abs=0.05 / 25)
    assert effect.low <= effect.flipped + 1e-12
    assert effect.high <= effect.ever + 1e-12


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    shares = np.random.default_rng(3).uniform(size=(300, 5))
    effects = [
        noise_effect(matrix_of(shares), [0.2] * 5, CUTS, width=0.1, draws=50, seed=seed, interval=0.95)
        for seed in (1, 1, 2)
    ]
    assert effects[0] == effects[1]
    assert effects[0].flipped != effects[2].flipped


def test_subjects_who_are_alike_are_counted_and_not_lost() -> None:
    matrix = matrix_of(
        [[0.5, np.nan], [0.5, 0.2], [0.5, np.nan], [0.5, 0.2], [0.5, 0.2]], starts=[0, 0, 0, 0, 5]
    )
    few, counts = alike(matrix)
    rows = zip(few.starts.tolist(), few.shares.tolist(), counts.tolist(), strict=True)
    assert sorted((start, len([x for x in row if x == x]), count) for start, row, count in rows) == [
        (0, 1, 2),
        (0, 2, 2),
        (5, 2, 1),
    ]


def test_one_weight_by_itself_by_hand() -> None:
    # 0.72 · 1000 with the first a tenth less: (0.45·1 + 0.5·0.44) / 0.95 = 705.3; a fifth less: 688.9.
    matrix = matrix_of([[1.0, 0.44], [0.0, 0.0]])
    tenth, fifth = (weight_effects(matrix, [0.5, 0.5], CUTS, width=w)[0] for w in (0.1, 0.2))
    assert (tenth.flipped_less, tenth.flipped_more) == (0, 0)
    assert (fifth.flipped_less, fifth.flipped_more) == (0.5, 0)
    assert fifth.mean_change == pytest.approx((720 - 1000 * (0.4 + 0.22) / 0.9) / 2)


# The matrix


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("matrix")
    return (sector_folder(folder), *archive(folder))


def scored(place: tuple[Path, Path, Path], folder: Path, text: str = SECTOR) -> tuple[Run, Any]:
    sector = folder / "sector.yaml"
    sector.write_text(text, encoding="utf-8")
    policy = load_policy(sector, place[0].parent / "policy")
    card = next(e.written for e in policy.editions if e.document.file == str(sector))
    return score(policy, subjects=place[1], records=place[2], on=ON), card


def test_the_matrix_rebuilds_the_scores_of_the_line(place: tuple[Path, Path, Path], tmp_path: Path) -> None:
    run, card = scored(place, tmp_path)
    matrix = indicator_matrix(run, card)
    weights = [float(p.rule.weight) for p in card.places()]
    scores = dict(
        zip(
            run.tables["scores"]["subject_id"].to_pylist(),
            run.tables["scores"]["score_raw"].to_pylist(),
            strict=True,
        )
    )
    rebuilt = dict(zip(matrix.subject_ids, scores_by(matrix, weights), strict=True))
    assert len(rebuilt) == 200
    assert max(abs(float(scores[s]) - rebuilt[s]) for s in scores) < 0.004
    grades = dict(
        zip(
            run.tables["scores"]["subject_id"].to_pylist(),
            run.tables["scores"]["grade_raw"].to_pylist(),
            strict=True,
        )
    )
    cuts = cuts_of(card)
    assert [cuts.grades[i] for i in cuts.levels(scores_by(matrix, weights))] == [
        grades[s] for s in matrix.subject_ids
    ]


def test_other_weights_are_foreseen_as_the_line_then_scores_them(
    place: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    run, card = scored(place, tmp_path)
    changes = {"weight: 0.3": "weight: 0.1", "points: 500": "points: 300", "points: 650": "points: 450", "weight: 0.15\n": "weight: 0.35\n", "points: 250": "points: 450"}  # fmt: skip
    text = SECTOR
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    foreseen = scores_by(indicator_matrix(run, card), [0.1, 0.1, 0.2, 0.15, 0.35, 0.1])
    after, _ = scored(place, tmp_path, text)
    assert [float(s) for s in after.tables["scores"]["score_raw"].to_pylist()] == pytest.approx(
        foreseen.tolist(), abs=0.01
    )


def test_what_is_out_of_the_score_leaves_its_weight_to_the_others(
    place: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    text = SECTOR.replace("no_record: 40", "no_record: renormalise").replace(
        "start: full\n            no_record: full\n            measure: {kind: sum",
        "start: full\n            no_record: renormalise\n            measure: {kind: sum",
    )
    run, card = scored(place, tmp_path, text)
    matrix = indicator_matrix(run, card)
    assert 0 < matrix.whole.sum() < 200
    rebuilt = scores_by(matrix, [0.1, 0.3, 0.2, 0.15, 0.15, 0.1])
    scores = [float(s) for s in run.tables["scores"]["score_raw"].to_pylist()]
    assert rebuilt.tolist() == pytest.approx(scores, abs=0.007)
    few, counts = alike(matrix)
    assert counts.sum() == 200
    assert smallest_changes(few, [1 / 6] * 6, cuts_of(card)).within(1) > 0


def test_headings_with_bounds_of_their_own_are_refused(
    place: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    text = SECTOR.replace("    points: 250\n", "    points: 250\n    floor: 200\n")
    with pytest.raises(InputError, match="headings with bounds of their own"):
        indicator_matrix(*scored(place, tmp_path, text))


def test_a_scorecard_nobody_was_scored_by_is_refused(place: tuple[Path, Path, Path], tmp_path: Path) -> None:
    run, card = scored(place, tmp_path)
    with pytest.raises(InputError, match="nobody was rated by 'other'"):
        indicator_matrix(run, card.model_copy(update={"scorecard": "other"}))


def test_grades_of_risk_fall_the_other_way() -> None:
    from credit_scoring.policy.language import Grade
    from credit_scoring.policy.reading import parse_document

    def card(direction: str, **grades: dict[str, Any]) -> Any:
        title = {"title": {"zh": "级", "en": "Grade"}}
        read = {name: Grade.model_validate({**title, **g}) for name, g in grades.items()}
        base = scorecard_of(parse_document(SECTOR, file="x").value)
        return base.model_copy(update={"direction": direction, "grades": read})

    risk = cuts_of(
        card("higher_is_riskier", low={"below": 300}, middle={"below": 600}, high={"otherwise": True})
    )
    assert [risk.grades[i] for i in risk.levels(np.array([0, 299.9, 300, 599, 600, 900]))] == [
        "low", "low", "middle", "middle", "high", "high",
    ]  # fmt: skip
    with pytest.raises(InputError, match="no grades that begin at a score"):
        cuts_of(card("higher_is_better", any={"otherwise": True}))


def scorecard_of(value: Any) -> Any:
    from credit_scoring.policy.language import Scorecard

    return Scorecard.model_validate(value)
