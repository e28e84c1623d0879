"""The section of a model card on data: the texts stated points rest on, or the cohort they were learnt from."""

from __future__ import annotations

from collections.abc import Iterator

from credit_scoring.releases.manifest import Learnt, Stated
from credit_scoring.releases.paperwork.document import Block, Grid, Heading, Text, pairs, row
from credit_scoring.releases.paperwork.matter import Tongue

_TABLES = {
    "subjects": ("主体", "subjects"),
    "records": ("记录", "records"),
    "labels": ("结果标签", "labels"),
    "coverage": ("归集情况", "coverage"),
    "segments": ("分组", "segments"),
}
_SPLITS = {
    "train": ("建模样本", "training rows"),
    "held_out": ("留出样本", "held out"),
    "out_of_time": ("时间外样本", "out of time"),
    "out_of_region": ("地区外样本", "out of region"),
}


def learning(t: Tongue) -> Iterator[Block]:
    """Where the points come from."""
    yield Heading(text=t.voice.say("四、数据和依据", "4. Data and grounds"))
    data = t.matter.manifest.data
    yield from _learnt(t, data) if isinstance(data, Learnt) else _stated(t, data)


def _stated(t: Tongue, data: Stated) -> Iterator[Block]:
    say = t.voice.say
    points, rules = t.matter.standing(), t.matter.rule_standing()
    whole = sum(points.values())
    cited = t.citations.cite(data.authority)
    yield Text(text=say(f"分值由文件载明{cited}，没有数据样本。公布的和假定的数字如下。", f"The points are stated by a text {cited}; there is no data set. What of them is published and what is assumed:"))  # fmt: skip
    yield Grid(
        heads=(say("性质", "Standing"), say("满分（指标数）", "Most points (indicators)"), say("加减规则（指标数）", "Rules (indicators)")),
        rows=tuple(
            row(t.voice.basis(basis), f"{points[basis]} ({t.percent(points[basis], whole)})", f"{rules[basis]} ({t.percent(rules[basis], whole)})")
            for basis in points
            if points[basis] or rules[basis]
        ),
    )  # fmt: skip


def _learnt(t: Tongue, data: Learnt) -> Iterator[Block]:
    say, papers = t.voice.say, t.matter.training
    missing = say("没有随本说明书提供", "not handed in with this card")
    rate = missing
    bads = missing
    if papers is not None:
        cohort = papers.cohort
        total = sum(split.bads for split in cohort.splits)
        bads, rate = str(total), t.percent(total, cohort.used)
    facts = [
        (say("预测的结果", "Outcome foreseen"), t.voice.of(data.outcome)),
        (say("表现期", "Window"), say(f"观察日后{t.voice.span(data.window)}", f"{t.voice.span(data.window)} from the observation date")),
        (say("观察日", "Observation dates"), t.voice.listed(t.voice.day(day) for day in data.observed_on)),
        (say("样本行数", "Rows"), str(data.rows)),
        (say("其中发生该结果的行数", "Rows with the outcome"), bads),
        (say("发生率", "Base rate"), rate),
    ]  # fmt: skip
    if papers is not None:
        good = papers.cohort.unlabelled == "good"
        facts += [
            (say("没有标签的主体", "Subjects without a label"), say("视为没有发生", "taken as without the outcome") if good else say("不用于建模", "left out")),
            (say("结果收集截止日", "Outcomes collected until"), t.voice.day(papers.cohort.labels_until)),
            (say("没有使用的行数", "Rows left out"), str(papers.cohort.excluded)),
        ]  # fmt: skip
    facts += [
        (say("数据快照指纹（SHA-256）", "Data snapshot (SHA-256)"), data.data_sha256),
        (say("训练记录指纹（SHA-256）", "Training papers (SHA-256)"), data.training_sha256),
    ]
    yield pairs(*facts, heads=(say("项目", "Item"), say("内容", "Content")))
    yield Grid(
        caption=say("输入数据", "Inputs"),
        heads=(say("数据表", "Table"), say("文件", "File"), "SHA-256"),
        rows=tuple(
            row(say(*_TABLES.get(i.table, (i.table, i.table))), i.name, i.sha256) for i in data.inputs
        ),
    )
    if papers is not None:
        yield Grid(
            caption=say("样本划分", "Splits"),
            heads=(say("部分", "Split"), say("行数", "Rows"), say("主体数", "Subjects"), say("发生数", "With the outcome"), say("发生率", "Base rate")),
            rows=tuple(
                row(say(*_SPLITS.get(s.split, (s.split, s.split))), str(s.rows), str(s.subjects), str(s.bads), t.percent(s.bads, s.rows) if s.rows else "–")
                for s in papers.cohort.splits
            ),
        )  # fmt: skip
