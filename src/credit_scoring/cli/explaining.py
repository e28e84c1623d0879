"""`credit-scoring explain`: one subject's score, from the total down to the records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import As, Format, Lang, Language, output, say
from credit_scoring.policy.numbers import plain_number

if TYPE_CHECKING:
    from credit_scoring.scoring.contents import Explanation, IndicatorLine, OverrideLine, RecordLine

_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "score": "得分", "grade": "等级", "band": "分段", "unrated": "不评级", "of": "满分", "before": "直接判定前",
        "completeness": "数据完整度", "unknown": "未提供覆盖情况", "indicator": "指标", "points": "得分", "most": "满分",
        "lost": "失分", "why": "依据", "observed": "有记录", "observed_clean": "已归集，无记录", "no_record": "无记录",
        "not_collected": "未归集", "not_applicable": "不适用", "counted": "计入", "same_event": "同一事件，已计一次",
        "counted_elsewhere": "同一事件，计入其他指标", "counted_in_part": "同一事件，其他指标扣满后在此补计", "overrides": "直接判定", "to": "距", "above": "高于下一等级", "alone": "仅按得分，", "unrated_for": "不评级原因（无记录）", "kept_within": "按总分上下限调整", "assumed": "假定值", "learnt": "由数据估计", "base": "平均主体", "model": "模型指标的得分是相对于训练样本平均水平的增减", "extends": "公共信用评价的明细：credit-scoring explain {subject} --run <运行目录>/public",
        "start": "起始分", "policy": "评价规则", "on": "评价日", "known_by": "数据截至", "texts": "依据文件", "reasons": "主要失分原因", "records": "条记录",
    },
    "en": {
        "score": "score", "grade": "grade", "band": "band", "unrated": "unrated", "of": "of", "before": "before overrides",
        "completeness": "completeness", "unknown": "coverage not given", "indicator": "indicator", "points": "points",
        "most": "of", "lost": "lost", "why": "rests on", "observed": "on record", "observed_clean": "collected, nothing on record",
        "no_record": "nothing on record", "not_collected": "not collected", "not_applicable": "not applicable",
        "counted": "counted", "same_event": "same event, counted once", "counted_elsewhere": "same event, counted under another indicator",
        "counted_in_part": "same event, counted here as far as the other indicator is exhausted",
        "overrides": "overrides", "to": "to", "above": "above", "alone": "by the score alone, ", "unrated_for": "unrated for want of a record under",
        "kept_within": "kept within the scale", "assumed": "assumed", "learnt": "learnt", "base": "average subject", "start": "start",
        "model": "points given by the model are above or below those of the average training subject",
        "extends": "the public score in detail: credit-scoring explain {subject} --run <folder of the run>/public", "policy": "policy",
        "on": "on", "known_by": "known by", "texts": "legal texts", "reasons": "lost most for", "records": "records",
    },
}  # fmt: skip

_EFFECTS = {
    "grade": {"zh": "等级定为", "en": "grade set to"},
    "grade_at_most": {"zh": "等级不高于", "en": "grade at most"},
    "grade_at_least": {"zh": "等级不低于", "en": "grade at least"},
    "grades_down": {"zh": "下调等级数", "en": "grades down:"},
    "score": {"zh": "得分定为", "en": "score set to"},
    "score_at_most": {"zh": "得分不高于", "en": "score at most"},
    "score_at_least": {"zh": "得分不低于", "en": "score at least"},
    "unrated": {"zh": "不评级", "en": "unrated"},
}


def explain_command(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Identifier of the subject.")],
    run: Annotated[Path, typer.Option("--run", metavar="DIR", help="Folder written by `score`.")],
    lang: Lang = Language.en,
    as_: As = Format.table,
) -> None:
    """Explain a score: total, grade, dimensions, every indicator's points and loss, the records behind them."""
    from credit_scoring.scoring.explanation import explain

    explanation = explain(run, subject)
    if as_ is Format.json:
        typer.echo(explanation.model_dump_json(indent=2))
    else:
        print_explanation(explanation, lang=lang.value, console=output())


def print_explanation(explanation: Explanation, *, lang: str, console: Console) -> None:
    """Print an explanation as tables; lines without anything on record and without loss are not repeated."""
    w = _WORDS[lang]
    e = explanation
    console.print(f"[bold]{escape(e.subject_id)}[/]  {say(e.title, lang)} {e.edition} ({e.scorecard})")
    console.print(f"{w['on']} {e.on}, {w['known_by']} {e.known_by}, {w['policy']} {e.policy_sha256[:12]}")
    grade = f"{w['grade']} [bold]{say(e.grade_title, lang)}[/]" if e.grade_title else ""
    band = f"{w['band']} [bold]{escape(e.band)}[/]" if e.band else ""
    console.print(
        f"{w['score']} [bold]{plain_number(e.score)}[/] / {plain_number(e.total)}  {grade}{band}{w['unrated'] if e.unrated else ''}"
    )
    if e.overrides:
        raw = say(e.grade_raw_title, lang) if e.grade_raw_title else ""
        console.print(f"{w['before']}: {plain_number(e.score_raw)} {raw}")
    if e.unrated_for:
        console.print(f"{w['unrated_for']}: " + "; ".join(say(title, lang) for title in e.unrated_for))
    if e.kept_within:
        console.print(f"{w['kept_within']}: {plain_number(e.kept_within)}")
    alone = w["alone"] if e.overrides else ""
    if e.next_better:
        console.print(
            f"{alone}{w['to']} {say(e.next_better.title, lang)}: +{plain_number(e.next_better.points)}"
        )
    if e.next_worse:
        console.print(
            f"{alone}{w['above']} {say(e.next_worse.title, lang)}: {plain_number(e.next_worse.points)}"
        )
    if e.reasons:
        titles = {line.indicator: line for d in e.dimensions for g in d.groups for line in g.indicators}
        console.print(f"{w['reasons']}: " + "; ".join(say(titles[name].title, lang) for name in e.reasons))
    share = w["unknown"] if e.completeness is None else f"{e.completeness:.1%}"
    console.print(f"{w['completeness']}: {share}")
    for override in e.overrides:
        console.print(
            f"[red]{w['overrides']}[/]: {say(override.title, lang)} → {_effect(override, lang)}  ({', '.join(override.authority)})"
        )
        for record in override.records:
            console.print(f"    {_record(record, lang)}")
    console.print(_table(e, lang))
    if any(line.by_model for d in e.dimensions for g in d.groups for line in g.indicators):
        console.print(w["model"])
    if e.extends is not None:
        console.print(w["extends"].format(subject=escape(e.subject_id)))
    if e.instruments:
        console.print(
            f"{w['texts']}: "
            + "; ".join(f"{key} = {say(title, lang)}" for key, title in e.instruments.items())
        )


def _table(e: Explanation, lang: str) -> Table:
    w = _WORDS[lang]
    table = Table(show_edge=False, pad_edge=False)
    table.add_column(w["indicator"], overflow="fold", ratio=4)
    for name in ("points", "most", "lost"):
        table.add_column(w[name], justify="right", no_wrap=True)
    table.add_column(w["why"], overflow="fold", ratio=6)
    by_model = any(line.by_model for d in e.dimensions for g in d.groups for line in g.indicators)
    if e.start:
        table.add_row(f"[bold]{w['base' if by_model else 'start']}[/]", plain_number(e.start), "", "", "")
    for dimension in e.dimensions:
        lost = dimension.most - dimension.points
        bounds = ("", "") if by_model else (plain_number(dimension.most), plain_number(lost) if lost else "")
        table.add_row(f"[bold]{say(dimension.title, lang)}[/]", f"[bold]{plain_number(dimension.points)}[/]", *bounds, "")  # fmt: skip
        for group in dimension.groups:
            if group.title is not None:
                table.add_row(
                    f"  {say(group.title, lang)}",
                    plain_number(group.points),
                    plain_number(group.most),
                    "",
                    "",
                    style="dim",
                )
            for line in group.indicators:
                _indicator(table, line, lang)
    return table


def _indicator(table: Table, line: IndicatorLine, lang: str) -> None:
    w = _WORDS[lang]
    state = w[line.state]
    if line.basis != "published":
        state += f" · {w[line.basis]}"
    style = (
        "red" if line.lost > 0 and line.records else ("green" if line.records and line.points > 0 else None)
    )
    table.add_row(
        f"    {say(line.title, lang)}",
        plain_number(line.points),
        "" if line.by_model else plain_number(line.most),
        plain_number(line.lost) if line.lost and not line.by_model else "",
        state,
        style=style,
    )
    for record in line.records:
        table.add_row("", "", "", "", _record(record, lang))


def _record(record: RecordLine, lang: str) -> str:
    parts = [str(record.occurred_on), say(record.title, lang)]
    if record.level_title is not None:
        parts.append(say(record.level_title, lang))
    if record.value is not None:
        parts.append(f"{plain_number(record.value)} {record.unit or ''}".strip())
    parts += [escape(text) for text in (record.source, record.event) if text]
    if record.points is not None:
        parts.append(f"{'+' if record.points > 0 else ''}{plain_number(record.points)}")
    if record.treatment != "counted":
        parts.append(_WORDS[lang][record.treatment])
    return " · ".join(parts)


def _effect(override: OverrideLine, lang: str) -> str:
    effect = _EFFECTS[override.effect][lang]
    if override.grade_title is not None:
        return f"{effect} {say(override.grade_title, lang)}"
    return effect if override.value is None else f"{effect} {override.value}"
