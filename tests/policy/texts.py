"""One small valid policy as text. Tests change one thing in it and see what is said about that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from credit_scoring.errors import Problem
from credit_scoring.policy.loading import check_files

INSTRUMENTS = """\
instruments:
  law: {title: {zh: 法律, en: The law}, issuer: {zh: 机关, en: Office}, standing: assumed}
"""

_ITEM = "source: {zh: 部门, en: Department}, openness: public, update_frequency: daily, validity: permanent, "
_ITEM += "publicity: permanent, retention: permanent, legal_basis: [law]"
_RANKS = (
    "levels: {minor: {zh: 轻, en: Minor}, general: {zh: 中, en: General}, serious: {zh: 重, en: Serious}}"
)
_FIRM = "subject_types: [enterprise], personal_data: none"
_BOTH = "subject_types: [enterprise, natural_person], personal_data"

CATALOGUE = f"""\
catalogue: demo
items:
  a.penalty: {{title: {{zh: 处罚, en: Penalty}}, entry: bad, polarity: worse, {_RANKS}, {_FIRM}, {_ITEM}}}
  a.listing: {{title: {{zh: 名单, en: Listing}}, entry: bad, polarity: worse, {_FIRM}, {_ITEM}}}
  a.arrears: {{title: {{zh: 欠款, en: Arrears}}, entry: bad, polarity: worse, unit: CNY, {_FIRM}, {_ITEM}}}
  a.honour: {{title: {{zh: 荣誉, en: Honour}}, entry: good, polarity: better, {_FIRM}, {_ITEM}}}
  a.rating: {{title: {{zh: 评级, en: Rating}}, entry: good, polarity: better, levels: {{high: {{zh: 高, en: High}}, low: {{zh: 低, en: Low}}}}, {_FIRM}, {_ITEM}}}
  a.note: {{title: {{zh: 备注, en: Note}}, entry: other, polarity: neutral, {_FIRM}, {_ITEM}}}
  a.secret: {{title: {{zh: 禁止, en: Secret}}, entry: other, polarity: neutral, {_BOTH}: prohibited, {_ITEM}}}
  a.income: {{title: {{zh: 收入, en: Income}}, entry: other, polarity: neutral, {_BOTH}: consent_required, {_ITEM}}}
  a.person: {{title: {{zh: 个人, en: Person}}, entry: other, polarity: neutral, subject_types: [natural_person], personal_data: ordinary, {_ITEM}}}
"""

CARD = """\
scorecard: demo
edition: "1"
subject_type: enterprise
title: {zh: 示例, en: Demo}
in_force: {from: 2024-01-01}
authority: [law art. 1]
basis: published
total: 100
dimensions:
  conduct:
    title: {zh: 行为, en: Conduct}
    points: 60
    basis: published
    groups:
      sanctions:
        title: {zh: 制裁, en: Sanctions}
        points: 50
        basis: published
        indicators:
          penalties:
            title: {zh: 处罚, en: Penalties}
            points: 40
            basis: published
            start: full
            no_record: full
            measure:
              kind: event_points
              items:
                a.penalty: {minor: -1, general: -5, serious: -20}
              window: 36 months
              cap: -30
          listings:
            title: {zh: 名单, en: Listings}
            points: 10
            basis: published
            start: full
            no_record: full
            measure:
              kind: event_points
              items: {a.listing: -10}
              window: all
      ratings:
        title: {zh: 评级, en: Ratings}
        points: 10
        basis: published
        indicators:
          rating:
            title: {zh: 评级, en: Rating}
            points: 10
            basis: published
            start: zero
            no_record: zero
            measure: {kind: latest_level, items: [a.rating], window: all}
            curve: {levels: {high: 10, low: 2.5}}
  merit:
    title: {zh: 优良, en: Merit}
    points: 40
    basis: published
    indicators:
      honours:
        title: {zh: 荣誉, en: Honours}
        points: 10
        basis: published
        start: zero
        no_record: zero
        measure: {kind: count, items: [a.honour], window: all}
        curve: {linear: {per: 1, points: 5}}
      arrears:
        title: {zh: 欠款, en: Arrears}
        points: 30
        basis: published
        start: full
        no_record: full
        measure: {kind: sum, items: [a.arrears], window: 12 months, value_at_least: 0}
        curve:
          steps:
            - {below: 1000, points: 0}
            - {from: 1000, below: 5000, points: -10}
            - {from: 5000, points: -30}
event_groups:
  same_case: {title: {zh: 同案, en: Same case}, indicators: [penalties, listings]}
overrides:
  listed:
    title: {zh: 列入名单, en: Listed}
    when: {items: [a.penalty], levels: [serious]}
    effect: {grade: poor}
    authority: [law art. 2]
    basis: assumed
grades:
  good: {title: {zh: 良好, en: Good}, from: 80}
  fair: {title: {zh: 中等, en: Fair}, from: 50}
  poor: {title: {zh: 较差, en: Poor}, otherwise: true}
"""


def changed(text: str, old: str, new: str) -> str:
    """The text with one thing changed; `old` must stand in it once."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def line_of(text: str, needle: str) -> int:
    """Line of the only place where the needle stands."""
    assert text.count(needle) == 1, f"{needle!r} stands {text.count(needle)} times"
    return text[: text.index(needle)].count("\n") + 1


def write_policy(
    folder: Path, card: str = CARD, *, catalogue: str = CATALOGUE, instruments: str = INSTRUMENTS
) -> Path:
    """The policy as three files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("card", card), ("catalogue", catalogue), ("instruments", instruments)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def found(folder: Path) -> list[tuple[str, int, str]]:
    """File name, line and code of every problem, warnings among them."""
    return [(Path(p.file).name, p.line, p.code) for p in problems(folder)]


def problems(folder: Path) -> Sequence[Problem]:
    """Every problem of the files of a folder."""
    return check_files([folder])[1]
