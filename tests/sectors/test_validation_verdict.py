"""The verdict checks every limit, skips none, and the report says it safely."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from credit_scoring.errors import InputError, OutputError
from credit_scoring.learnt.features import Feature
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.training import Limits
from credit_scoring.sectors.validation import (
    GradeCuts,
    Rules,
    Scored,
    Validation,
    prove_monotone,
    validate,
    write_validation,
)
from credit_scoring.sectors.validation.pictures import Lettering, draw_all
from credit_scoring.sectors.validation.report import page, summary
from credit_scoring.sectors.validation.results import Importance
from credit_scoring.sectors.validation.wording import TEXTS

GRADES = GradeCuts(grades=("优", "良", "差"), cuts=(640_000, 500_000))
FEATURES = (
    Feature(name="penalties", polarity="worse", title=Title(zh="处罚<i>次数", en="Penalties <i>")),
    Feature(name="<b>sector</b>", polarity="free", reason="no order"),
)
EASY = {
    "auc_at_least": "0.6",
    "ks_at_least": "0.2",
    "brier_at_most": "0.25",
    "calibration_p_at_least": "0.0001",
    "psi_at_most": "0.25",
    "feature_psi_at_most": "0.25",
    "segment_auc_gap_at_most": "0.3",
    "gain_over_public_at_least": "-0.05",
    "loss_to_model_in_use_at_most": "0.05",
}


def limits(**changed):
    return Limits(**{name: Decimal(value) for name, value in (EASY | changed).items()})


def scores(rows):
    return (650_000 - 40_000 * rows["penalties"].fillna(0)).round().to_numpy().astype(np.int64)


def split(name, seed, *, fitted=False, rows=900, without=()):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {"penalties": rng.poisson(1.2, rows).astype(float), "<b>sector</b>": rng.choice(["a", "b"], rows)}
    )
    noise = rng.normal(0, 15_000, rows).round()
    score = scores(data) + noise.astype(np.int64)
    told = 1 / (1 + np.exp((score - 560_000) / 30_000))
    columns = {
        "public_score": score + rng.normal(0, 60_000, rows).round(),
        "score_in_use": score + rng.normal(0, 60_000, rows).round(),
        "segments": pd.DataFrame({"ownership": rng.choice(["国有", "<script>alert(1)</script>"], rows)}),
        "features": data,
        "observed_on": np.array(["2024-12-31"] * rows, dtype="datetime64[D]"),
    }
    return Scored(
        name=name,
        fitted=fitted,
        bad=(rng.random(rows) < told).astype(int),
        score=score,
        probability=told,
        **{key: value for key, value in columns.items() if key not in without},
    )


SPLITS = (split("train", 1, fitted=True), split("out_of_time", 2), split("out_of_region", 3))
PROOF = prove_monotone(scores, SPLITS[0].features, FEATURES, seed=0)


def validated(splits=SPLITS, *, proof=PROOF, in_use="release 3", draws=25, features=FEATURES, **changed):
    return validate(
        splits,
        limits=limits(**changed),
        features=features,
        monotonicity=proof,
        grades=GRADES,
        seed=0,
        draws=draws,
        in_use=in_use,
        importance=[Importance(feature="penalties", fewest=-80_000, most=0)],
    )


@pytest.fixture(scope="module")
def good() -> Validation:
    return validated()


@pytest.fixture(scope="module")
def small() -> Validation:
    return validated(SPLITS[:2])


def outcome(found, name, where="out_of_time"):
    (check,) = [check for check in found.checks if check.name == name and check.split == where]
    return check


def test_every_limit_is_checked_on_every_held_out_split_and_on_no_other(good):
    assert [(check.split, check.name) for check in good.checks] == [
        *((where, name) for where in ("out_of_time", "out_of_region") for name in Limits.model_fields),
        (None, "grades_reached"),
        (None, "monotonicity"),
    ]
    assert good.passed
    assert all(check.outcome == "passed" for check in good.checks)


def test_each_check_shows_the_measure_it_is_about(good):
    held = next(s for s in good.splits if s.name == "out_of_time")
    compared = {item.against: item.difference.value for item in held.comparisons}
    expected = {
        "auc_at_least": held.discrimination.auc.value,
        "ks_at_least": held.discrimination.ks.value,
        "brier_at_most": held.reliability.brier.value,
        "calibration_p_at_least": held.reliability.hosmer_lemeshow.p.value,
        "psi_at_most": held.stability[0].psi.value,
        "feature_psi_at_most": max(item.psi.value for item in held.stability[1:]),
        "segment_auc_gap_at_most": held.segments[0].auc_gap.difference.value,
        "gain_over_public_at_least": compared["public"],
        "loss_to_model_in_use_at_most": -compared["in_use"],
    }
    assert {name: outcome(good, name).found.value for name in Limits.model_fields} == expected
    loss = outcome(good, "loss_to_model_in_use_at_most").found
    assert loss.low <= loss.value <= loss.high


@pytest.mark.parametrize("name", list(Limits.model_fields))
def test_a_limit_out_of_reach_fails_alone_and_the_whole_with_it(good, name):
    beyond = "0.000001" if name.endswith("_at_most") else "0.999999"
    if name == "loss_to_model_in_use_at_most":
        beyond = "-0.9"
    found = validated(draws=0, **{name: beyond})
    assert not found.passed
    assert {check.name for check in found.checks if not check.passed} == {name}
    assert outcome(found, name).outcome == "failed"


def test_a_value_that_equals_its_limit_meets_it():
    perfect = Scored(
        name="later",
        fitted=False,
        bad=[1] * 40 + [0] * 40,
        score=[100_000] * 40 + [900_000] * 40,
        probability=[0.9] * 40 + [0.1] * 40,
    )
    found = validated(
        [perfect], draws=0, in_use=None, auc_at_least="1", ks_at_least="1", brier_at_most="0.01"
    )
    for name in ("auc_at_least", "ks_at_least"):
        assert outcome(found, name, "later").outcome == "passed"


@pytest.mark.parametrize(
    ("without", "name", "why"),
    [
        ("public_score", "gain_over_public_at_least", "no public score"),
        ("score_in_use", "loss_to_model_in_use_at_most", "no score of the model in use"),
        ("segments", "segment_auc_gap_at_most", "no segments"),
        ("features", "feature_psi_at_most", "not in out_of_time"),
    ],
)
def test_what_cannot_be_computed_fails_with_its_reason(without, name, why):
    found = validated([SPLITS[0], split("out_of_time", 2, without=[without])], draws=0)
    check = outcome(found, name)
    assert (check.outcome, check.passed, found.passed) == ("not_computed", False, False)
    assert why in check.found.reason.en
    assert check.found.reason.zh


def test_a_kind_of_segment_that_is_too_small_is_named_beside_the_one_that_was_compared():
    later = split("out_of_time", 2)
    both = later.segments.assign(region=["3301"] * 895 + ["3302"] * 5)
    check = outcome(validated([SPLITS[0], replace(later, segments=both)], draws=0), "segment_auc_gap_at_most")
    assert check.outcome == "passed"
    assert check.detail.en.startswith("Ownership: ")
    assert check.detail.en.endswith("could not be compared: Region")
    assert check.detail.zh.startswith("所有制：")
    assert check.detail.zh.endswith("未能比较：地区")


def test_a_tiny_split_of_one_class_fails_every_limit_it_cannot_answer():
    tiny = Scored(name="tiny", fitted=False, bad=[0, 0], score=[1, 2], probability=[0.1, 0.1])
    found = validated([SPLITS[0], tiny], draws=20)
    failed = {check.name for check in found.checks if not check.passed}
    assert failed >= {
        "auc_at_least",
        "ks_at_least",
        "calibration_p_at_least",
        "segment_auc_gap_at_most",
        "gain_over_public_at_least",
        "loss_to_model_in_use_at_most",
    }
    assert page(found, lang="en")


def test_without_rows_of_a_fit_stability_fails_and_without_held_out_rows_everything():
    alone = validated([SPLITS[1]], draws=0)
    assert outcome(alone, "psi_at_most").outcome == "not_computed"
    only_fit = validated([SPLITS[0]], draws=0)
    assert {check.outcome for check in only_fit.checks[:-2]} == {"not_computed"}
    assert not only_fit.passed


def test_no_model_in_use_must_be_stated_and_then_its_limit_does_not_apply():
    found = validated(in_use=None, draws=0)
    check = outcome(found, "loss_to_model_in_use_at_most")
    assert (check.outcome, check.passed) == ("does_not_apply", True)
    assert found.passed


def test_monotonicity_must_be_proved_for_every_feature_with_a_polarity():
    assert not validated(proof=None, draws=0).passed
    more = (*FEATURES, Feature(name="capital", polarity="better"))
    check = validated(features=more, draws=0).checks[-1]
    assert (check.outcome, check.detail.zh) == ("not_computed", "capital")
    reversed_ = prove_monotone(lambda rows: -scores(rows), SPLITS[0].features, FEATURES, seed=0)
    check = validated(proof=reversed_, draws=0).checks[-1]
    assert (check.outcome, check.detail.en) == ("failed", "Penalties <i> (penalties)")
    assert check.found.value == reversed_.violations > 0
    free = validated(proof=None, features=FEATURES[1:], draws=0).checks[-1]
    assert free.outcome == "passed"


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ([], "no split"),
        ([SPLITS[1], SPLITS[1]], "same name"),
        ([SPLITS[0], split("b", 4, fitted=True)], "fitted"),
    ],
)
def test_splits_that_make_no_sense_are_refused(splits, message):
    with pytest.raises(InputError, match=message):
        validated(splits)


def test_the_same_rows_and_seed_give_the_same_bytes_and_the_numbers_come_back(tmp_path):
    small = validated(SPLITS[:2])
    write_validation(small, tmp_path / "a", lang="zh")
    write_validation(validated(SPLITS[:2]), tmp_path / "b", lang="zh")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["validation.html", "validation.json", "validation.md"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    text = (tmp_path / "a" / "validation.json").read_text(encoding="utf-8")
    assert Validation.model_validate_json(text) == small
    assert json.loads(text)["rules"] == Rules().model_dump()
    with pytest.raises(OutputError, match="exists already"):
        write_validation(small, tmp_path / "a")


class Elements(HTMLParser):
    """Start tags, attributes, and whether everything that opens is closed."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.addresses, self.open, self.texts = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_loads_nothing_and_lets_no_name_become_markup(small, lang):
    html = page(small, lang=lang)
    read = Elements()
    read.feed(html)
    read.close()
    assert read.open == []
    assert not {"script", "b", "i", "link", "img", "iframe"} & set(read.tags)
    assert all(address.startswith("#") for address in read.addresses)
    assert not re.search(r"@import|url\((?!#)", html)
    words = " ".join(read.texts)
    assert "<script>alert(1)</script>" in words
    assert "<b>sector</b>" in words
    assert TEXTS["verdict"].in_language(lang) in words
    assert TEXTS["verdict_passed"].in_language(lang) in words
    assert read.tags.count("svg") == 2 + 4 + 5, (
        "two of all, four of the fit, and with stability five of the rows held out"
    )


def test_every_check_and_outcome_has_words_in_both_languages(good):
    for key in (
        *Limits.model_fields,
        "grades_reached",
        "monotonicity",
        "passed",
        "failed",
        "not_computed",
        "does_not_apply",
    ):
        assert TEXTS[key].zh != TEXTS[key].en


def test_a_name_cannot_break_the_table_of_the_summary():
    named = split("a|b\n<i>\\", 2)
    text = summary(validated([SPLITS[0], named], draws=0), lang="en")
    lines = text.splitlines()
    table = [line for line in lines[: lines.index(TEXTS["verdict_note"].en)] if line.startswith("|")]
    assert len(table) == 2 + len(Limits.model_fields) + 2
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {8}
    assert "<i>" not in text


def test_pictures_are_drawn_in_both_kinds_without_boxes(small):
    drawn = draw_all(small, lang="zh")
    assert {(picture.key, picture.split) for picture in drawn} == {
        ("roc", None),
        ("importance", None),
        *((key, "train") for key in ("ks", "distribution", "calibration", "segment_auc")),
        *((key, "out_of_time") for key in ("ks", "distribution", "calibration", "psi", "segment_auc")),
    }
    assert all(ElementTree.fromstring(picture.content).tag.endswith("svg") for picture in drawn)
    assert all(b"currentColor" in picture.content for picture in drawn)
    english = Lettering.choose("en")
    assert english.name("国有", 2) == "#2", "the font that comes with matplotlib has no Chinese"
    assert english.name("state", 2) == "state"
    letters = Lettering.choose("zh")
    assert letters.can_write(letters.say("roc"))


def test_pictures_may_be_png():
    plain = split("later", 2, rows=200, without=["segments"])
    drawn = draw_all(validated([plain], draws=0), lang="en", kind="png")
    assert all(picture.content.startswith(b"\x89PNG") for picture in drawn)
