"""The register entry as a paper, and how its fields answer what known registers ask."""

from __future__ import annotations

from collections.abc import Iterator

from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.paperwork.document import (
    Block,
    Cell,
    Document,
    Grid,
    Heading,
    Listing,
    Text,
    pairs,
    row,
)
from credit_scoring.releases.paperwork.footing import footer
from credit_scoring.releases.paperwork.matter import Tongue
from credit_scoring.releases.paperwork.register import RegisterEntry, Way, cited_texts

_CLASSES = {
    "none": ("不含个人信息", "no personal data"),
    "ordinary": ("一般个人信息", "ordinary personal data"),
    "sensitive": ("敏感个人信息", "sensitive personal data"),
    "consent_required": ("须书面同意", "written consent required"),
    "prohibited": ("禁止采集", "prohibited"),
}
_OPENNESS = {
    "public": ("公开", "open"),
    "shared": ("部门共享", "shared between departments"),
    "authorised": ("授权查询", "with authorisation"),
}
_FREQUENCIES = {
    "realtime": ("实时", "real time"),
    "daily": ("每日", "daily"),
    "weekly": ("每周", "weekly"),
    "monthly": ("每月", "monthly"),
    "quarterly": ("每季", "quarterly"),
    "yearly": ("每年", "yearly"),
}
_OUTCOMES = {
    "passed": ("通过", "passed"),
    "failed": ("未通过", "failed"),
    "not_computed": ("未能计算", "not computed"),
    "does_not_apply": ("不适用", "does not apply"),
}


def register_paper(t: Tongue, entry: RegisterEntry) -> Document:
    """The entry in the language of `t`."""
    say = t.voice.say
    t.citations.cite(cited_texts(t.matter))
    return Document(
        lang=t.voice.lang,
        title=say(f"算法登记：{entry.name.zh}（{entry.edition}版）", f"Algorithm register: {entry.name.en}, edition {entry.edition}"),
        subtitle=t.voice.of(entry.description),
        blocks=(
            *_general(t, entry), *_responsible(t, entry), *_data(t, entry), *_working(t, entry), *_risks(t, entry),
            *_redress(t, entry), *_versions(t, entry), *_standards(t), *_texts(t),
        ),
        footer=(*footer(t), say("同一内容的机读文件：register-entry.json", "The same for machines: register-entry.json")),
    )  # fmt: skip


def _facts(t: Tongue, *facts: tuple[str, str | Cell]) -> Grid:
    return pairs(*facts, heads=(t.voice.say("登记项", "Field"), t.voice.say("内容", "Content")))


def _stated(t: Tongue, text: Title | str | None) -> str:
    if text is None:
        return t.voice.say("未说明（待填写）", "not stated (to be filled in)")
    return text if isinstance(text, str) else t.voice.of(text)


def _general(t: Tongue, e: RegisterEntry) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("一、基本信息", "1. General"))
    yield _facts(
        t,
        (say("名称", "Name"), f"{t.voice.of(e.name)} ({e.identifier})"),
        (say("类别", "Kind"), t.voice.of(e.kind)),
        (say("责任单位", "Owner"), t.voice.of(e.owner)),
        (say("联系方式", "Contact"), t.voice.of(e.contact)),
        (say("供应商", "Supplier"), _stated(t, e.supplier)),
        (say("网址", "Website"), _stated(t, e.website)),
        (say("状态", "Status"), t.voice.of(e.status)),
        (say("可以施行的期间", "May be in force"), t.voice.from_until(e.may_be_in_force_from, e.may_be_in_force_until)),
    )  # fmt: skip


def _responsible(t: Tongue, e: RegisterEntry) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("二、目的和影响", "2. Purpose and effect"))
    yield _facts(
        t,
        (say("目的", "Purpose"), t.voice.of(e.purpose)),
        (say("评价对象", "Subjects"), t.voice.subjects(e.subjects)),
        (say("支持的决定", "Decision supported"), t.voice.of(e.decision_supported)),
        (say("对当事人的影响", "Effect on people"), t.voice.of(e.effect_on_people)),
        (say("自动化程度", "Automation"), t.voice.of(e.automated)),
        (say("人工复核", "Human review"), t.voice.of(e.human_review)),
        (say("法律依据", "Legal basis"), t.citations.cite(e.legal_basis)),
    )
    if e.consequences:
        yield Grid(
            heads=(say("等级", "Grade"), say("条件", "Condition"), say("每年抽查比例", "Share inspected in a year")),
            rows=tuple(row(*(t.voice.of(x) for x in (c.grade, c.condition, c.inspected_in_a_year))) for c in e.consequences),
        )  # fmt: skip


def _data(t: Tongue, e: RegisterEntry) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("三、数据", "3. Data"))
    classes = t.voice.clauses(
        say(f"{_CLASSES[name][0]}{count}类", f"{_CLASSES[name][1]}: {count}")
        for name, count in e.personal_data_classes.items()
    )
    yield Text(text=say(f"读取{len(e.data)}类记录。按个人信息类别：{classes}。", f"{len(e.data)} kinds of records are read. By class of personal data: {classes}."))  # fmt: skip
    yield Text(text=say("保存期限：", "Retention: ") + t.voice.of(e.retention))
    yield Grid(
        heads=(
            say("记录", "Record"), say("来源部门", "Source"), say("个人信息类别", "Personal data"), say("公开属性和更新", "Openness, updates"),
            say("公示和保存", "Publication, retention"), say("依据", "Basis"),
        ),
        rows=tuple(
            row(
                t.voice.of(d.title), t.voice.of(d.source), say(*_CLASSES[d.personal_data]),
                (say(*_OPENNESS[d.openness]), say(*_FREQUENCIES[d.update_frequency])),
                (t.voice.of(d.publicity), say(f"保存：{d.retention.zh}", f"kept: {d.retention.en}")),
                t.citations.cite(d.legal_basis),
            )
            for d in e.data
        ),
    )  # fmt: skip


def _working(t: Tongue, e: RegisterEntry) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("四、运行方式和效果", "4. How it works, how well it does"))
    standing = t.voice.clauses(
        f"{t.voice.basis(name)} {count}" for name, count in e.standing.items() if count
    )
    yield _facts(
        t,
        (say("基本原理", "Logic in brief"), t.voice.of(e.logic)),
        (say("指标数", "Indicators"), str(e.indicators)),
        (say("分值性质（指标数）", "Standing of the points (indicators)"), standing),
    )
    if not e.performance:
        yield Text(text=say("清单中没有检验结果。", "The manifest carries no checks."), notice=True)
        return
    yield Grid(
        caption=say("检验", "Checks"),
        heads=(say("检验", "Check"), say("结果", "Found"), say("限值", "Limit"), say("结论", "Verdict")),
        rows=tuple(row((t.voice.of(f.title), f.check), f.found, f.limit, say(*_OUTCOMES[f.outcome])) for f in e.performance),
    )  # fmt: skip


def _risks(t: Tongue, e: RegisterEntry) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("五、风险、措施和监测", "5. Risks, mitigations, monitoring"))
    for title, lines in (
        (say("风险", "Risks"), e.risks),
        (say("措施", "Mitigations"), e.mitigations),
        (say("监测", "Monitoring"), e.monitoring),
    ):
        yield Heading(text=title, level=3)
        yield Listing(items=tuple(t.voice.of(line) for line in lines))
    assessment = _stated(t, e.impact_assessment)
    yield Text(
        text=say(f"个人信息保护影响评估：{assessment}", f"Impact assessment of personal data: {assessment}")
    )


def _redress(t: Tongue, e: RegisterEntry) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("六、救济", "6. Redress"))
    ways: tuple[tuple[str, Way], ...] = (
        (say("查看自己的记录", "See one's own record"), e.enquiry),
        (say("异议", "Objection"), e.objection),
        (say("信用修复", "Repair"), e.repair),
    )
    for title, way in ways:
        yield Heading(text=title, level=3)
        yield Listing(items=tuple(t.voice.of(step) for step in way.steps), ordered=True)
        days = say("未载明", "not stated") if way.working_days is None else say(f"{way.working_days}个工作日", f"{way.working_days} working days")  # fmt: skip
        cited = t.citations.cite(way.legal_basis)
        yield Text(text=say(f"期限：{days}；依据{cited}；性质：{t.voice.basis(way.basis)}。", f"Time limit: {days}; rests on {cited}; standing: {t.voice.basis(way.basis)}."))  # fmt: skip


def _versions(t: Tongue, e: RegisterEntry) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("七、版本和日期", "7. Version and dates"))
    yield _facts(
        t,
        (say("规则版本", "Edition"), e.edition),
        (say("编制人", "Author"), e.author),
        (say("编制时间", "Built at"), e.built_at.isoformat()),
        (say("程序版本", "Version of the program"), e.program_version),
        (say("评价规则指纹", "Policy"), e.hashes.policy),
        (say("决定分数的全部内容的指纹", "Everything that decides a score"), e.hashes.content),
        (say("程序源码指纹", "Code"), e.hashes.code),
        (say("依赖库锁定文件指纹", "Lock file"), e.hashes.lock),
        (say("数据快照指纹", "Data snapshot"), e.hashes.data or say("没有数据样本", "no data set")),
    )


def _standards(t: Tongue) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(
        text=say("八、与已知登记标准的对应", "8. What known registers ask, and where it stands here")
    )
    yield Grid(
        heads=(
            say("标准", "Standard"),
            say("它要求的部分", "What it asks"),
            say("本登记的章节", "Section here"),
        ),
        rows=tuple(row(say(*name), say(*asks), sections) for name, asks, sections in _STANDARDS),
    )
    yield Text(text=say("本文件不是算法备案，也不表示已经备案；是否须办理备案，由责任单位判断。", "This paper is no filing of an algorithm and does not say that one was made; whether one is due is for the owner to judge."), notice=True)  # fmt: skip


def _texts(t: Tongue) -> Iterator[Block]:
    yield Heading(text=t.voice.say("九、依据的文件", "9. Texts it rests on"))
    yield t.citations.table()


_ATRS = ("英国《算法透明度记录标准》", "Algorithmic Transparency Recording Standard (United Kingdom)")
_DUTCH = ("荷兰政府算法登记册", "Algoritmeregister (Netherlands)")
_CITIES = ("赫尔辛基、阿姆斯特丹人工智能登记册", "AI registers of Helsinki and Amsterdam")
_CHINA = ("《互联网信息服务算法推荐管理规定》第16条、第24条", "Provisions on algorithmic recommendation in internet information services (China), arts. 16 and 24")  # fmt: skip
_STANDARDS = (
    (_ATRS, ("责任主体", "owner and responsibility"), "1"),
    (_ATRS, ("说明和理由", "description and rationale"), "2, 4"),
    (_ATRS, ("决策过程和人工监督", "decision-making process and human oversight"), "2, 6"),
    (_ATRS, ("工具和数据规格", "specification of tool and data"), "3, 4, 7"),
    (_ATRS, ("风险、措施和影响评估", "risks, mitigations and impact assessments"), "5"),
    (_DUTCH, ("一般信息", "general information"), "1, 7"),
    (_DUTCH, ("负责任的使用", "responsible use"), "2, 5, 6"),
    (_DUTCH, ("运行方式", "operation"), "3, 4"),
    (_CITIES, ("数据集、数据处理", "datasets, data processing"), "3, 4"),
    (_CITIES, ("人工监督、风险", "human oversight, risks"), "2, 5"),
    (_CHINA, ("公示基本原理、目的意图和主要运行机制", "publishing basic principle, intention and main mechanism"), "2, 4"),
    (_CHINA, ("名称、服务形式、应用领域、算法类型", "name, form of service, field of use, type of algorithm"), "1, 2"),
)  # fmt: skip
