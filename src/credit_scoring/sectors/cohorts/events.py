"""Checks of labels against time and the records: recorded too early, on record already, or counted on several dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from credit_scoring.engines.base import Engine
from credit_scoring.sectors.cohorts.findings import Finding, finding
from credit_scoring.sectors.cohorts.labels import Window


def recorded_too_early(engine: Engine) -> Iterator[Finding]:
    """L104: labels recorded before the observation date they are given for. They are left out in any case."""
    row = engine.table(
        """
        SELECT count(*) AS rows, (SELECT count(*) FROM checked_labels) AS all_rows,
               coalesce((list(DISTINCT example ORDER BY example) FILTER (example IS NOT NULL))[:3], []) AS examples
        FROM (SELECT shown_as_example(subject_id, person) AS example FROM checked_labels WHERE recorded_on < observed_on)
        """
    ).to_pylist()[0]
    if row["rows"]:
        examples = ", ".join(row["examples"])
        such = (f"（如{examples}）", f" (such as those of {examples})") if examples else ("", "")
        yield finding(
            "L104", "error", "labels", rows=row["rows"], of=row["all_rows"], examples=examples,
            zh=f"{row['all_rows']}条标签中有{row['rows']}条在观察日之前已登记{such[0]}。",
            en=f"{row['rows']} of {row['all_rows']} labels were recorded before their observation date{such[1]}.",
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
               min(shown_as_example(l.event_id, l.person)) AS example
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


def overlapping(windows: Sequence[Window]) -> Iterator[Finding]:
    """L110: outcome windows that overlap, so that one event may decide several rows of its subject.

    Lawful, but such rows are fewer independent cases than their number says.

    Args:
        windows: those rows are learnt from, in order of their dates.
    """
    pairs = [(a, b, (a.ends_on - b.observed_on).days) for a, b in pairwise(windows)]
    pairs = [pair for pair in pairs if pair[2] > 0]
    if not pairs:
        return
    # Windows are open at their date and closed at their end, so most of them hold some window's last day.
    most = max(sum(w.observed_on < one.ends_on <= w.ends_on for w in windows) for one in windows)
    zh = "、".join(f"{a.observed_on}与{b.observed_on}（{days}天）" for a, b, days in pairs)
    en = ", ".join(f"{a.observed_on} and {b.observed_on} ({days} days)" for a, b, days in pairs)
    yield finding(
        "L110", "warning", "observe", pairs=len(pairs), longest_days=max(days for *_, days in pairs), rows_per_event=most,
        zh=f"下列观察日的结果窗口重叠：{zh}；同一事件可成为同一主体至多{most}行的结果。",
        en=f"the outcome windows of these observation dates overlap: {en}; one event may be the outcome of up to {most} "
        "rows of its subject.",
        do=(
            "使观察日的间隔不短于结果窗口；否则独立样本少于行数，检验结果应从严看待。",
            "Set the dates at least a window apart; else there are fewer independent cases than rows, and tests on them "
            "look surer than they are.",
        ),
    )  # fmt: skip


def has_events(engine: Engine) -> bool:
    """Whether any bad label names its event; else there is nothing to join the records with."""
    found = engine.table("SELECT 1 FROM label_dates WHERE label = 1 AND event_id IS NOT NULL LIMIT 1")
    return bool(found.num_rows)
