"""The papers as files: both languages kept apart, nothing loaded from elsewhere, nothing taken for markup, a typed register entry."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import jsonschema
import pytest

from credit_scoring import Policy, load_policy
from credit_scoring.errors import ReleaseError
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.paperwork import NAMES, RegisterEntry, dossier_papers, read_training
from credit_scoring.releases.paperwork.rendering import plain
from credit_scoring.releases.terms import load_terms
from credit_scoring.sectors.training import train_to_folder
from releases.paperwork_cases import (
    AUTHOR,
    CARDS,
    LANGUAGES,
    card_of,
    check,
    manifest_of,
    papers_of,
    read_html,
    sha256,
    shipped,
)
from releases.serving_cases import gradient_policy
from sectors.small_sector import sector_folder
from sectors.test_training import SOURCES, rests_on

HOSTILE = "<script>alert('x')</script> | `a` *b* [c](javascript:d) & \"e\""
each_card = pytest.mark.parametrize("name", CARDS)
each_language = pytest.mark.parametrize("lang", LANGUAGES)


@each_card
def test_a_release_has_every_paper_in_both_languages_and_both_forms(name: str) -> None:
    assert tuple(sorted(papers_of(name))) == tuple(sorted(NAMES))
    assert len(NAMES) == 3 * 2 * 2 + 1


def test_the_same_release_gives_the_same_bytes() -> None:
    card = card_of("public-government-agency@2020")
    again = dossier_papers(shipped(), card, manifest_of(shipped(), card), load_terms().terms)
    assert {p.name: sha256(p.text) for p in again} == {
        name: sha256(text) for name, text in papers_of(card.id).items()
    }


@each_card
def test_chinese_papers_have_no_english_sentence(name: str) -> None:
    for paper in ("model-card", "public-notice", "register-entry"):
        for text in read_html(papers_of(name)[f"{paper}.zh.html"]).texts:
            if "credit-scoring " in text:
                continue
            assert not re.search(r"[A-Za-z]{2,}[ ,]+[A-Za-z]{2,}[ ,]+[A-Za-z]{2,}", text), text


@each_card
def test_english_papers_have_no_chinese_but_numbers_of_texts_and_names_of_people(name: str) -> None:
    numbers = {text.number for text in shipped().instruments.values() if text.number}
    for paper in ("model-card", "public-notice", "register-entry"):
        for text in read_html(papers_of(name)[f"{paper}.en.html"]).texts:
            assert text in numbers or not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text.replace(AUTHOR, "")), text  # fmt: skip


@each_card
def test_html_is_one_file_that_loads_and_runs_nothing(name: str) -> None:
    for paper, text in papers_of(name).items():
        if not paper.endswith(".html"):
            continue
        page = read_html(text)
        assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "a", "form"}
        assert not {key for _, attrs in page.tags for key in attrs} & {"src", "href", "onclick", "onload"}
        assert "@import" not in text
        assert "url(" not in text
        closing = Counter(re.findall(r"</(\w+)>", text))
        opening = Counter(tag for tag, _ in page.tags if tag not in ("meta", "br", "col"))
        assert opening == closing
        (lang,) = [attrs["lang"] for tag, attrs in page.tags if tag == "html"]
        assert lang == ("zh-CN" if ".zh." in paper else "en")


@each_card
def test_markdown_tables_are_whole(name: str) -> None:
    for paper, text in papers_of(name).items():
        if not paper.endswith(".md"):
            continue
        lines = text.split("\n")
        bars = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
        for before, number, line in zip(bars, bars[1:], lines[1:], strict=False):
            if before and number:
                assert before == number, line
        heads = [i for i, line in enumerate(lines) if re.fullmatch(r"\|( --- \|)+", line)]
        assert len(heads) > 5
        assert all(bars[i - 1] == bars[i] == bars[i + 1] and bars[i - 2] == 0 for i in heads)


def hostile_card() -> tuple[Policy, Scorecard]:
    """A scorecard whose every kind of title is an attack."""
    card = card_of("public-government-agency@2020")
    title = Title(zh=HOSTILE, en=HOSTILE)
    name, dimension = next(iter(card.dimensions.items()))
    dimensions = {**card.dimensions, name: dimension.model_copy(update={"title": title})}
    grades = {code: grade.model_copy(update={"title": title}) for code, grade in card.grades.items()}
    overrides = {code: o.model_copy(update={"title": title}) for code, o in card.overrides.items()}
    bad = card.model_copy(
        update={"title": title, "dimensions": dimensions, "grades": grades, "overrides": overrides}
    )
    editions = tuple(
        replace(e, card=bad, written=bad) if e.card.id == card.id else e for e in shipped().editions
    )
    catalogue = {
        code: item.model_copy(update={"title": title, "source": title})
        for code, item in shipped().catalogue.items()
    }
    return replace(shipped(), editions=editions, catalogue=catalogue), bad


def test_hostile_titles_are_text_in_html_and_in_markdown() -> None:
    policy, card = hostile_card()
    manifest = manifest_of(policy, card, validation=(check(title=HOSTILE, failed=True),))
    for paper in dossier_papers(policy, card, manifest, load_terms().terms):
        if paper.name.endswith(".html"):
            page = read_html(paper.text)
            assert "script" not in {tag for tag, _ in page.tags}
            assert any(HOSTILE in text for text in page.texts)
        elif paper.name.endswith(".md"):
            assert not re.search(r"(?<!\\)<(?!br>)", paper.text)
            assert plain(HOSTILE) in paper.text
        else:
            assert json.loads(paper.text)["name"]["en"] == HOSTILE


@each_card
def test_the_register_entry_satisfies_its_own_schema_and_says_both_languages(name: str) -> None:
    text = papers_of(name)["register-entry.json"]
    content = json.loads(text)
    schema = RegisterEntry.model_json_schema(mode="serialization")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    entry = RegisterEntry.model_validate_json(text)
    assert entry.model_dump_json(indent=2) + "\n" == text
    card = card_of(name)
    assert (entry.identifier, entry.indicators) == (name, len(list(card.places())))
    assert [c.grade for c in entry.consequences] == [g.title for g in card.grades.values()]
    known = {t.key for t in entry.legal_texts}
    assert {ref.split(" ")[0] for d in entry.data for ref in d.legal_basis} <= known
    assert {
        ref.split(" ")[0] for w in (entry.enquiry, entry.objection, entry.repair) for ref in w.legal_basis
    } <= known
    for category in entry.data:
        item = shipped().catalogue[category.item]
        assert (category.personal_data, category.source) == (item.personal_data, item.source)
    assert sum(entry.personal_data_classes.values()) == len(entry.data) > 10
    missing = {"supplier", "website", "impact_assessment"}
    assert {key for key in missing if content[key] is None} == missing


def test_the_fields_of_the_register_entry_stay() -> None:
    fields = (
        "format identifier name description kind owner contact supplier website purpose decision_supported effect_on_people "
        "subjects automated human_review legal_basis legal_texts data personal_data_classes logic indicators standing "
        "consequences performance risks mitigations impact_assessment monitoring retention enquiry objection repair edition "
        "may_be_in_force_from may_be_in_force_until built_at author program_version hashes status"
    )
    assert tuple(RegisterEntry.model_fields) == tuple(fields.split()), "a change of fields needs a new format"


@each_card
@each_language
def test_the_model_card_has_hashes_indicators_checks_and_says_what_is_missing(name: str, lang: str) -> None:
    card = card_of(name)
    manifest = manifest_of(shipped(), card)
    page = read_html(papers_of(name)[f"model-card.{lang}.html"])
    shown = " ".join(page.texts)
    for text in (
        manifest.policy_sha256,
        manifest.content_sha256,
        manifest.code.sha256,
        manifest.code.lock_sha256,
        AUTHOR,
    ):
        assert text in shown
    for place in card.places():
        assert place.indicator in shown
        assert place.rule.title.in_language(lang) in shown
    assert manifest.validation[0].id in shown
    weights = [p.rule.weight for e in shipped().editions if e.card == card for p in e.written.places()]
    assert all(str(w.normalize()) in shown for w in weights if w is not None)
    tested = {"zh": "没有与后来的失信结果对照检验过", "en": "have not been tested against later outcomes"}
    assert tested[lang] in shown


def test_a_failed_check_stands_among_the_weaknesses() -> None:
    card = card_of("public-government-agency@2020")
    manifest = manifest_of(shipped(), card, validation=(check(failed=True),))
    papers = {p.name: p.text for p in dossier_papers(shipped(), card, manifest, load_terms().terms)}
    assert "Check “Golden rows” failed: 7, limit 0." in papers["model-card.en.md"]
    assert (
        "Of 1 checks at the time of the build, 0 passed or do not apply; 1 failed"
        in papers["model-card.en.md"]
    )


# Learnt evaluations


@cache
def learnt() -> Path:
    folder = sector_folder(Path(mkdtemp()))
    out = folder / "learnt"
    train_to_folder(
        folder / "sector.yaml", policy=rests_on(folder), sources=SOURCES, out=out, family="woe", draws=2, lang="en"
    )  # fmt: skip
    return out


def test_a_learnt_evaluation_states_its_data_and_what_was_not_handed_in() -> None:
    out = learnt()
    policy = load_policy(out / "scorecard.yaml", *rests_on(out.parent))
    card = next(card for card in policy.scorecards if card.extends is not None)
    training = read_training(out / "training.json")
    raw = json.loads((out / "training.json").read_text(encoding="utf-8"))
    manifest = manifest_of(policy, card, on=date(2025, 3, 31), training=training)
    terms = load_terms().terms
    with_papers = {p.name: p.text for p in dossier_papers(policy, card, manifest, terms, training=training)}
    without = {p.name: p.text for p in dossier_papers(policy, card, manifest, terms)}
    tables = read_html(with_papers["model-card.en.html"]).tables
    (facts,) = [t for t in tables if ["Outcome foreseen"] in [row[0] for row in t]]
    shown = {row[0][0]: row[1][0] for row in facts}
    bads = sum(split["bads"] for split in raw["cohort"]["splits"])
    assert shown["Rows"] == str(raw["cohort"]["used"])
    assert shown["Rows with the outcome"] == str(bads)
    assert shown["Base rate"] == f"{100 * bads / raw['cohort']['used']:.1f} %"
    for used in raw["inputs"]:
        assert used["sha256"] in with_papers["model-card.zh.html"]
    assert "not handed in with this card" not in with_papers["model-card.en.md"]
    assert "not handed in with this card" in without["model-card.en.md"]
    directions = {row[0][1]: row[2][0] for t in tables for row in t if len(row[0]) == 2 and len(row) == 5}
    # By hand: penalties deduct, the time since one heals, and the age was declared free.
    assert directions["sanctions"] == "more records, fewer points"
    assert directions["since_penalty"] == "the larger, the more points"
    assert directions["age"] == "either way"


def test_a_gradient_model_is_said_to_give_the_points_itself() -> None:
    policy = gradient_policy()
    card = next(card for card in policy.scorecards if card.model is not None)
    manifest = manifest_of(policy, card, on=date(2025, 3, 31))
    papers = {p.name: p.text for p in dossier_papers(policy, card, manifest, load_terms().terms)}
    assert "given by the model" in papers["public-notice.en.md"]
    assert "SHAP核对情况：没有随本说明书提供" in papers["model-card.zh.md"]
    entry = RegisterEntry.model_validate_json(papers["register-entry.json"])
    assert entry.logic.en.startswith("A model gives points")
    assert entry.standing["learnt"] == entry.indicators


def test_training_papers_that_lack_something_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="cannot be read"):
        read_training(tmp_path / "training.json")
    (tmp_path / "training.json").write_text('{"version": "1"}', encoding="utf-8")
    with pytest.raises(ReleaseError, match="libraries: Field required: run `train` again"):
        read_training(tmp_path / "training.json")
