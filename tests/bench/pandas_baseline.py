"""The public scorecard of enterprises in pandas: what an analyst would write from `configs/README.md`.

It shares nothing with the package, so that it serves twice: as the yardstick of the bench, and as a second opinion
on the shipped scorecard. Points are integers, thousandths of a point; values are integers, ten-thousandths.
"""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.pandas_admission import admit_records, admit_subjects, counting, read_table
from bench.pandas_policy import FULL, Card, months_before, read_card, thousandths


def half_up(numerator: pd.Series, denominator: int) -> pd.Series:
    """Rounded half up, away from zero."""
    return np.sign(numerator) * ((2 * numerator.abs() + denominator) // (2 * denominator))


def reports_of(records: pd.DataFrame, card: Card, on: pd.Timestamp) -> pd.DataFrame:
    """Each counting record under each indicator that reads it, with the points it would have alone."""
    left = records.assign(level=records["level"].fillna(""))
    reports = left.merge(card.rules, on=["item", "level"])
    inside = (reports["occurred_on"] > reports["after"]) | (
        reports["own_term"] & reports["expires_on"].notna()
    )
    reports = reports[inside].merge(
        card.indicators[["indicator", "place", "kind", "decay", "repeat"]], on="indicator"
    )
    reports["factor"] = FULL
    for indicator, rows in reports.groupby("indicator"):
        decay = rows["decay"].iloc[0]
        if decay != "none":
            factor = pd.Series(0, index=rows.index)
            for span, share in sorted(decay["steps"].items(), reverse=True):
                young = rows["occurred_on"] > months_before(on, f"{span} months")
                factor[young] = int(Decimal(str(share)) * FULL)
            reports.loc[rows.index, "factor"] = factor
            assert indicator
    reports["fixed"] = reports["points"]
    points = reports["points"].astype("Int64")
    reports["points"] = half_up(points * reports["factor"], FULL)
    return reports


def events_of(reports: pd.DataFrame) -> pd.DataFrame:
    """One report per event: the heaviest, then the deduction, then the smaller record id."""
    size = reports["points"].abs().astype("Float64").fillna(reports["value"].astype("Float64"))
    ordered = reports.assign(size=size.fillna(-1e18)).sort_values(
        ["size", "points", "record_id"], ascending=[False, True, True], na_position="last"
    )
    alone = ordered["event_id"].isna()
    events = pd.concat(
        [ordered[alone], ordered[~alone].drop_duplicates(["subject_id", "indicator", "event_id"])]
    )
    return repeated(events.drop(columns="size"))


def repeated(events: pd.DataFrame) -> pd.DataFrame:
    """The same item again within the span: its points are multiplied."""
    for indicator, rows in events[events["repeat"].notna()].groupby("indicator"):
        rule = rows["repeat"].iloc[0]
        keys = ["subject_id", "item"]
        days = rows[[*keys, "occurred_on"]].drop_duplicates().sort_values([*keys, "occurred_on"])
        days["earlier"] = days.groupby(keys)["occurred_on"].shift()
        earlier = rows.merge(days, on=[*keys, "occurred_on"], how="left").set_axis(rows.index)["earlier"]
        limit = rows["occurred_on"] - pd.DateOffset(months=int(rule["within"].split()[0]))
        again = rows.index[earlier >= limit]
        factor = int(Decimal(str(rule["factor"])) * FULL)
        product = half_up(events.loc[again, "factor"] * factor, FULL)
        events.loc[again, "points"] = half_up(events.loc[again, "fixed"].astype("Int64") * product, FULL)
        assert indicator
    return events


def indicator_points(events: pd.DataFrame, card: Card) -> pd.DataFrame:
    """Points per subject and indicator with something that counts."""
    keys = ["subject_id", "indicator"]
    parts = [
        events[events["kind"] == "event_points"]
        .groupby(keys)["points"]
        .sum()
        .rename("curve_points")
        .reset_index()
    ]
    for row in card.indicators[card.indicators["kind"] != "event_points"].itertuples():
        own = events[events["indicator"] == row.indicator]
        value = measured(own, row.kind)
        parts.append(
            pd.DataFrame(
                {
                    "subject_id": value.index,
                    "indicator": row.indicator,
                    "curve_points": curve_points(value, row.curve),
                }
            )
        )
    points = pd.concat(parts).merge(card.indicators, on="indicator")
    points["points"] = (points["start"] + points["curve_points"]).astype("int64").clip(0, points["most"])
    return points


def measured(events: pd.DataFrame, kind: str) -> pd.Series:
    by_subject = events.groupby("subject_id")
    if kind == "sum":
        return events[events["value"].notna()].groupby("subject_id")["value"].sum()
    if kind == "maximum":
        return events[events["value"].notna()].groupby("subject_id")["value"].max()
    if kind == "count":
        return by_subject.size() * 10_000
    if kind == "count_months":
        return events["occurred_on"].dt.to_period("M").groupby(events["subject_id"]).nunique() * 10_000
    if kind == "latest_level":
        latest = events.sort_values(["occurred_on", "recorded_on", "record_id"])
        return latest.drop_duplicates("subject_id", keep="last").set_index("subject_id")["level"]
    raise AssertionError(f"the baseline knows no measure {kind}")


def curve_points(value: pd.Series, curve: dict[str, Any]) -> np.ndarray:
    if "levels" in curve:
        other = curve["levels"].get("other", 0)
        return value.map(lambda level: thousandths(curve["levels"].get(level, other))).to_numpy()
    if "linear" in curve:
        line = curve["linear"]
        assert line["units"] == "whole"
        beyond = value.to_numpy() - int(line["from"] * 10_000)
        units = np.sign(beyond) * (np.abs(beyond) // int(line["per"] * 10_000))
        return units * thousandths(line["points"])
    steps = curve["steps"]
    edges = [step["from"] * 10_000 for step in steps[1:]]
    points = np.array([thousandths(step["points"]) for step in steps])
    return points[np.searchsorted(edges, value.to_numpy(), side="right")]


def share_events(
    points: pd.DataFrame, events: pd.DataFrame, card: Card
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """An event that several indicators report counts where it weighs most; a group loses exactly min(U, C).

    Returns:
        The points, corrected; for each event whether it counts elsewhere; and whether it is charged back in part.
    """
    group_of = {i: name for name, g in card.raw["event_groups"].items() for i in g["indicators"]}
    events = events.assign(event_group=events["indicator"].map(group_of), weight=events["points"].abs())
    grouped = events[events["event_group"].notna()]
    key = ["subject_id", "event_group", "event_id"]
    named = grouped[grouped["event_id"].notna() & grouped.duplicated(key, keep=False)]
    named = named.sort_values(["weight", "place", "record_id"], ascending=[False, True, True])
    elsewhere = pd.Series(False, index=events.index)
    elsewhere[named.index[named.duplicated(key)]] = True
    if named.empty:
        return points, elsewhere, pd.Series(False, index=events.index)

    shared = named[["subject_id", "event_group"]].drop_duplicates()
    touched = grouped.assign(elsewhere=elsewhere).merge(shared, on=["subject_id", "event_group"])
    touched["kept"] = touched["points"].where(~touched["elsewhere"], 0)
    per = (
        touched.groupby(["subject_id", "event_group", "indicator"])
        .agg(every=("points", "sum"), kept=("kept", "sum"))
        .reset_index()
        .merge(card.indicators[["indicator", "place", "start", "most"]], on="indicator")
        .sort_values(["subject_id", "event_group", "place"])
    )
    base = per["start"].clip(0, per["most"])
    per["loss_kept"] = (base - (per["start"] + per["kept"]).clip(0, per["most"])).abs()
    per["loss_all"] = (base - (per["start"] + per["every"]).clip(0, per["most"])).abs()
    per["weight"] = per["kept"].abs()
    whole = per.groupby(["subject_id", "event_group"])
    once, capped = whole["weight"].transform("sum"), whole["loss_all"].transform("sum")
    missing = np.minimum(once, capped) - whole["loss_kept"].transform("sum")
    room = per["loss_all"] - per["loss_kept"]
    before = room.groupby([per["subject_id"], per["event_group"]]).cumsum() - room
    charged = (missing - before).clip(lower=0).clip(upper=room)
    per["new_points"] = base + np.where(per["every"] < 0, -1, 1) * (per["loss_kept"] + charged)
    points = points.merge(
        per[["subject_id", "indicator", "new_points"]], on=["subject_id", "indicator"], how="left"
    )
    points["points"] = points["new_points"].fillna(points["points"]).astype("int64")
    back = per.loc[charged > 0, ["subject_id", "indicator"]].assign(charged=True)
    in_part = events[["subject_id", "indicator"]].merge(back, on=["subject_id", "indicator"], how="left")[
        "charged"
    ]
    return points.drop(columns="new_points"), elsewhere, in_part.notna() & elsewhere


def grades_of(scores: pd.DataFrame, card: Card) -> pd.Series:
    """The first grade of the list whose limits a score meets."""
    conditions = []
    for grade in card.raw["grades"].values():
        holds = scores["score"] >= thousandths(grade.get("from", -1))
        if "requires" in grade:
            need = grade["requires"]
            assert set(need) == {"dimension", "at_least"}
            holds &= scores[need["dimension"]] >= thousandths(need["at_least"])
        conditions.append(holds)
    return pd.Series(np.select(conditions, list(card.raw["grades"]), default=""), index=scores.index)


def override_hits(
    records: pd.DataFrame, subjects: pd.DataFrame, card: Card, on: pd.Timestamp
) -> pd.DataFrame:
    """One row per record behind an override; closed subjects without a record."""
    left = records.assign(level=records["level"].fillna(""))
    hits = left.merge(card.overrides, on=["item", "level"])
    closed = subjects.loc[subjects["closed_on"] <= on, ["subject_id"]].assign(override="closed")
    return pd.concat([hits, closed])


def graded(scores: pd.DataFrame, hits: pd.DataFrame, card: Card) -> pd.DataFrame:
    scores["grade_raw"] = grades_of(scores, card)
    ladder = {grade: i for i, grade in enumerate(card.raw["grades"])}
    order = {name: i for i, name in enumerate(card.raw["overrides"])}
    unique = hits[["subject_id", "override"]].drop_duplicates()
    unique = unique.assign(order=unique["override"].map(order)).sort_values(["subject_id", "order"])
    lists = unique.groupby("subject_id")["override"].agg(list)
    scores["overrides"] = scores["subject_id"].map(lists)
    place = scores["grade_raw"].map(ladder)
    for name, override in card.raw["overrides"].items():
        held = scores["subject_id"].isin(unique.loc[unique["override"] == name, "subject_id"])
        effect = override["effect"]
        assert set(effect) <= {"grade", "grade_at_most", "unrated"}, name
        bound = effect.get("grade", effect.get("grade_at_most"))
        if bound is not None:
            # `grade` is `grade_at_most` here, because the scorecard only ever sets the worst one.
            assert "grade" not in effect or ladder[bound] == len(ladder) - 1
            place[held] = np.maximum(place[held], ladder[bound])
    scores["grade"] = place.map(dict(enumerate(ladder)))
    scores["unrated"] = scores["subject_id"].isin(unique.loc[unique["override"] == "closed", "subject_id"])
    scores.loc[scores["unrated"], "grade"] = None
    return scores


def reasons_of(points: pd.DataFrame) -> pd.Series:
    lost = points.assign(cost=points["no_record"] - points["points"])
    lost = lost[lost["cost"] > 0].sort_values(["subject_id", "cost", "place"], ascending=[True, False, True])
    return lost.groupby("subject_id").head(4).groupby("subject_id")["indicator"].agg(list)


def evidence_of(
    reports: pd.DataFrame, events: pd.DataFrame, elsewhere: pd.Series, in_part: pd.Series, hits: pd.DataFrame
) -> pd.DataFrame:
    counted = events[["record_id", "indicator", "points"]].assign(elsewhere=elsewhere, in_part=in_part)
    counted = counted.rename(columns={"points": "event_points"})
    evidence = reports.merge(counted, on=["record_id", "indicator"], how="left", indicator=True)
    evidence["treatment"] = np.select(
        [
            evidence["_merge"] == "left_only",
            evidence["in_part"].fillna(False).astype(bool),
            evidence["elsewhere"].fillna(False).astype(bool),
        ],
        ["same_event", "counted_in_part", "counted_elsewhere"],
        default="counted",
    )
    evidence["points"] = evidence["event_points"].where(
        evidence["_merge"] == "both", evidence["points"].where(evidence["points"].isna(), 0)
    )
    overrides = hits[hits["record_id"].notna()].assign(treatment="counted", points=pd.NA)
    overrides = overrides.sort_values(["value", "record_id"], ascending=[False, True], na_position="last")
    again = overrides.duplicated(["subject_id", "override", "event_id"]) & overrides["event_id"].notna()
    overrides.loc[again, "treatment"] = "same_event"
    columns = ["subject_id", "record_id", "indicator", "override", "event_id", "points", "treatment", "item", "level",
               "occurred_on", "value", "source"]  # fmt: skip
    whole = pd.concat([evidence, overrides]).reindex(columns=columns)
    return whole.sort_values(["subject_id", "indicator", "override", "record_id"], na_position="last")


def score(configs: Path, subjects: Path, records: Path, day: date) -> dict[str, pd.DataFrame]:
    """The four result tables; points in thousandths."""
    on = pd.Timestamp(day)
    card = read_card(configs, on)
    admitted, rejected_subjects = admit_subjects(read_table(subjects), on)
    raw = read_table(records)
    raw["value"] = (raw["value"].astype("float64") * 10_000).round().astype("Int64")
    faulty = set(rejected_subjects["record_id"])
    archive, rejected_records = admit_records(raw, admitted, card.catalogue, faulty)
    counted = counting(archive, card.catalogue, on)

    reports = reports_of(counted, card, on)
    events = events_of(reports).reset_index(drop=True)
    points = indicator_points(events, card)
    points, elsewhere, in_part = share_events(points, events, card)

    dimensions = card.indicators.groupby("dimension", sort=False)["no_record"].sum()
    delta = (
        points.assign(delta=points["points"] - points["no_record"])
        .pivot_table(index="subject_id", columns="dimension", values="delta", aggfunc="sum", fill_value=0)
        .reindex(columns=dimensions.index, fill_value=0)
    )
    scores = admitted[["subject_id", "subject_type", "region_code"]].merge(delta, on="subject_id", how="left")
    for name, base in dimensions.items():
        scores[name] = scores[name].fillna(0).astype("int64") + base
    scores["score"] = scores[list(dimensions.index)].sum(axis=1).clip(0, thousandths(card.raw["total"]))
    hits = override_hits(counted, admitted, card, on)
    scores = graded(scores, hits, card)
    scores["reasons"] = scores["subject_id"].map(reasons_of(points))
    changed = points[points["points"] != points["no_record"]].assign(lost=points["most"] - points["points"])
    return {
        "scores": scores.sort_values("subject_id"),
        "points": changed[["subject_id", "indicator", "points", "lost"]].sort_values(
            ["subject_id", "indicator"]
        ),
        "evidence": evidence_of(reports, events, elsewhere, in_part, hits),
        "rejected": pd.concat([rejected_subjects, rejected_records]).sort_values(
            ["table", "reason", "record_id"]
        ),
    }


def score_to_folder(configs: Path, subjects: Path, records: Path, day: date, out: Path) -> None:
    """As `score`, written as Parquet."""
    out.mkdir(parents=True, exist_ok=True)
    for name, table in score(configs, subjects, records, day).items():
        table.to_parquet(out / f"{name}.parquet", compression="zstd", index=False)


if __name__ == "__main__":
    configs, subjects, records, day, out = sys.argv[1:]
    score_to_folder(Path(configs), Path(subjects), Path(records), date.fromisoformat(day), Path(out))
