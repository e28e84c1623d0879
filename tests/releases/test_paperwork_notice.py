"""The public notice says everything the scorecard does, and nothing else: read back from its HTML and compared."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from credit_scoring.policy.gathering import default_configs
from credit_scoring.policy.language import Indicator
from credit_scoring.policy.measures import EventPoints, LevelsCurve, LinearCurve, PerUnit, StepsCurve
from credit_scoring.releases.terms import load_terms
from oracle.evaluation import edition_in_force, evaluate
from oracle.reading import Dates, Node, Record, Subject, read_catalogue, read_yaml
from releases.paperwork_cases import CARDS, LANGUAGES, ON, card_of, papers_of, read_html, shipped

each_card = pytest.mark.parametrize("name", CARDS)
each_language = pytest.mark.parametrize("lang", LANGUAGES)


def tables_of(name: str, lang: str) -> list[list[list[list[str]]]]:
    return read_html(papers_of(name)[f"public-notice.{lang}.html"]).tables


def rows_of_indicators(name: str, lang: str) -> list[list[list[str]]]:
    """The rows of annex 1, in order."""
    heads = [["指标"], ["怎么计分"]] if lang == "zh" else [["Indicator"], ["How it counts"]]
    tables = [table for table in tables_of(name, lang) if table[0][:2] == heads]
    return [row for table in tables for row in table[1:] if len(row) > 1]


@each_card
@each_language
def test_every_heading_grade_override_and_legal_text_is_named(name: str, lang: str) -> None:
    card, shown = card_of(name), " ".join(read_html(papers_of(name)[f"public-notice.{lang}.html"]).texts)
    titles = [
        card.title,
        *(d.title for d in card.dimensions.values()),
        *(p.rule.title for p in card.places()),
    ]
    titles += [g.title for d in card.dimensions.values() for g in d.groups.values()]
    titles += [g.title for g in card.grades.values()] + [o.title for o in card.overrides.values()]
    titles += [g.title for g in card.event_groups.values()]
    cited = {ref.split(" ")[0] for place in card.places() for ref in card.authority_of(place)}
    cited |= {ref for o in card.overrides.values() for ref in o.authority} | set(card.authority)
    for key in cited:
        text = shipped().instruments[key]
        titles += [text.title, text.issuer]
        assert text.number is None or text.number in shown
    terms = load_terms().terms
    titles += [step for way in (terms.enquiry, terms.objection, terms.repair) for step in way.how]
    titles += [terms.publisher.name, terms.publisher.contact]
    assert [t.in_language(lang) for t in titles if t.in_language(lang) not in shown] == []
    assert len(titles) > 40


@each_card
@each_language
def test_every_indicator_has_a_row_with_its_bounds_its_sources_and_its_own_texts(
    name: str, lang: str
) -> None:
    card, rows = card_of(name), rows_of_indicators(name, lang)
    places = list(card.places())
    assert [row[0][0] for row in rows] == [p.rule.title.in_language(lang) for p in places]
    numbered = {row[1][0]: row[0][0] for row in tables_of(name, lang)[-1][1:]}
    for place, (first, _, sources, basis) in zip(places, rows, strict=True):
        bounds = [Decimal(n.replace("−", "-")) for n in re.findall(r"−?[0-9.]+", first[1])]
        floor = [] if place.rule.floor == "none" else [place.rule.floor]
        assert bounds == [*floor, place.rule.points]
        marks = re.findall(r"[\[〔]\d+[\]〕]", basis[0])
        keys = [ref.split(" ")[0] for ref in card.authority_of(place)]
        assert marks == [numbered[shipped().instruments[key].title.in_language(lang)] for key in keys]
        codes = getattr(place.rule.measure, "items", ())
        for code in codes:
            assert shipped().catalogue[code].source.in_language(lang) in sources[0]


def signed(zh: str) -> Decimal:
    """扣3分, 加8分, 0分 or 20分 as a number."""
    number = Decimal(re.search(r"[0-9.]+", zh)[0])  # type: ignore[index]
    return -number if zh.startswith("扣") else number


def read_back(rule: Indicator, lines: list[str]) -> Any:
    """The points of a rule, from the Chinese sentences alone."""
    catalogue = shipped().catalogue
    if isinstance(rule.measure, EventPoints) and rule.curve == "identity":
        found: dict[str, Any] = {}
        for code in rule.measure.items:
            item = catalogue[code]
            (line,) = [x for x in lines if re.match(re.escape(item.title.zh) + "：.*分", x)]
            body = line[len(item.title.zh) + 1 :]
            if per := re.match(r"每([0-9.]+)元([扣加][0-9.]+分)", body):
                found[code] = Decimal(per[1]), signed(per[2])
                continue
            by_title = {title.zh: level for level, title in item.levels.items()} | {"其他等级": "other"}
            parts = [part.rsplit(" ", 1) for part in body.split("；")]
            if len(parts[0]) == 1:
                found[code] = signed(body)
            else:
                found[code] = {by_title[t]: signed(p) for t, p in parts if t in by_title}
                assert all(signed(p) == 0 for t, p in parts if t not in by_title)
        return found
    (line,) = [x for x in lines if x.startswith("有记录：")]
    body = re.sub(r"^有记录：从[−0-9.]+分起，", "", line)
    if isinstance(rule.curve, LinearCurve):
        per = re.search(r"每([0-9.]+)?", body.split("：")[-1])
        assert per is not None
        points = re.search(r"[扣加][0-9.]+分", body)
        return Decimal(per[1] or 1), signed(points[0]) if points else Decimal(0)
    return [signed(x) for x in re.findall(r" ([扣加]?[0-9.]+分)", body)]


def stated(rule: Indicator) -> Any:
    """The same from the policy."""
    if isinstance(rule.measure, EventPoints) and rule.curve == "identity":
        return {
            code: (p.per, p.points) if isinstance(p, PerUnit) else p for code, p in rule.measure.items.items()
        }
    if isinstance(rule.curve, LinearCurve):
        return rule.curve.linear.per, rule.curve.linear.points
    if isinstance(rule.curve, StepsCurve):
        return [b.points for b in rule.curve.steps]
    assert isinstance(rule.curve, LevelsCurve)
    return list(rule.curve.levels.values())


@each_card
def test_the_points_of_every_rule_can_be_read_back_from_the_paper(name: str) -> None:
    rows = rows_of_indicators(name, "zh")
    for place, row in zip(card_of(name).places(), rows, strict=True):
        assert read_back(place.rule, row[1]) == stated(place.rule), place.indicator


@each_card
def test_limits_of_grades_and_shares_of_inspections_are_those_of_the_policy(name: str) -> None:
    card, terms = card_of(name), load_terms().terms
    tables = [t for t in tables_of(name, "zh") if t[0][0] == ["等级"]]
    if not card.grades:
        assert tables == []
        return
    (table,) = tables
    ratios = terms.inspections_of(card.scorecard)
    assert ratios is not None
    for (code, grade), (title, limits, share) in zip(card.grades.items(), table[1:], strict=True):
        assert title == [grade.title.zh]
        assert Decimal(share[0].removesuffix(" %")) == ratios.ratios[code] * 100
        if grade.from_ is not None:
            assert Decimal(re.match(r"[0-9.]+", limits[0])[0]) == grade.from_  # type: ignore[index]
        else:
            assert limits[0] == ("不符合以上各等级的" if grade.otherwise else "仅由直接判定给出")
        assert (len(limits) > 1) == (grade.requires is not None)


def parsed_day(zh: str) -> date:
    year, month, day = map(int, re.findall(r"\d+", zh))
    return date(year, month, day)


def examples_of(name: str) -> tuple[list[list[list[str]]], list[Record]]:
    """The table of examples, and the records that its first row describes."""
    (table,) = [t for t in tables_of(name, "zh") if t[0][0] == ["项目"] and t[0][-1][0].startswith("例")]
    records = []
    for number, lines in enumerate(table[1][1:]):
        if lines == ["没有任何记录"]:
            continue
        items = {
            i.title.zh: code
            for code, i in shipped().catalogue.items()
            if card_of(name).subject_type in i.subject_types
        }
        code = items[lines[0]]
        facts = dict(line.split("：", 1) for line in lines[1:])
        levels = {title.zh: level for level, title in shipped().catalogue[code].levels.items()}
        day = parsed_day(facts["发生日"])
        repaired = parsed_day(facts["已修复"]) if "已修复" in facts else None
        level = levels[facts["等级"]] if "等级" in facts else None
        records.append(
            Record(record_id=f"r{number}", subject_id=f"s{number}", item=code, occurred_on=day, recorded_on=day,
                   level=level, repaired_on=repaired)
        )  # fmt: skip
    return table, records


@cache
def slow_catalogue() -> Node:
    return read_catalogue(*sorted((default_configs() / "catalogue").glob("*.yaml")))


@each_card
def test_worked_examples_are_what_a_slow_oracle_gives_for_the_records_they_show(name: str) -> None:
    card = card_of(name)
    table, records = examples_of(name)
    configs = default_configs()
    catalogue = slow_catalogue()
    node = read_yaml(written(configs, card.id).read_text(encoding="utf-8"))
    base = None
    if card.extends is not None:
        files = sorted((configs / "public").glob(f"{card.extends}-*.yaml"))
        base = edition_in_force([read_yaml(f.read_text(encoding="utf-8")) for f in files], ON)
    born = parsed_day(
        next(t for t in read_html(papers_of(name)["public-notice.zh.html"]).texts if "虚构的" in t).split(
            "）"
        )[0]
    )
    people = [
        Subject(subject_id=f"s{n}", subject_type=card.subject_type, established_on=born)
        for n in range(len(table[0]) - 1)
    ]
    results = evaluate(node, catalogue, people, records, Dates(on=ON, known_by=ON), base=base)
    shown = {row[0][0]: row[1:] for row in table[1:]}
    assert len(people) >= 3
    for number, person in enumerate(people):
        result = results[person.subject_id]
        assert Decimal(shown["得分"][number][0]) == Decimal(result.score.numerator) / result.score.denominator
        for code, dimension in card.dimensions.items():
            points = result.scored.dimensions[code]
            got = Decimal(shown[dimension.title.zh][number][0].replace("−", "-"))
            assert got == Decimal(points.numerator) / points.denominator
        if card.grades:
            assert result.grade is not None
            assert shown["等级"][number] == [card.grades[result.grade].title.zh]
    # One entry takes points, its repair gives some back, and a listing is met by an override.
    scores = [Decimal(cell[0]) for cell in shown["得分"]]
    assert scores[1] < scores[2] <= scores[0]
    assert shown["直接判定"][-1] != ["无"]


def written(configs: Path, name: str) -> Path:
    scorecard, edition = name.split("@")
    (file,) = [
        *configs.glob(f"public/{scorecard}-{edition}.yaml"),
        *configs.glob(f"sectors/{scorecard}.yaml"),
    ]
    return file


def test_the_assumed_is_called_assumed_and_counted() -> None:
    card = card_of("public-enterprise@2020")
    assumed = sum(p.rule.basis == "assumed" for p in card.places())
    published = sum(p.rule.basis == "published" for p in card.places())
    text = papers_of(card.id)["public-notice.en.html"]
    assert 0 < published < assumed
    assert f"the most points of {published} and" in text
    assert f"the points of {assumed} and" in text
    row = next(r for r in rows_of_indicators(card.id, "en") if r[0][0] == "Abnormal operation")
    assert row[3][1:] == ["points: published", "rule: assumed, to be confirmed"]
