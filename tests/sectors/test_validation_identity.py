"""A report says what it is about, in words, and every grade of the ladder is one that somebody gets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.training import Limits
from credit_scoring.sectors.validation import (
    About,
    GradeCuts,
    Rules,
    Scored,
    Validation,
    pictures,
    validate,
    write_validation,
)
from credit_scoring.sectors.validation.pictures import Lettering, draw_all
from credit_scoring.sectors.validation.report import page, summary
from credit_scoring.sectors.validation.segments import segment
from credit_scoring.sectors.validation.wording import KIND_NAMES, SPLIT_NAMES, TEXTS

LIMITS = Limits(
    auc_at_least=0,
    ks_at_least=0,
    brier_at_most=1,
    calibration_p_at_least=0,
    psi_at_most=1,
    feature_psi_at_most=1,
    segment_auc_gap_at_most=1,
    gain_over_public_at_least=-1,
    loss_to_model_in_use_at_most=1,
)
TITLES = (Title(zh="优秀", en="Excellent"), Title(zh="良好", en="Good"), Title(zh="较差", en="Poor"))
GRADES = GradeCuts(grades=("AAA", "A", "D"), cuts=(620_000, 500_000), titles=TITLES)
ABOUT = About(
    title=Title(zh="道路运输|<企业>", en="Road transport|<firms>"),
    scorecard="sector-road-transport@2020-woe",
    family="woe",
    subject_type="enterprise",
    outcome=Title(zh="责任事故", en="Accident at fault"),
    window="12 months",
    observed_on=(date(2023, 12, 31), date(2024, 12, 31)),
    labels_until=date(2025, 12, 31),
    inputs=(("subjects", "subjects.parquet", "ab" * 32), ("labels", "labels.csv", "cd" * 32)),
    code_version="1.2.3",
)


def rows(name, seed, *, fitted=False, count=700, weight=None, regions=("3301", "3302"), sizes=("large",)):
    rng = np.random.default_rng(seed)
    odds = rng.normal(-0.5, 1, count)
    told = 1 / (1 + np.exp(-odds))
    return Scored(
        name=name,
        fitted=fitted,
        bad=(rng.random(count) < told).astype(int),
        score=(560_000 - 60_000 * odds).round().astype(int),
        probability=told,
        weight=weight,
        public_score=(560_000 - 60_000 * odds + rng.normal(0, 50_000, count)).round(),
        segments=pd.DataFrame(
            {
                "region": rng.choice(regions, count),
                "age_band": rng.choice(["10+", "0-2", "3-9"], count),
                "industry": rng.choice(["G", "F"], count),
                "fleet": rng.choice(sizes, count),
            }
        ),
        features=pd.DataFrame({"accidents": rng.poisson(1, count).astype(float)}),
    )


SPLITS = (
    rows("train", 1, fitted=True),
    rows("held_out", 2),
    rows("out_of_time", 3),
    rows("out_of_region", 4),
)


def validated(splits=SPLITS, *, grades=GRADES, features=()) -> Validation:
    return validate(
        splits, limits=LIMITS, features=features, monotonicity=None, grades=grades, seed=0, draws=0
    )


@pytest.fixture(scope="module")
def found() -> Validation:
    free = Feature(name="accidents", polarity="free", title=Title(zh="事故数", en="Accidents"), reason="none")
    return validated(features=(free,))


@pytest.fixture(scope="module")
def small() -> Validation:
    return validated((SPLITS[0], SPLITS[2]))


def reached(found: Validation):
    (check,) = [check for check in found.checks if check.name == "grades_reached"]
    return check


def test_the_files_say_first_which_evaluation_they_are_about(small, tmp_path):
    write_validation(small, tmp_path, lang="zh", about=ABOUT)
    html = (tmp_path / "validation.html").read_text(encoding="utf-8")
    text = (tmp_path / "validation.md").read_text(encoding="utf-8")
    for told in (html[: html.index('<p class="verdict')], text[: text.index("**")]):
        for word in (
            "道路运输", "sector-road-transport@2020-woe", "证据权重评分卡", "企业", "责任事故", "观察日后 12 个月",
            "2023-12-31, 2024-12-31", "2025-12-31", "subjects.parquet", "ab" * 32, "labels.csv", "cd" * 32, "1.2.3",
        ):  # fmt: skip
            assert word in told, word
        assert "<企业>" not in told
    assert text.startswith("# 道路运输")
    numbers = Validation.model_validate_json((tmp_path / "validation.json").read_text(encoding="utf-8"))
    assert numbers.about == ABOUT
    assert numbers == small.model_copy(update={"about": ABOUT})


def test_a_report_without_an_identity_is_still_one(small, tmp_path):
    write_validation(small, tmp_path, lang="en")
    assert json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))["about"] is None
    assert (tmp_path / "validation.md").read_text(encoding="utf-8").startswith("# Validation report\n")


def test_an_identity_is_in_the_language_of_the_report(small):
    told = small.model_copy(update={"about": ABOUT})
    for text in (page(told, lang="en"), summary(told, lang="en")):
        for word in ("Road transport", "weight-of-evidence scorecard (woe)", "12 months from", "enterprises"):
            assert word in text
        assert "道路运输" not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_known_splits_and_kinds_have_words_and_unknown_ones_stay_as_given(found, lang):
    html, text = page(found, lang=lang), summary(found, lang=lang)
    for name in ("train", "held_out", "out_of_time", "out_of_region"):
        assert f". {SPLIT_NAMES[name].in_language(lang)} <small>{name} · " in html
        assert f"| {SPLIT_NAMES[name].in_language(lang)} |" in text
        assert f"| {name} |" not in text
        assert f"<td>{name}</td>" not in html
    for number, kind in enumerate(("region", "age_band", "industry"), start=1):
        assert f"<caption>{number}. {KIND_NAMES[kind].in_language(lang)}</caption>" in html
    assert "<caption>4. fleet</caption>" in html


def test_names_of_splits_and_kinds_differ_between_the_languages():
    for words in (SPLIT_NAMES, KIND_NAMES):
        assert all(title.zh != title.en for title in words.values())
        assert len({title.zh for title in words.values()}) == len(words)


def test_grades_are_called_by_their_titles_with_the_code_beside_them(small):
    for lang, names in (
        ("zh", ["优秀（AAA）", "良好（A）", "较差（D）"]),
        ("en", ["Excellent (AAA)", "Good (A)", "Poor (D)"]),
    ):
        heads = "".join(f'<th scope="col">{name}</th>' for name in names)
        kinds = sum(len(split.segments) for split in small.splits)
        ladders = sum(item.migration is not None for split in small.splits for item in split.comparisons)
        assert page(small, lang=lang).count(heads) == 1 + kinds + ladders
        assert f"| {' | '.join(names)} |" in summary(small, lang=lang)
    plain = summary(validated(SPLITS[:2], grades=replace(GRADES, titles=())), lang="zh")
    assert "| AAA | A | D |" in plain


def test_the_ladder_of_another_evaluation_keeps_its_own_titles():
    public = GradeCuts(
        grades=("X", "Y"), cuts=(500_000,), titles=(Title(zh="甲", en="First"), Title(zh="乙", en="Second"))
    )
    told = validate(
        SPLITS[:2], limits=LIMITS, features=(), monotonicity=None, grades=GRADES, public_grades=public, seed=0,
        draws=0,
    )  # fmt: skip
    assert '<th scope="row">甲（X）</th>' in page(told, lang="zh")


def test_as_many_titles_as_grades_or_none():
    with pytest.raises(InputError, match="3 grades have 2 titles"):
        replace(GRADES, titles=TITLES[:2])


def test_shares_of_the_grades_are_weighted_and_count_every_row():
    weight = np.random.default_rng(9).uniform(0.5, 4, 700)
    sample = rows("out_of_time", 3, weight=weight)
    told = validated((SPLITS[0], sample))
    of = told.splits[1]
    expected, counts = [0.0, 0.0, 0.0], [0, 0, 0]
    for score, own in zip(sample.score.tolist(), weight.tolist(), strict=True):
        place = 0 if score >= 620_000 else 1 if score >= 500_000 else 2
        expected[place] += own / weight.sum()
        counts[place] += 1
    assert of.grades == pytest.approx(expected)
    assert of.grade_rows == tuple(counts)
    line = f"| 时间外样本 | {' | '.join(f'{share:.2%}' for share in of.grades)} |"
    assert line in summary(told, lang="zh")
    cells = "".join(f"<td>{share:.2%}</td>" for share in of.grades)
    assert f'<th scope="row">时间外样本</th>{cells}</tr>' in page(told, lang="zh")


def test_a_ladder_that_is_reached_throughout_passes(found):
    check = reached(found)
    assert (check.outcome, check.found.value, check.limit, check.detail) == ("passed", 0.0, 0.0, None)


@pytest.mark.parametrize(
    ("cuts", "count", "zh", "en"),
    [
        ((2_000_000, 500_000), 1, "优秀（AAA）", "Excellent (AAA)"),
        ((3_000_000, 2_000_000), 2, "优秀（AAA）、良好（A）", "Excellent (AAA), Good (A)"),
        ((620_000, -1), 1, "较差（D）", "Poor (D)"),
    ],
)
def test_a_grade_that_nobody_gets_fails_the_whole_and_is_named(cuts, count, zh, en):
    told = validated(grades=replace(GRADES, cuts=cuts))
    check = reached(told)
    assert (check.outcome, check.found.value, check.split) == ("failed", float(count), None)
    assert (check.detail.zh, check.detail.en) == (zh, en)
    assert not told.passed
    failed = {check.name for check in told.checks if check.outcome == "failed"}
    assert failed == {"grades_reached"}
    assert zh in summary(told, lang="zh")


def test_a_grade_that_a_single_row_of_any_split_gets_is_reached():
    best = max(SPLITS, key=lambda split: int(split.score.max()))
    cut = int(best.score.max())
    others = [split for split in SPLITS if split is not best]
    assert all(split.score.max() < cut for split in others)
    assert reached(validated(grades=replace(GRADES, cuts=(cut, 500_000)))).outcome == "passed"
    assert reached(validated(others, grades=replace(GRADES, cuts=(cut, 500_000)))).outcome == "failed"


def test_bands_stand_in_the_order_of_their_numbers_and_codes_in_that_of_their_digits():
    def order(values):
        sample = replace(
            SPLITS[1], segments=pd.DataFrame({"kind": np.resize(np.array(values, dtype=object), 700)})
        )
        (kind,) = segment(sample, grades=GRADES, rules=Rules(), draws=0, seed=0)
        return [value.value for value in kind.values]

    assert order(["10+", None, "3-9", "0-2"]) == ["0-2", "3-9", "10+", None]
    assert order(["100+", "20-99", "5-19", "0-4"]) == ["0-4", "5-19", "20-99", "100+"]
    assert order(["34", "3301", "33"]) == ["33", "3301", "34"]
    assert order(["10+", "3-9", "none"]) == ["10+", "3-9", "none"]


def test_a_segment_is_not_set_against_itself():
    nobody_is_worst = replace(GRADES, cuts=(620_000, -1))
    told = validated(SPLITS[:2], grades=nobody_is_worst)
    region = told.splits[1].segments[0]
    assert region.worst_grade_gap.equal
    assert (region.worst_grade_gap.difference.value, region.worst_grade_gap.largest) == (0.0, None)
    assert not region.auc_gap.equal
    html = page(told, lang="zh")
    assert "3301 − 3301" not in html
    row = f'<tr><th scope="row">{TEXTS["worst_grade"].zh}</th>'
    # The kind with one value keeps its row: it says why nothing is compared.
    kinds = [kind for split in told.splits for kind in split.segments]
    assert html.count(row) == sum(kind.worst_grade_gap.difference.value is None for kind in kinds) == 2
    unequal = page(validated(SPLITS[:2]), lang="zh")
    assert unequal.count(row) == len(kinds)


def test_an_auc_that_is_the_same_everywhere_is_said_to_be():
    whole = rows("out_of_time", 3)
    twice = Scored(
        name="out_of_time",
        fitted=False,
        bad=np.tile(whole.bad, 2),
        score=np.tile(whole.score, 2),
        probability=np.tile(whole.probability, 2),
        segments=pd.DataFrame({"region": np.repeat(["3301", "3302"], 700)}),
    )
    (check,) = [c for c in validated([twice]).checks if c.name == "segment_auc_gap_at_most"]
    assert (check.found.value, check.outcome) == (0.0, "passed")
    assert check.detail == Title(zh="地区：各取值相同", en="Region: every value is the same")


def test_the_sentence_on_numbers_stands_only_where_a_picture_uses_one():
    written = validated(SPLITS[:2])
    assert not any(picture.numbered for picture in draw_all(written, lang="en"))
    assert TEXTS["numbering"].en not in page(written, lang="en")
    given = (SPLITS[0], rows("held_out", 2, sizes=("大型", "小型")))
    unwritten = validated(given)
    used = {(picture.key, picture.split) for picture in draw_all(unwritten, lang="en") if picture.numbered}
    assert used == {("segment_auc", "held_out")}
    assert TEXTS["numbering"].en in page(unwritten, lang="en")


def test_english_letters_in_a_chinese_report_are_admitted_once(small, monkeypatch):
    said = TEXTS["english_letters"]
    assert said.en not in page(small, lang="en")
    if Lettering.choose("zh").lang == "zh":
        assert said.zh not in page(small, lang="zh")
    monkeypatch.setattr(pictures, "_CHINESE_FONTS", ())
    html = page(small, lang="zh")
    assert html.count(said.zh) == 1
    assert f"<figcaption>{TEXTS['roc'].zh} · {said.zh}</figcaption>" in html
    assert TEXTS["numbering"].zh not in html, "every name of these rows can be written in English"
