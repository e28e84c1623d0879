"""The public scorecard of enterprises as pandas tables, read from the YAML without the package.

It knows the parts of the language that this scorecard uses and refuses the rest. Points are integers, thousandths
of a point.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

EARLIEST = pd.Timestamp("1700-01-01")
FULL = 1_000_000


@dataclass
class Card:
    """The scorecard as tables: one row per indicator, and one per measure, item and level."""

    raw: dict[str, Any]
    indicators: pd.DataFrame
    rules: pd.DataFrame
    overrides: pd.DataFrame
    catalogue: dict[str, Any]


def thousandths(points: Any) -> int:
    return int(Decimal(str(points)) * 1000)


def months_before(day: pd.Timestamp, span: str) -> pd.Timestamp:
    return day - pd.DateOffset(months=int(span.split(maxsplit=1)[0]))


def read_card(configs: Path, on: pd.Timestamp) -> Card:
    raw = yaml.safe_load((configs / "public" / "public-enterprise-2020.yaml").read_text(encoding="utf-8"))
    catalogue: dict[str, Any] = {}
    for file in sorted((configs / "catalogue").glob("*.yaml")):
        catalogue |= yaml.safe_load(file.read_text(encoding="utf-8"))["items"]
    indicators, rules = [], []
    for dimension_id, dimension in raw["dimensions"].items():
        for group in dimension["groups"].values():
            for indicator_id, rule in group["indicators"].items():
                full = thousandths(rule["points"])
                known = {"full": full, "zero": 0}
                measure = rule["measure"]
                unknown = set(measure) - {"kind", "items", "window", "decay", "repeat"}
                unknown |= set(rule) & {"applies", "not_collected", "floor"}
                assert not unknown, (indicator_id, unknown)
                indicators.append(
                    {
                        "indicator": indicator_id,
                        "dimension": dimension_id,
                        "most": full,
                        "start": known[rule["start"]],
                        "no_record": known[rule["no_record"]],
                        "kind": measure["kind"],
                        "curve": rule.get("curve"),
                        "decay": measure.get("decay", "none"),
                        "repeat": measure.get("repeat"),
                    }
                )
                rules += rule_rows(indicator_id, measure, catalogue, on)
    overrides = []
    for override_id, override in raw["overrides"].items():
        for part in override["when"].get("any", [override["when"]]):
            if part == {"subject": "closed"}:
                continue
            assert set(part) <= {"items", "levels"}, override_id
            for item in part["items"]:
                for level in part.get("levels") or [*catalogue[item].get("levels", {}), ""]:
                    overrides.append({"override": override_id, "item": item, "level": level})
    frame = pd.DataFrame(indicators)
    frame["place"] = range(len(frame))
    return Card(raw, frame, pd.DataFrame(rules), pd.DataFrame(overrides), catalogue)


def rule_rows(
    indicator: str, measure: dict[str, Any], catalogue: dict[str, Any], on: pd.Timestamp
) -> list[dict[str, Any]]:
    window, own_term = measure["window"], False
    if isinstance(window, dict):
        window, own_term = window["own_term"]["default"], True
    after = EARLIEST if window == "all" else months_before(on, window)
    rows = []
    for item in measure["items"]:
        stated = measure["items"][item] if isinstance(measure["items"], dict) else None
        for level in [*catalogue[item].get("levels", {}), ""]:
            points = stated.get(level, stated.get("other", 0)) if isinstance(stated, dict) else stated
            rows.append(
                {
                    "indicator": indicator,
                    "item": item,
                    "level": level,
                    "after": after,
                    "own_term": own_term,
                    "points": None if points is None else thousandths(points),
                }
            )
    return rows
