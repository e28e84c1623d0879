from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optbinning import OptimalBinning
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from credit_scoring.errors import FeatureTableError, TrainingError
from credit_scoring.learnt.points_table import LevelBins, NumericBins
from credit_scoring.learnt.scale import AlignedScale, LinearScale
from credit_scoring.sectors.calibration import as_plain, calibrated, from_plain, out_of_fold_scores
from credit_scoring.sectors.woe import WoeScorecard, bin_points

POLARITY = {"penalties": "worse", "years": "better", "noise": "free", "region": "free"}


def simulated(rows: int = 6_000, seed: int = 7) -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(seed)
    penalties, years = draw.poisson(0.7, rows).astype(float), draw.gamma(3, 3, rows).round(1)
    region = draw.choice(["3301", "3302", "3303"], rows, p=[0.5, 0.3, 0.2])
    risk = -2 + 0.8 * penalties - 0.12 * years + np.select([region == "3302", region == "3303"], [0.6, 1.2])
    years[draw.random(rows) < 0.1] = np.nan
    data = pd.DataFrame(
        {"penalties": penalties, "years": years, "noise": draw.normal(size=rows).round(2), "region": region}
    )
    return data, (draw.random(rows) < expit(risk)).astype(int)


@pytest.fixture(scope="module")
def learnt() -> tuple[WoeScorecard, pd.DataFrame, np.ndarray]:
    data, bad = simulated()
    return WoeScorecard(polarity=POLARITY).fit(data, bad), data, bad


@pytest.mark.filterwarnings("ignore:the labels are")
@parametrize_with_checks([WoeScorecard()])
def test_the_contract_of_scikit_learn_holds(estimator: Any, check: Any) -> None:
    check(estimator)


def test_base_and_points_add_up_to_the_score_in_every_row(learnt: Any) -> None:
    model, data, _ = learnt
    raw = [model.table_.base + sum(row) for row in model.points(data).tolist()]
    assert model.scores(data).tolist() == raw
    assert model.scores(data, bounded=True).tolist() == [min(max(s, 0), 1_000_000) for s in raw]


def test_probabilities_are_those_of_the_score(learnt: Any) -> None:
    model, data, _ = learnt
    log_odds = [(model.scale_.offset - s / 1000) / model.scale_.factor for s in model.scores(data).tolist()]
    expected = [1 / (1 + math.exp(-x)) for x in log_odds]
    np.testing.assert_allclose(model.predict_proba(data)[:, 1], expected, rtol=1e-12)
    np.testing.assert_allclose(model.decision_function(data), log_odds, rtol=1e-12)


def test_every_kind_of_table_gets_the_same_scorecard_and_the_same_points(learnt: Any) -> None:
    model, data, bad = learnt
    expected = model.points(data)
    for table in (pl.from_pandas(data), pa.Table.from_pandas(data)):
        other = WoeScorecard(polarity=POLARITY).fit(table, bad)
        assert other.table_ == model.table_
        assert (model.points(table) == expected).all()
    plain = data[["penalties", "years"]]
    named = WoeScorecard().fit(plain, bad)
    array = WoeScorecard().fit(plain.to_numpy(), bad)
    assert (array.points(plain.to_numpy()) == named.points(plain)).all()


def test_transform_gives_points_as_a_frame_of_the_kind_asked_for(learnt: Any) -> None:
    model, data, bad = learnt
    points = WoeScorecard(polarity=POLARITY).set_output(transform="polars").fit(data, bad).transform(data)
    assert isinstance(points, pl.DataFrame)
    assert points.columns == list(model.get_feature_names_out())
    np.testing.assert_array_equal(points.to_numpy() * 1000, model.points(data))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_worse_value_never_raises_the_score(seed: int) -> None:
    draw = np.random.default_rng(seed)
    data = pd.DataFrame({"a": draw.integers(0, 9, 400), "b": draw.normal(size=400).round(1)})
    bad = (draw.random(400) < expit(0.5 * data["a"] * draw.normal() - data["b"])).astype(int)
    if not 0 < bad.sum() < 400:
        return
    try:
        model = WoeScorecard(polarity={"a": "worse", "b": "better"}).fit(data, bad)
    except TrainingError:
        return
    for line in model.table_.characteristics:
        sign = {"worse": -1, "better": 1}[line.feature.polarity]
        assert (sign * np.diff(line.bins.points) >= 0).all()


def test_the_weight_of_evidence_is_that_of_the_rows_counted_one_by_one(learnt: Any) -> None:
    model, data, bad = learnt
    for weighed in model.binning_:
        name, bins = weighed.binning.feature.name, weighed.binning.bins
        cells = data[name].tolist()
        for place, group in enumerate(weighed.binning.group_of):
            members = [i for i, cell in enumerate(cells) if place_of(bins, cell) == place]
            if not members:
                continue
            bads = sum(bad[i] for i in members)
            share = (len(members) - bads) / (len(bad) - bad.sum()) / (bads / bad.sum())
            assert weighed.binning.groups[group].woe == pytest.approx(math.log(share), abs=1e-12)


def place_of(bins: NumericBins | LevelBins, cell: Any) -> int:
    if isinstance(bins, LevelBins):
        found = [i for i, group in enumerate(bins.groups) if cell in group]
        return found[0] if found else len(bins.groups) + 1
    if math.isnan(cell):
        return len(bins.points)
    return sum(cut <= cell for cut in bins.cuts)


def test_bins_and_points_are_optbinnings_own_for_the_same_cuts_and_coefficients(learnt: Any) -> None:
    model, data, bad = learnt
    for weighed in model.binning_:
        bins = weighed.binning.bins
        if not isinstance(bins, NumericBins) or weighed.binning.feature.name == "noise":
            continue
        values = data[weighed.binning.feature.name].to_numpy()
        theirs = OptimalBinning(
            user_splits=list(bins.cuts), user_splits_fixed=[True] * len(bins.cuts), monotonic_trend=None
        ).fit(values, bad)
        woe = theirs.transform(values, metric="woe", metric_missing="empirical")
        mine = bin_points(weighed, model.scale_)[[place_of(bins, cell) for cell in values.tolist()]]
        np.testing.assert_allclose(mine, -model.scale_.factor * weighed.coefficient * woe, atol=1e-9)


def test_known_coefficients_are_recovered() -> None:
    # Two independent yes-or-no features: the WoE regression must give back the log-odds of a plain regression.
    draw = np.random.default_rng(3)
    data = draw.integers(0, 2, (60_000, 2)).astype(float)
    bad = (draw.random(60_000) < expit(-2 + 1.1 * data[:, 0] - 0.7 * data[:, 1])).astype(int)
    model = WoeScorecard(inverse_penalty=np.inf, scale=LinearScale(offset=0.0, factor=1000.0)).fit(data, bad)
    effects = [-(line.bins.points[1] - line.bins.points[0]) / 1e6 for line in model.table_.characteristics]
    assert effects == pytest.approx([1.1, -0.7], abs=0.07)
    plain = LogisticRegression(C=np.inf, tol=1e-9).fit(data, bad)
    assert effects == pytest.approx(plain.coef_[0].tolist(), abs=1e-4)


def test_cuts_are_short_decimals(learnt: Any) -> None:
    model, _, _ = learnt
    for line in model.table_.characteristics:
        if isinstance(line.bins, NumericBins):
            assert all(cut == round(cut, 6) for cut in line.bins.cuts)


def test_an_impossible_trend_is_reported_and_not_swallowed() -> None:
    data, bad = simulated()
    model = WoeScorecard(polarity={**POLARITY, "penalties": "better"}).fit(data, bad)
    (found,) = [e for e in model.excluded_ if e.feature == "penalties"]
    assert found.code == "impossible_trend"
    assert "declared 'better', and the data say 'worse'" in found.reason.en
    assert "penalties" not in model.get_feature_names_out()


def test_a_feature_that_works_against_its_own_bins_is_dropped_and_reported() -> None:
    # The second feature repeats the first with noise, and beside it points the other way.
    draw = np.random.default_rng(5)
    hidden = draw.normal(size=20_000)
    bad = (draw.random(20_000) < expit(-1 + hidden)).astype(int)
    first = hidden + draw.normal(size=20_000) * 0.3
    second = first + (first - hidden) * 2
    data = pd.DataFrame({"first": first.round(2), "second": second.round(2)})
    model = WoeScorecard(polarity={"first": "worse", "second": "worse"}).fit(data, bad)
    assert [(e.feature, e.code) for e in model.excluded_] == [("second", "wrong_sign")]
    assert all(weighed.coefficient < 0 for weighed in model.binning_)


def test_columns_without_information_are_left_out_with_their_reasons() -> None:
    data, bad = simulated(1_000)
    data = data.assign(nothing=np.nan, always=4, words="same")
    model = WoeScorecard().fit(data, bad)
    reasons = {e.feature: (e.code, e.reason.en) for e in model.excluded_}
    assert reasons["nothing"] == ("all_missing", "missing in every training row")
    assert reasons["always"] == ("constant", "the same in every training row (4.0)")
    assert reasons["words"] == ("constant", "the same in every training row (same)")


def test_missing_values_count_as_their_rows_did_or_as_average_and_the_table_says_which() -> None:
    data, bad = simulated()
    few = data.copy()
    few.loc[few["years"].isna(), "years"] = 5.0
    few.loc[few.index[:20], "years"] = np.nan
    many = WoeScorecard(polarity=POLARITY).fit(data, bad)
    rare = WoeScorecard(polarity=POLARITY).fit(few, bad)

    def missing(model: WoeScorecard) -> Any:
        (line,) = [w.binning for w in model.binning_ if w.binning.feature.name == "years"]
        return line, next(group for group in line.groups if group.kind == "missing")

    assert missing(many)[1].learnt
    assert not missing(rare)[1].learnt
    assert missing(rare)[1].woe == 0.0
    assert "20 rows are too few" in missing(rare)[0].remarks[-1].en
    never = WoeScorecard(polarity=POLARITY).fit(data.fillna(5.0), bad)
    assert never.points(data)[data["years"].isna(), 1].tolist() == [0] * int(data["years"].isna().sum())


def test_a_level_never_seen_gets_the_stated_points(learnt: Any) -> None:
    model, data, _ = learnt
    (place,) = [j for j, feature in enumerate(model.features_) if feature.name == "region"]
    unseen = data.head(3).assign(region="9999")
    assert model.points(unseen)[:, place].tolist() == [model.table_.characteristics[place].bins.other] * 3


def test_special_values_are_bins_of_their_own() -> None:
    data, bad = simulated()
    data["years"] = data["years"].fillna(-999.0)
    model = WoeScorecard(polarity=POLARITY, special={"years": [-999.0], "region": ["3303"]}).fit(data, bad)
    lines = {line.feature.name: line.bins for line in model.table_.characteristics}
    years = lines["years"]
    assert isinstance(years, NumericBins)
    assert years.cuts[:2] == (-999.0, -998.999999)
    assert years.points[0] == years.points[2] != years.points[1]
    assert (np.diff(years.points[2:]) >= 0).all()
    assert ("3303",) in lines["region"].groups


def test_cuts_of_the_user_are_kept_or_reported() -> None:
    data, bad = simulated()
    model = WoeScorecard(polarity=POLARITY, cuts={"years": [4.0, 9.0], "penalties": [1, 2, 3, 50]}).fit(
        data, bad
    )
    lines = {w.binning.feature.name: w.binning for w in model.binning_}
    assert lines["years"].bins.cuts == (4.0, 9.0)
    assert set(lines["penalties"].bins.cuts) < {1.0, 2.0, 3.0, 50.0}
    assert "50" in lines["penalties"].remarks[0].en


def test_weights_count_rows() -> None:
    data, bad = simulated(1_500)
    weights = np.random.default_rng(1).integers(0, 4, len(bad))
    weighed = WoeScorecard(polarity=POLARITY).fit(data, bad, sample_weight=weights)
    rows = np.repeat(np.arange(len(bad)), weights)
    repeated = WoeScorecard(polarity=POLARITY).fit(data.iloc[rows], bad[rows])
    assert weighed.table_ == repeated.table_


def test_weights_that_are_not_whole_numbers_choose_bins_as_whole_ones_do() -> None:
    # optbinning alone would truncate each of the small weights' sums to nothing.
    data, bad = simulated()
    small, large = np.full(6_000, 0.0003), np.full(6_000, 1_000)
    whole = WoeScorecard(polarity=POLARITY, enough_rows=np.inf).fit(data, bad, sample_weight=large)
    parts = WoeScorecard(polarity=POLARITY, enough_rows=np.inf, inverse_penalty=np.inf)
    parts.fit(data, bad, sample_weight=small)
    for one, other in zip(whole.binning_, parts.binning_, strict=True):
        assert one.binning.bins == other.binning.bins
        assert one.binning.woe_by_position() == pytest.approx(other.binning.woe_by_position(), abs=1e-12)


def test_an_aligned_scorecard_has_the_mean_and_spread_of_the_public_score() -> None:
    data, bad = simulated()
    model = WoeScorecard(scale=AlignedScale(mean=812.0, deviation=41.0)).fit(data, bad)
    assert model.scores(data).mean() / 1000 == pytest.approx(812, abs=0.01)
    assert model.scores(data).std() / 1000 == pytest.approx(41, abs=0.01)


def test_the_same_rows_give_the_same_scorecard_and_nothing_is_printed(capfd: Any) -> None:
    data, bad = simulated(1_000)
    assert WoeScorecard().fit(data, bad).table_ == WoeScorecard().fit(data, bad).table_
    assert capfd.readouterr() == ("", "")


DATA, BAD = simulated(200)


@pytest.mark.parametrize(
    ("options", "y", "weights", "words"),
    [
        ({}, np.zeros(200), None, "all 200 rows are of one class"),
        ({}, np.arange(200) % 3, None, "3 labels"),
        ({}, np.where(BAD, np.nan, 0.0), None, "labels are missing"),
        ({}, BAD[:9], None, "200 rows have 9 labels"),
        ({}, np.linspace(0, 1, 200), None, "Unknown label type"),
        ({"min_bads": 150}, BAD, None, "150 are asked for (min_bads)"),
        ({}, BAD, -np.ones(200), "200 sample weights are negative"),
        ({}, BAD, np.full(200, np.nan), "200 sample weights are missing"),
        ({}, BAD, BAD, "all bad"),
        ({}, BAD, np.ones(3), "200 rows have 3 weights"),
        ({"polarity": {"penalties": "worse"}}, BAD, None, "'years' has no polarity"),
        ({"polarity": {**POLARITY, "yeers": "worse"}}, BAD, None, "Did you mean 'years'?"),
        ({"polarity": {**POLARITY, "years": "up"}}, BAD, None, "is 'up'; it is 'better', 'worse' or 'free'"),
        ({"polarity": {**POLARITY, "region": "worse"}}, BAD, None, "texts have no order"),
        ({"cuts": {"yeers": [1]}}, BAD, None, "Did you mean 'years'?"),
        ({"cuts": {"years": [2, 1]}}, BAD, None, "must be finite and rise"),
        ({"cuts": {"region": [1]}}, BAD, None, "which is a text"),
        ({"special": {"years": ["x"]}}, BAD, None, "is not a finite number"),
        ({"special": {"region": [3301]}}, BAD, None, "is not a text"),
    ],
)
def test_rows_nothing_can_be_learnt_from_are_refused_in_our_words(
    options: dict[str, Any], y: Any, weights: Any, words: str
) -> None:
    with pytest.raises(TrainingError) as caught:
        WoeScorecard(**options).fit(DATA, y, sample_weight=weights)
    assert words in str(caught.value)


def test_features_that_say_nothing_make_no_scorecard() -> None:
    draw = np.random.default_rng(0)
    with pytest.raises(TrainingError, match="no feature tells bad from good"):
        WoeScorecard(min_information=0.5).fit(draw.normal(size=(500, 2)), draw.integers(0, 2, 500))


def test_an_array_for_a_scorecard_learnt_with_names_is_warned_about_in_our_words() -> None:
    data, bad = simulated(500)
    plain = data[["penalties", "years"]]
    model = WoeScorecard().fit(plain, bad)
    with pytest.warns(UserWarning, match="columns are taken in the order WoeScorecard was learnt from"):
        found = model.points(plain.to_numpy())
    assert (found == model.points(plain)).all()


def test_an_infinite_value_is_refused_when_scoring_too(learnt: Any) -> None:
    model, data, _ = learnt
    with pytest.raises(FeatureTableError, match=r"'years' is infinite \(inf\) in 1 of 2 rows"):
        model.scores(data.head(2).assign(years=[1.0, np.inf]))


@pytest.mark.parametrize("method", ["isotonic", "platt"])
def test_calibrated_probabilities_fall_with_the_score_and_survive_as_plain_numbers(method: Any) -> None:
    data, bad = simulated()
    model = WoeScorecard(polarity=POLARITY)
    scores = out_of_fold_scores(model, data, bad, folds=3)
    calibration = calibrated(scores, bad, method=method)
    grid = np.arange(scores.min() - 5_000, scores.max() + 5_000, 500)
    assert (np.diff(calibration.probability(grid)) <= 0).all()
    assert calibration.probability(scores).mean() == pytest.approx(bad.mean(), abs=0.005)
    assert from_plain(as_plain(calibration)) == calibration
    assert not hasattr(model, "model_")


def test_scores_that_rise_with_the_risk_are_not_calibrated() -> None:
    scores, bad = np.arange(200) * 1000, (np.arange(200) > 100).astype(int)
    for method in ("isotonic", "platt"):
        with pytest.raises(TrainingError, match="does not fall as the score rises"):
            calibrated(scores, bad, method=method)  # type: ignore[arg-type]
