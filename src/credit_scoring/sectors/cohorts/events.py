"""Checks of labels against time and against the records: recorded too early, or known already as a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from credit_scoring.engines.base import Engine
from credit_scoring.sectors.cohorts.findings import Finding, finding


def recorded_too_early(engine: Engine) -> Iterator[Finding]:
    """L104: labels recorded before the observation date they are given for. They are left out in any case."""
    row = engine.table(
        """
        SELECT count(*) AS rows, (SELECT count(*) FROM checked_labels) AS all_rows,
               coalesce(list(shown_safely(subject_id) ORDER BY subject_id)[:3], []) AS examples,
               min(observed_on) AS first
        FROM checked_labels WHERE recorded_on < observed_on
        """
    ).to_pylist()[0]
    if row["rows"]:
        examples = ", ".join(name for name in row["examples"] if name is not None)
        yield finding(
            "L104", "error", "labels", rows=row["rows"], of=row["all_rows"], examples=examples,
            zh=f"{row['all_rows']}条标签中有{row['rows']}条在观察日之前已登记（如{examples}）。",
            en=f"{row['rows']} of {row['all_rows']} labels were recorded before their observation date "
            f"(such as those of {examples}).",
            do=(
                "核对 recorded_on 与 observed_on；这些标签不参与训练。",
                "Check recorded_on and observed_on. These labels are left out.",
            ),
        )  # fmt: skip


def same_event(engine: Engine, readers: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """L105: bad labels whose event stood among the subject's records on the observation date.

    An error where a feature reads the item, for then the outcome is its own reason; else a warning, for the outcome
    was known that day and is nothing to foretell.

    Args:
        engine: with `label_dates`, `candidates` and `typed_records`.
        readers: the features that read each item.
    """
    rows = engine.table(
        """
        SELECT r.item, count(DISTINCT l.event_id) AS events, count(DISTINCT (l.subject_id, l.observed_on)) AS rows,
               min(shown_safely(l.event_id)) AS example
        FROM label_dates l
        JOIN candidates c ON c.subject_id = l.subject_id AND c.observed_on = l.observed_on AND c.reason IS NULL
        JOIN typed_records r ON r.subject_id = l.subject_id AND r.event_id = l.event_id
        WHERE NOT l.doubtful AND l.label = 1 AND r.recorded_on <= l.observed_on AND r.occurred_on <= l.observed_on
        GROUP BY r.item ORDER BY r.item
        """
    ).to_pylist()
    for row in rows:
        names = ", ".join(readers.get(row["item"], ()))
        yield finding(
            "L105", "error" if names else "warning", row["item"] or "records",
            events=row["events"], rows=row["rows"], example=row["example"] or "", features=names,
            zh=f"{row['events']}个不良事件在观察日已记于“{row['item']}”，涉及{row['rows']}行"
            + (f"，由特征{names}读取。" if names else "。"),
            en=f"{row['events']} events that make {row['rows']} rows bad were on record as '{row['item']}' on the "
            "observation date already" + (f", read by {names}." if names else "."),
            do=(
                "标签只应来自观察日之后的新事件：核对标签日期与事件编号。",
                "A label must be a new event after the observation date: check its date and its event_id.",
            ),
        )  # fmt: skip


def has_events(engine: Engine) -> bool:
    """Whether any bad label names its event; else there is nothing to join the records with."""
    found = engine.table("SELECT 1 FROM label_dates WHERE label = 1 AND event_id IS NOT NULL LIMIT 1")
    return bool(found.num_rows)
