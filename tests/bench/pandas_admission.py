"""Which rows are admitted, and which records count: in pandas, from `configs/README.md`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from bench.pandas_policy import EARLIEST, months_before

SUBJECT_TYPES = [
    "enterprise",
    "natural_person",
    "social_organisation",
    "public_institution",
    "government_agency",
]


def read_table(path: Path) -> pd.DataFrame:
    return pq.read_table(path).to_pandas(date_as_object=False)


def first_reason(frame: pd.DataFrame, tests: dict[str, Any]) -> pd.Series:
    """The name of the first test that holds; missing where none does."""
    reasons = np.select([np.asarray(t) for t in tests.values()], list(tests), default="")
    return pd.Series(reasons, index=frame.index).replace("", None)


def copies(frame: pd.DataFrame, key: str, compared: list[str]) -> tuple[pd.Series, pd.Series]:
    """Whether a row is in conflict with another of its key, and whether it repeats an equal row before it."""
    repeated = frame[key].notna() & frame.duplicated(key, keep=False)
    conflict = pd.Series(False, index=frame.index)
    again = pd.Series(False, index=frame.index)
    if repeated.any():
        some = frame.loc[repeated, [key, *compared]]
        distinct = some.drop_duplicates().groupby(key).size()
        conflict.loc[repeated] = (some[key].map(distinct) > 1).to_numpy()
        again.loc[repeated] = some.duplicated(key).to_numpy()
    return conflict, again


def admit_subjects(subjects: pd.DataFrame, on: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    columns = ["subject_type", "region_code", "industry_code", "established_on", "closed_on"]
    conflict, again = copies(subjects, "subject_id", columns)
    s = subjects
    reason = first_reason(
        s,
        {
            "subject_id_missing": s["subject_id"].isna(),
            "subject_id_conflict": conflict,
            "subject_id_duplicate": again,
            "subject_type_missing": s["subject_type"].isna(),
            "subject_type_unknown": ~s["subject_type"].isin(SUBJECT_TYPES),
            "region_code_malformed": s["region_code"].notna()
            & ~s["region_code"].str.fullmatch("[0-9]{6}").fillna(True).astype(bool),
            "closed_before_established": s["closed_on"] < s["established_on"],
            "not_yet_established": s["established_on"] > on,
            "no_scorecard": s["subject_type"] != "enterprise",
        },
    )
    rejected = pd.DataFrame({"table": "subjects", "record_id": s["subject_id"], "reason": reason})[
        reason.notna()
    ]
    return s[reason.isna()], rejected


def admit_records(
    records: pd.DataFrame, subjects: pd.DataFrame, catalogue: dict[str, Any], faulty: set[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    compared = [c for c in records.columns if c not in ("record_id", "source")]
    conflict, again = copies(records, "record_id", compared)
    r = records.merge(
        subjects[["subject_id", "established_on"]],
        on="subject_id",
        how="left",
        indicator=True,
        validate="m:1",
    )
    r.index = records.index
    items = pd.DataFrame(
        {
            "item": list(catalogue),
            "levels": [frozenset(i.get("levels", {})) for i in catalogue.values()],
            "level_required": [
                bool(i.get("levels")) and i.get("level_required", True) for i in catalogue.values()
            ],
            "for_enterprises": ["enterprise" in i["subject_types"] for i in catalogue.values()],
            "value_required": [i.get("value_required", False) for i in catalogue.values()],
        }
    ).set_index("item")
    kinds = {(item, level) for item, i in catalogue.items() for level in i.get("levels", {})}
    info = items.reindex(r["item"]).set_axis(r.index)
    known_level = pd.Series(pd.MultiIndex.from_frame(r[["item", "level"]]).isin(list(kinds)), index=r.index)
    reason = first_reason(
        r,
        {
            "record_id_missing": r["record_id"].isna(),
            "record_id_conflict": conflict,
            "record_id_duplicate": again,
            "subject_id_missing": r["subject_id"].isna(),
            "subject_rejected": (r["_merge"] == "left_only") & r["subject_id"].isin(faulty),
            "subject_unknown": r["_merge"] == "left_only",
            "item_missing": r["item"].isna(),
            "item_unknown": info["levels"].isna(),
            "level_missing": r["level"].isna() & (info["level_required"] == True),  # noqa: E712
            "level_unknown": r["level"].notna() & ~known_level,
            "item_not_for_subject_type": info["for_enterprises"] == False,  # noqa: E712
            "occurred_on_missing": r["occurred_on"].isna(),
            "recorded_on_missing": r["recorded_on"].isna(),
            "occurred_after_recorded": r["occurred_on"] > r["recorded_on"],
            "occurred_before_subject": r["occurred_on"] < r["established_on"],
            "repaired_before_occurred": r["repaired_on"] < r["occurred_on"],
            "withdrawn_before_occurred": r["withdrawn_on"] < r["occurred_on"],
            "expires_before_occurred": r["expires_on"] < r["occurred_on"],
            "value_missing": r["value"].isna() & (info["value_required"] == True),  # noqa: E712
        },
    )
    rejected = pd.DataFrame({"table": "records", "record_id": r["record_id"], "reason": reason})[
        reason.notna()
    ]
    return r.loc[reason.isna()].drop(columns=["_merge", "established_on"]), rejected


def counting(records: pd.DataFrame, catalogue: dict[str, Any], on: pd.Timestamp) -> pd.DataFrame:
    """Records that count on the date: known, begun, kept, not withdrawn, expired or repaired."""
    kept = {
        item: EARLIEST if i["retention"] == "permanent" else months_before(on, i["retention"])
        for item, i in catalogue.items()
    }
    r = records
    return r[
        (r["recorded_on"] <= on)
        & (r["occurred_on"] <= on)
        & ~(r["withdrawn_on"] <= on)
        & ~(r["expires_on"] <= on)
        & ~(r["repaired_on"] <= on)
        & (r["occurred_on"] >= r["item"].map(kept))
    ]
