"""A small sector with weights, judgments of two experts, and an archive of invented firms."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from policy.texts import write_policy

ON = date(2025, 12, 31)

SECTOR = """\
# 示例行业评价: comments must survive.
scorecard: sector-demo
edition: "1"
subject_type: enterprise
title: {zh: 行业示例, en: Sector demo}
in_force: {from: 2024-01-01}
extends: demo
authority: [law art. 1]
basis: assumed
total: 1000
dimensions:
  base:
    title: {zh: 公共信用, en: Public credit}
    points: 100   # = 0.1 x 1000
    basis: assumed
    indicators:
      public:
        title: {zh: 公共信用得分, en: Public score}
        weight: 0.1  # stated by the measures
        points: 100
        basis: assumed
        start: zero
        no_record: 60
        measure: {kind: public_score}
        curve: {linear: {per: 1, points: 1}}
  conduct:
    title: {zh: 行为, en: Conduct}
    points: 650
    basis: assumed
    groups:
      sanctions:
        title: {zh: 制裁, en: Sanctions}
        points: 500
        basis: assumed
        indicators:
          penalties:
            title: {zh: 处罚, en: Penalties}
            weight: 0.3
            points: 100
            basis: assumed
            start: full
            no_record: full
            measure:
              kind: event_points
              items: {a.penalty: {minor: -5, general: -20, serious: -60}}
              window: 36 months
          listings: {title: {zh: 名单, en: "Listings, weight: 9"}, points: 100, weight: 0.2, basis: assumed, start: full, no_record: full, measure: {kind: event_points, items: {a.listing: -50}, window: all}}
      money:
        title: {zh: 欠款, en: Money}
        points: 150
        basis: assumed
        indicators:
          arrears:
            title: {zh: 欠款, en: Arrears}
            weight: 0.150
            points: 100
            basis: assumed
            start: full
            no_record: full
            measure: {kind: sum, items: [a.arrears], window: all, value_at_least: 0}
            curve:
              steps:
                - {below: 1000, points: 0}
                - {from: 1000, below: 5000, points: -40}
                - {from: 5000, points: -100}
  merit:
    title: {zh: 优良, en: Merit}
    points: 250
    basis: assumed
    indicators:
      honours:
        title: {zh: 荣誉, en: Honours}
        weight: 0.15
        points: 100
        basis: assumed
        start: zero
        no_record: zero
        measure: {kind: count, items: [a.honour], window: all}
        curve: {linear: {per: 1, points: 25}}
      rating:
        title: {zh: 评级, en: Rating}
        weight: 0.1
        points: 100
        basis: assumed
        start: zero
        no_record: 40
        measure: {kind: latest_level, items: [a.rating], window: all}
        curve: {levels: {high: 100, low: 50}}
grades:
  good: {title: {zh: 良好, en: Good}, from: 780}
  fair: {title: {zh: 中等, en: Fair}, from: 650}
  poor: {title: {zh: 较差, en: Poor}, otherwise: true}
weighing:
  rounding: 0.005
  consistency_at_most: 0.1
  bounds:
    at_least: 0.01
    at_most: 0.6
    indicators:
      public: {at_least: 0.1, at_most: 0.1}
  combine: {rule: linear, shares: {group-ahp: 0.6, entropy: 0.4}}
  sensitivity: {noise: [0.1, 0.2], draws: 200, seed: 7, interval: 0.95, list_subjects: 5}
  experts:
    supervision:
      title: {zh: 监管处负责人, en: Head of supervision}
      importance: 2
      weights: {public: 0.1, penalties: 0.3, listings: 0.2, arrears: 0.15, honours: 0.15, rating: 0.1}
      judgments:
        dimensions:
          conduct over base: 3
          conduct over merit: 2
          base over merit: 1/2
        indicators:
          conduct:
            penalties over listings: 2
            penalties over arrears: 3
            listings over arrears: 2
          merit:
            honours over rating: 1
    association:
      title: {zh: 行业协会秘书长, en: Secretary of the association}
      judgments:
        dimensions:
          conduct over base: 4
          conduct over merit: 1
          base over merit: 1/4
        indicators:
          conduct:
            penalties over listings: 1
            penalties over arrears: 2
            listings over arrears: 2
          merit:
            honours over rating: 3
"""


def sector_folder(folder: Path, text: str = SECTOR) -> Path:
    """The sector's file beside the small policy it rests on; returns the file."""
    write_policy(folder / "policy")
    path = folder / "sector.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def archive(folder: Path, *, firms: int = 200, seed: int = 1) -> tuple[Path, Path]:
    """Subjects and records of invented firms, as CSV."""
    draw = random.Random(seed)
    subjects = ["subject_id,subject_type,region_code"]
    records = ["record_id,subject_id,item,level,value,occurred_on,recorded_on,event_id,source"]
    for number in range(firms):
        subjects.append(f"firm-{number:04},enterprise,330106")
        for item, level, chance in (
            ("a.penalty", "general", 0.35), ("a.penalty", "minor", 0.3), ("a.penalty", "serious", 0.1), ("a.listing", "", 0.15),
            ("a.arrears", "", 0.3), ("a.honour", "", 0.5), ("a.honour", "", 0.3), ("a.rating", "high", 0.3), ("a.rating", "low", 0.2),
        ):  # fmt: skip
            if draw.random() < chance:
                day = ON - timedelta(days=draw.randrange(1, 900))
                value = str(draw.randrange(100, 9000)) if item == "a.arrears" else ""
                records.append(f"r{len(records)},firm-{number:04},{item},{level},{value},{day},{day},,office")
    for name, rows in (("subjects", subjects), ("records", records)):
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "subjects.csv", folder / "records.csv"
