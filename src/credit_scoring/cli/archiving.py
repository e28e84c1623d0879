"""`credit-scoring archive`: everything on record about one subject, each entry with its state on the date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import (
    As,
    Format,
    KnownBy,
    Lang,
    Language,
    On,
    Policies,
    Records,
    Subjects,
    output,
    say,
)
from credit_scoring.policy.numbers import plain_number

if TYPE_CHECKING:
    from credit_scoring.scoring.archive import Archive, Entry

_TITLES = {
    "basic": {"zh": "基础信息", "en": "Basic entries"},
    "good": {"zh": "良好信息", "en": "Good entries"},
    "bad": {"zh": "不良信息", "en": "Bad entries"},
    "other": {"zh": "其他信息", "en": "Other entries"},
}
_STATES = {
    "counts": {"zh": "计入", "en": "counts"},
    "same_event": {"zh": "同一事件，已计一次", "en": "same event, counted once"},
    "counted_elsewhere": {
        "zh": "同一事件，计入其他指标",
        "en": "same event, counted under another indicator",
    },
    "not_applicable": {"zh": "指标不适用", "en": "its indicator does not apply"},
    "read_by_condition": {"zh": "仅供条件判断", "en": "read by a condition only"},
    "not_used": {"zh": "不作评价", "en": "no rule reads it"},
    "outside_window": {"zh": "超出评价期", "en": "outside the window"},
    "repaired": {"zh": "已修复", "en": "repaired"},
    "withdrawn": {"zh": "已撤销", "en": "withdrawn"},
    "expired": {"zh": "已到期", "en": "expired"},
    "not_yet_begun": {"zh": "尚未发生", "en": "not yet begun"},
}
_WORDS = {
    "zh": {"date": "日期", "item": "事项", "level": "级别", "value": "数值", "source": "来源", "event": "文书", "state": "评价状态", "published": "公示", "yes": "公示中", "no": "不公示", "until": "至", "contested": "异议中", "rejected": "不可用记录", "none": "无", "repair": "可修复自"},
    "en": {"date": "date", "item": "item", "level": "level", "value": "value", "source": "department", "event": "document", "state": "evaluation", "published": "publicity", "yes": "published", "no": "not published", "until": "until", "contested": "contested", "rejected": "records that could not be used", "none": "none", "repair": "repair from"},
}  # fmt: skip


def archive_command(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Identifier of the subject.")],
    subjects: Subjects,
    records: Records,
    on: On,
    known_by: KnownBy = None,
    policy: Policies = None,
    lang: Lang = Language.en,
    as_: As = Format.table,
) -> None:
    """Print the credit archive: basic, good, bad and other entries, each with its state on the date."""
    from credit_scoring.policy.loading import load_policy
    from credit_scoring.scoring.archive import archive

    found = archive(
        load_policy(*(policy or ())), subject, subjects=subjects, records=records, on=on, known_by=known_by
    )
    if as_ is Format.json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _print(found, lang.value)


def _print(found: Archive, lang: str) -> None:
    from credit_scoring.scoring.archive import ENTRIES

    w = _WORDS[lang]
    console = output()
    console.print(f"[bold]{escape(found.subject_id)}[/]  {found.subject_type}  {found.on}")
    for kind in ENTRIES:
        entries = [entry for entry in found.entries if entry.entry == kind]
        console.print(f"\n[bold]{_TITLES[kind][lang]}[/] ({len(entries)})")
        if not entries:
            continue
        table = Table(show_edge=False, pad_edge=False)
        for name in ("date", "item", "level", "value", "source", "event", "state", "published"):
            table.add_column(w[name], overflow="fold")
        for entry in entries:
            _row(table, entry, lang)
        console.print(table)
    if found.rejected:
        console.print(
            f"\n{w['rejected']}: "
            + ", ".join(f"{escape(record)} ({reason})" for record, reason in found.rejected)
        )


def _row(table: Table, entry: Entry, lang: str) -> None:
    w = _WORDS[lang]
    state = _STATES[entry.state][lang]
    if entry.counts:
        state += f": {', '.join(entry.indicators)}"
    if entry.contested:
        state += f" · {w['contested']}"
    if entry.published:
        shown = w["yes"] + (f" {w['until']} {entry.published_until}" if entry.published_until else "")
    else:
        shown = w["no"]
    if entry.repair_from and entry.counts:
        shown += f" · {w['repair']} {entry.repair_from}"
    table.add_row(
        str(entry.occurred_on), say(entry.title, lang),
        say(entry.level_title, lang) if entry.level_title else "",
        "" if entry.value is None else f"{plain_number(entry.value)} {entry.unit or ''}".strip(),
        escape(entry.source or ""), escape(entry.event or ""), state, shown,
        style="red" if entry.counts and entry.entry == "bad" else None,
    )  # fmt: skip
