"""A small sector over the small public scorecard of `policy.texts`, and records whose outcome follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pyarrow as pa

from credit_scoring import Policy, load_policy
from policy.texts import CARD, write_policy
from scoring.small import RECORDS, SUBJECTS

SECTOR = """\
scorecard: sector
edition: "1"
subject_type: enterprise
title: {zh: 行业, en: Sector}
in_force: {from: 2024-01-01}
authority: [law art. 4]
basis: assumed
extends: demo
total: 1000
dimensions:
  public:
    title: {zh: 公共, en: Public}
    points: 300
    basis: assumed
    indicators:
      public_credit:
        title: {zh: 公共信用, en: Public credit}
        points: 100
        weight: 0.3
        start: zero
        no_record: 60
        basis: assumed
        measure: {kind: public_score}
        curve: {linear: {per: 1, points: 1}}
  own:
    title: {zh: 行业, en: Own}
    points: 700
    basis: assumed
    indicators:
      sanctions:
        title: {zh: 处罚, en: Sanctions}
        points: 100
        weight: 0.45
        start: full
        no_record: full
        basis: assumed
        measure: {kind: event_points, items: {a.penalty: {minor: -3, general: -7, serious: -50}}, window: 24 months, cap: -80}
      debts:
        title: {zh: 欠款, en: Debts}
        points: 100
        weight: 0.1
        start: full
        no_record: full
        basis: assumed
        measure: {kind: sum, items: [a.arrears], window: 24 months, value_at_least: 0}
        curve: {steps: [{below: 1000, points: 0}, {from: 1000, below: 5000, points: -33.3}, {from: 5000, points: -100}]}
      merits:
        title: {zh: 荣誉, en: Merits}
        points: 100
        weight: 0.1
        start: zero
        no_record: zero
        basis: assumed
        measure: {kind: count, items: [a.honour], window: 24 months}
        curve: {linear: {per: 1, points: 25}}
      rating:
        title: {zh: 评级, en: Rated}
        points: 100
        weight: 0.05
        start: zero
        no_record: 40
        basis: assumed
        measure: {kind: latest_level, items: [a.rating], window: all}
        curve: {levels: {high: 100, low: 20}}
overrides:
  publicly_poor:
    title: {zh: 公共信用较差, en: Publicly poor}
    when: {subject: public_grade, one_of: [poor]}
    effect: {grade_at_most: weak}
    basis: assumed
grades:
  strong: {title: {zh: 好, en: Strong}, from: 800}
  weak: {title: {zh: 差, en: Weak}, otherwise: true}
"""
TRAINING = """\
training:
  outcome: {title: {zh: 事故, en: Accident}, window: 12 months, unlabelled: good}
  observe: [2024-03-31, 2025-03-31]
  hold_out: {from: 2025-03-31, share: 0.3}
  features:
    since_penalty:
      title: {zh: 距上次处罚, en: Months since a penalty}
      dimension: own
      measure: {kind: months_since, items: [a.penalty], window: 36 months}
    age:
      title: {zh: 年龄, en: Age}
      dimension: public
      measure: {kind: months_since, date: established_on}
  polarity:
    age: {polarity: free, reason: age may speak either way here}
    rating: {polarity: worse, reason: the value is the rank of the rating}
  scale: {base_score: 600, base_odds: 10, pdo: 60}
  grade_shares: {strong: 0.4}
  limits: {auc_at_least: 0.55, ks_at_least: 0.05, brier_at_most: 0.3, calibration_p_at_least: 0, psi_at_most: 0.5,
           feature_psi_at_most: 1, segment_auc_gap_at_most: 1, gain_over_public_at_least: -1}
  seed: 3
"""
PUBLIC = CARD.replace("in_force: {from: 2024-01-01}", "in_force: {from: 2020-01-01}")


def sector_folder(folder: Path, *, sector: str = SECTOR + TRAINING, public: str = PUBLIC) -> Path:
    """The public scorecard, the sector's, catalogue and legal texts as files; the sector's is `sector.yaml`."""
    write_policy(folder, public)
    (folder / "sector.yaml").write_text(sector, encoding="utf-8")
    return folder


@cache
def sector_policy(sector: str = SECTOR) -> Policy:
    """The sector with the public scorecard it extends."""
    return load_policy(sector_folder(Path(mkdtemp()), sector=sector))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Tables of an invented sector."""

    subjects: pa.Table
    records: pa.Table
    labels: pa.Table


@cache
def world(*, firms: int = 1_500, seed: int = 5) -> World:
    """Firms whose penalties, arrears and honours tell, with noise, whether an accident follows within a year."""
    rng = np.random.default_rng(seed)
    names = [f"firm{i:05d}" for i in range(firms)]
    care = rng.normal(size=firms)
    records: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []

    def add(firm: int, item: str, day: date, **columns: Any) -> None:
        records.append(
            {"record_id": f"r{len(records):07d}", "subject_id": names[firm], "item": item, "occurred_on": day,
             "recorded_on": day + timedelta(days=5), "source": "Bureau"} | columns
        )  # fmt: skip

    first = date(2021, 1, 1)
    span = (date(2026, 3, 31) - first).days
    for firm in range(firms):
        for _ in range(rng.poisson(np.exp(-0.3 - 0.9 * care[firm]))):
            level = str(rng.choice(["minor", "general", "serious"], p=[0.6, 0.35, 0.05]))
            add(firm, "a.penalty", first + timedelta(days=int(rng.integers(span))), level=level)
        for _ in range(rng.poisson(np.exp(-1 - 0.6 * care[firm]))):
            add(
                firm,
                "a.arrears",
                first + timedelta(days=int(rng.integers(span))),
                value=int(rng.integers(100, 20_000)),
            )
        for _ in range(rng.poisson(np.exp(-1 + 0.5 * care[firm]))):
            add(firm, "a.honour", first + timedelta(days=int(rng.integers(span))))
        if rng.random() < 0.5:
            add(
                firm,
                "a.rating",
                first + timedelta(days=int(rng.integers(span))),
                level="high" if care[firm] > 0 else "low",
            )
        for year in (2024, 2025):
            if rng.random() < 1 / (1 + np.exp(1.6 + 1.2 * care[firm])):
                day = date(year, 4, 1) + timedelta(days=int(rng.integers(360)))
                labels.append({"subject_id": names[firm], "label": 1, "labelled_on": day})
    subjects = [
        {"subject_id": name, "subject_type": "enterprise", "region_code": f"3301{i % 5:02d}",
         "industry_code": "E47", "established_on": first - timedelta(days=int(rng.integers(30, 9_000)))}
        for i, name in enumerate(names)
    ]  # fmt: skip
    return World(
        subjects=_table(subjects, SUBJECTS),
        records=_table(records, RECORDS),
        labels=pa.Table.from_pylist(labels),
    )


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    from scoring.small import table

    return table(rows, schema)
