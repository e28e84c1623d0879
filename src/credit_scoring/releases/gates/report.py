"""The report of the gates for the person who decides: the answer first, what speaks against it, then everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Check, Gate, GateReport, Outcome
from credit_scoring.releases.gates.findings import Exhibit, Text
from credit_scoring.reports.contents import Report, Section, Table
from credit_scoring.reports.rendering import render
from credit_scoring.scoring.record import InputUsed

if TYPE_CHECKING:
    from credit_scoring.releases.opening import Released

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")
OUTCOMES: dict[Outcome, Title] = {
    "failed": Title(zh="未通过", en="failed"),
    "not_computed": Title(zh="无法计算（视为未通过）", en="not computed (counts against)"),
    "passed": Title(zh="通过", en="passed"),
    "does_not_apply": Title(zh="不适用", en="does not apply"),
}
"""The order in which a reader should see them."""
GATE_TITLES: dict[Gate, Title] = {
    "policy": Title(zh="政策", en="Policy"),
    "items": Title(zh="信息项", en="Items"),
    "golden": Title(zh="样例", en="Golden rows"),
    "additivity": Title(zh="可加性", en="Additivity"),
    "shap": Title(zh="SHAP 值", en="SHAP values"),
    "monotonicity": Title(zh="单调性", en="Monotonicity"),
    "validation": Title(zh="模型验证", en="Validation"),
    "base": Title(zh="公共评价", en="Public scorecard"),
    "stability": Title(zh="稳定性", en="Stability"),
    "comparison": Title(zh="与在用版本比较", en="Comparison"),
    "impact": Title(zh="影响", en="Impact"),
}


def write_report(found: GateReport, exhibits: Sequence[Exhibit], candidate: Released, folder: Path) -> None:
    """Write `gates.zh` and `gates.en`, each as HTML and Markdown."""
    for lang in LANGUAGES:
        report = report_of(found, exhibits, candidate, lang)
        for kind in ("html", "md"):
            text = render(report, kind)
            (folder / f"gates.{lang}.{kind}").write_text(text, encoding="utf-8", newline="\n")


def report_of(found: GateReport, exhibits: Sequence[Exhibit], candidate: Released, lang: Lang) -> Report:
    """The report in one language."""
    manifest = candidate.manifest
    title = Title(
        zh=f"发布前检查：{manifest.title.zh} {manifest.edition}（{found.name}:{found.version}）",
        en=f"Gates: {manifest.title.en}, edition {manifest.edition} ({found.name}:{found.version})",
    )
    sections = [
        Section(
            title=_say("结论", "Answer", lang),
            paragraphs=tuple(text.in_language(lang) for text in _answer(found)),
            tables=_against(found, lang),
        ),
        Section(
            title=_say("对象", "What was looked at", lang),
            tables=(_table(_about(found, candidate), lang),),
        ),
        Section(
            title=_say("全部检查", "All checks", lang),
            tables=(_checks_table(_say("逐项结果，未通过者在前", "Every check, those that failed first", lang), _ordered(found.checks), lang),),
        ),
        *(
            Section(
                title=exhibit.title.in_language(lang),
                paragraphs=() if exhibit.note is None else (exhibit.note.in_language(lang),),
                tables=(_table(exhibit, lang),),
            )
            for exhibit in exhibits
        ),
    ]  # fmt: skip
    return Report(
        lang=lang, title=title.in_language(lang), sections=tuple(sections), footer=_footer(found, lang)
    )


def _say(zh: str, en: str, lang: Lang) -> str:
    return zh if lang == "zh" else en


def _text(text: Text, lang: Lang) -> str:
    return text if isinstance(text, str) else text.in_language(lang)


def _ordered(checks: Sequence[Check]) -> list[Check]:
    """By outcome, then in the order of the gates."""
    rank = {outcome: place for place, outcome in enumerate(OUTCOMES)}
    return sorted(checks, key=lambda check: rank[check.outcome])


def _answer(found: GateReport) -> list[Title]:
    against = found.against
    applied = [check for check in found.checks if check.outcome != "does_not_apply"]
    if not against:
        return [
            Title(
                zh=f"可以提请批准：{len(applied)} 项检查全部通过，另有 {len(found.checks) - len(applied)} 项不适用。",
                en=f"The release may be put to approval: all {len(applied)} checks passed, "
                f"{len(found.checks) - len(applied)} do not apply.",
            ),
            _who(),
        ]
    hard = [check for check in against if not check.acceptable]
    soft = [check for check in against if check.acceptable]
    told = [
        Title(
            zh=f"{len(applied)} 项检查中有 {len(against)} 项未通过。",
            en=f"{len(against)} of {len(applied)} checks speak against the release.",
        )
    ]
    if hard:
        told.append(
            Title(
                zh=f"不得批准：{len(hard)} 项涉及正确性，不能由批准人接受；须改正后重新构建并检查。",
                en=f"It may not be approved: {len(hard)} concern correctness and cannot be accepted. "
                "Correct them, build the release again and run the gates again.",
            )
        )
    else:
        told.append(
            Title(
                zh=f"仅在批准人写明理由逐项接受以下 {len(soft)} 项后，方可批准。",
                en=f"It may only be approved if the approver accepts each of the {len(soft)} checks below, with a reason.",
            )
        )
    return [*told, _who()]


def _who() -> Title:
    return Title(
        zh="检查由程序完成，决定由人作出：批准人不得为本发布的制作人。",
        en="The checks are made by a program, the decision by a person: not the author of the release.",
    )


def _against(found: GateReport, lang: Lang) -> tuple[Table, ...]:
    if not found.against:
        return ()
    caption = _say("未通过的检查", "What speaks against it", lang)
    return (_checks_table(caption, _ordered(found.against), lang),)


def _checks_table(caption: str, checks: Sequence[Check], lang: Lang) -> Table:
    heads = (
        ("结果", "Outcome"), ("类别", "Gate"), ("检查项", "Check"), ("发现", "Found"), ("要求", "Limit"), ("说明", "Detail"),
        ("可否接受", "May be accepted"), ("编号", "Id"),
    )  # fmt: skip
    rows = tuple(
        (
            OUTCOMES[check.outcome].in_language(lang), GATE_TITLES[check.gate].in_language(lang),
            check.title.in_language(lang), check.found, check.limit, check.detail.in_language(lang),
            _acceptable(check, lang), check.id,
        )
        for check in checks
    )  # fmt: skip
    return Table(caption=caption, heads=tuple(_say(zh, en, lang) for zh, en in heads), rows=rows)


def _acceptable(check: Check, lang: Lang) -> str:
    if check.stands:
        return ""
    return (
        _say("可以，须写明理由", "yes, with a reason", lang) if check.acceptable else _say("不可", "no", lang)
    )


def _about(found: GateReport, candidate: Released) -> Exhibit:
    manifest = candidate.manifest
    compared = found.compared_with
    rows: list[tuple[Text, ...]] = [
        (Title(zh="发布", en="Release"), f"{found.name}:{found.version}"),
        (Title(zh="评分卡版本", en="Edition"), f"{manifest.name}@{manifest.edition}"),
        (Title(zh="制作人", en="Author"), manifest.author),
        (Title(zh="施行日期（文本）", en="In force by its own text"), _span(manifest.in_force_from, manifest.in_force_until)),
        (
            Title(zh="比较对象", en="Compared with"),
            Title(zh="无（首次发布）", en="nothing: it is the first") if compared is None else f"{found.name}:{compared.version}",
        ),
        (Title(zh="评价日", en="Date"), f"{found.on}"),
        (Title(zh="数据截至", en="Known by"), f"{found.known_by}"),
        *((title, _input(used)) for title, used in _inputs(found)),
    ]  # fmt: skip
    title = Title(zh="发布与数据", en="Release and data")
    return Exhibit(
        title=title, heads=(Title(zh="项目", en="What"), Title(zh="内容", en="Value")), rows=tuple(rows)
    )


def _span(from_: object, until: object) -> str:
    return f"{from_} –" if until is None else f"{from_} – {until}"


def _inputs(found: GateReport) -> list[tuple[Title, InputUsed]]:
    every = (
        (Title(zh="主体表", en="Subjects"), found.subjects),
        (Title(zh="记录表", en="Records"), found.records),
        (Title(zh="归集覆盖表", en="Coverage"), found.coverage),
        (Title(zh="分组表", en="Segments"), found.segments),
    )
    return [(title, used) for title, used in every if used is not None]


def _input(used: InputUsed) -> Title:
    return Title(
        zh=f"{used.name}，{used.rows:,} 行，SHA-256 {used.sha256}",
        en=f"{used.name}, {used.rows:,} rows, SHA-256 {used.sha256}",
    )


def _table(exhibit: Exhibit, lang: Lang) -> Table:
    return Table(
        caption=exhibit.title.in_language(lang),
        heads=tuple(_text(head, lang) for head in exhibit.heads),
        rows=tuple(tuple(_text(cell, lang) for cell in row) for row in exhibit.rows),
    )


def _footer(found: GateReport, lang: Lang) -> tuple[str, ...]:
    lines = (
        Title(zh=f"清单 SHA-256：{found.manifest_sha256}", en=f"Manifest SHA-256: {found.manifest_sha256}"),
        Title(
            zh=f"程序版本 {found.code_version}，代码 SHA-256：{found.code_sha256}",
            en=f"Program {found.code_version}, code SHA-256: {found.code_sha256}",
        ),
        Title(zh=f"限值与条款 SHA-256：{found.terms_sha256}", en=f"Terms SHA-256: {found.terms_sha256}"),
        Title(
            zh="证据为 gates.json 的字节，其中列有其余各文件的哈希；有在用版本时，对全体主体的影响见 impact/impact.zh.html。",
            en="The evidence is the bytes of gates.json, which name the hash of every other file; the effects on the "
            "population are in impact/impact.en.html, where a release is in force.",
        ),
        Title(
            zh="逐个主体的变化（changes.parquet）不随证据保存；可用同样的数据重新模拟得出。",
            en="What changes subject by subject (changes.parquet) is not kept with the evidence; simulating with the "
            "same tables gives it again.",
        ),
    )
    return tuple(line.in_language(lang) for line in lines)
