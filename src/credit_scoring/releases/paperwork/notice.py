"""The public notice of a scorecard: for the party scored and for everybody, in the order in which they ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from credit_scoring.policy.catalogue import SubjectType
from credit_scoring.releases.paperwork.document import (
    Block,
    Document,
    Grid,
    Heading,
    Listing,
    Text,
    pairs,
    row,
)
from credit_scoring.releases.paperwork.footing import footer
from credit_scoring.releases.paperwork.indicator_tables import indicator_tables
from credit_scoring.releases.paperwork.matter import Tongue
from credit_scoring.releases.paperwork.scale_tables import (
    dimensions_table,
    examples_table,
    grades_table,
    outcome,
    overrides_table,
)
from credit_scoring.releases.paperwork.voice import signed
from credit_scoring.releases.terms import Route

_PERSONS: tuple[SubjectType, ...] = ("natural_person",)


def public_notice(t: Tongue) -> Document:
    """The notice in the language of `t`."""
    say, card = t.voice.say, t.matter.card
    return Document(
        lang=t.voice.lang,
        title=say(f"{card.title.zh}（{card.edition}版）评价规则公示", f"{card.title.en}, edition {card.edition}: public notice of its rules"),
        subtitle=say(
            f"适用于{t.voice.subjects(card.subject_type)}；{t.voice.from_until(card.in_force.from_, card.in_force.until)}可以施行",
            f"For {t.voice.subjects(card.subject_type)}; may be in force {t.voice.from_until(card.in_force.from_, card.in_force.until)}",
        ),
        blocks=(
            *_at_a_glance(t), *_grades(t), *_examples(t), *_overrides(t), *_general_rules(t), *_not_counted(t),
            *_rights(t), *_annex(t),
        ),
        footer=footer(t),
    )  # fmt: skip


def _at_a_glance(t: Tongue) -> Iterator[Block]:
    say, card, matter = t.voice.say, t.matter.card, t.matter
    clean = matter.examples[0].explanation
    yield Heading(text=say("一、要点", "1. At a glance"))
    yield Text(text=t.voice.of(matter.register.purpose), notice=True)
    risk = card.direction == "higher_is_riskier"
    indicators = len(list(card.places()))
    facts = [
        (say("对谁评价", "Who is scored"), t.voice.subjects(card.subject_type)),
        (say("谁公布", "Who publishes"), t.voice.of(matter.terms.publisher.name)),
        (say("满分", "Scale"), say(f"最高{signed(card.total)}分", f"up to {signed(card.total)} points")),
        (say("分数的含义", "What the score says"), say("分数越高，风险越高", "more points mean more risk") if risk else say("分数越高，信用状况越好", "more points are better")),
        (say("没有任何记录的得分", "Score with nothing on record"), say(f"{signed(clean.score)}分（{outcome(t, clean)}）", f"{signed(clean.score)} ({outcome(t, clean)})")),
        (say("计什么", "What counts"), say(f"{len(card.dimensions)}个部分、{indicators}个指标、{len(matter.items)}类记录，附件一逐项列出", f"{len(card.dimensions)} parts, {indicators} indicators and {len(matter.items)} kinds of records, all listed in annex 1")),
        (say("联系方式", "Contact"), t.voice.of(matter.terms.publisher.contact)),
    ]  # fmt: skip
    if matter.base is not None:
        editions = t.voice.listed(matter.editions_of_base)
        builds_on = say(
            f"{matter.base.title.zh}（{editions}版）", f"{matter.base.title.en} (editions: {editions})"
        )
        facts.insert(1, (say("建立在什么之上", "Builds on"), builds_on))
    yield pairs(*facts, heads=(say("问", "Question"), say("答", "Answer")))
    start = any(s.points for s in card.starts)
    zh, en = ("起始分加上", "the start plus ") if start else ("", "")
    yield Text(text=say(f"得分等于{zh}下列各部分得分之和。", f"The score is {en}the sum of these parts."))
    yield dimensions_table(t)
    yield Text(text=_standing(t), notice=matter.standing()["assumed"] > 0)


def _standing(t: Tongue) -> str:
    say = t.voice.say
    points, rules = t.matter.standing(), t.matter.rule_standing()
    whole = sum(points.values())
    if t.matter.is_learnt:
        return say(
            f"分值由历史数据估计（{whole}个指标中{points['learnt']}个）。估计的方法和检验结果见模型说明书。",
            f"The points are estimated from past data ({points['learnt']} of {whole} indicators). The model card has the method and the tests.",
        )
    return say(
        f"哪些数字已经公布：{whole}个指标中，{points['published']}个的满分、{rules['published']}个的加减规则见于公布的文件；"
        f"{points['assumed']}个的满分、{rules['assumed']}个的加减规则是假定值，待主管部门确认。附件一逐项注明。",
        f"What is published: of {whole} indicators, the most points of {points['published']} and the rules of {rules['published']} stand in "
        f"published texts; the points of {points['assumed']} and the rules of {rules['assumed']} are assumed and to be confirmed. Annex 1 says which.",
    )  # fmt: skip


def _grades(t: Tongue) -> Iterator[Block]:
    say, card = t.voice.say, t.matter.card
    if card.grades:
        yield Heading(text=say("二、等级和后果", "2. Grades and what follows"))
        yield Text(
            text=say("依次对照，取第一个符合的等级。", "The first grade whose condition is met is given.")
        )
        yield grades_table(t)
        inspections = t.matter.terms.inspections_of(card.scorecard)
        if inspections is not None:
            cited = t.citations.cite(inspections.authority)
            note = (
                ""
                if inspections.note is None
                else say(f"{inspections.note.zh}。", f"{inspections.note.en}. ")
            )
            basis = t.voice.basis(inspections.basis)
            yield Text(text=say(f"抽查比例的依据{cited}，性质：{basis}。{note}任何等级都不免除检查。", f"Inspection shares rest on {cited}; standing: {basis}. {note}No grade exempts from inspection."))  # fmt: skip
        return
    yield Heading(text=say("二、分段和后果", "2. Bands and what follows"))
    if card.bands is not None:
        width = t.voice.points(card.bands.width)
        yield Text(text=say(f"不评等级，只公布得分所在的分段，每段{width}，含下限、不含上限。", f"There is no grade: a band of {width} is given, its lower limit included and its upper one not."))  # fmt: skip
    else:
        yield Text(text=say("只有得分，不评等级。", "There is a score and no grade."))
    yield Text(text=say("没有规定随分段而来的检查比例。", "No inspection share is stated for a band."))


def _examples(t: Tongue) -> Iterator[Block]:
    say = t.voice.say
    on = t.matter.examples[0].explanation.on
    yield Heading(text=say("三、算例", "3. Worked examples"))
    born = t.voice.day(t.matter.examples[0].established_on)
    person = t.matter.card.subject_type in _PERSONS
    since = say("出生" if person else "设立", "born" if person else "established")
    yield Text(
        text=say(
            f"以下主体是虚构的（{since}于{born}），由评价程序按{t.voice.day(on)}的情况算出，单位为分。",
            f"These subjects are invented ({since} {born}); the program scored them as of {t.voice.day(on)}, in points.",
        )
    )
    yield examples_table(t)


def _overrides(t: Tongue) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("四、直接判定", "4. Overrides"))
    if not t.matter.card.overrides:
        yield Text(text=say("没有直接判定的情形。", "There are none."))
        return
    yield Text(
        text=say(
            "有下列情形的，等级或得分直接判定；各指标的得分照常保留。情形消失后，直接判定随之解除。",
            "In these cases the grade or score is determined directly; the points underneath are kept. When the case is gone, so is the determination.",
        )
    )  # fmt: skip
    yield overrides_table(t)


def _general_rules(t: Tongue) -> Iterator[Block]:
    say, card = t.voice.say, t.matter.card
    titles = {place.indicator: place.rule.title for place in card.places()}
    yield Heading(text=say("五、通用规则", "5. Rules for every indicator"))
    rules = [
        say("各指标的得分不超过自己的最高分，也不低于自己的最低分。", "An indicator never gives more than its most nor less than its fewest points."),
        say("除附件一另有说明的外，已修复的记录不再计入。", "Unless annex 1 says otherwise, a repaired record no longer counts."),
        say("撤销的、到期的、评价日以后才发生或者才登记的、超过保存期限的记录不计入。", "A record that is withdrawn, expired, past its retention, or happened or was recorded after the date does not count."),
        say("除附件一另有说明的外，同一事件有多条记录的，只计影响最大的一条。", "Unless annex 1 says otherwise, of several records of one event only the heaviest counts."),
    ]  # fmt: skip
    for group in card.event_groups.values():
        named = t.voice.listed(t.voice.of(titles[name]) for name in group.indicators)
        rules.append(
            say(
                f"{group.title.zh}在以下指标中只计一次，计入影响最大的指标：{named}。超出该指标上下限的部分，可以计入其他指标。",
                f"{group.title.en} counts once among these indicators, where it weighs most: {named}. What that one can no longer take may count under another.",
            )
        )  # fmt: skip
    yield Listing(items=tuple(rules))


def _not_counted(t: Tongue) -> Iterator[Block]:
    say, matter = t.voice.say, t.matter
    yield Heading(text=say("六、不计入的信息", "6. What is not counted"))
    classes = Counter(item.personal_data for item in matter.items.values())
    of_type = [i for i in matter.policy.catalogue.values() if matter.card.subject_type in i.subject_types]
    outside = t.citations.cite(("gb-2020-49",))
    data = t.citations.cite(("credit-reporting-regulation art. 14", "pipl art. 28"))
    sensitive = [t.voice.of(i.title) for i in matter.items.values() if i.personal_data == "sensitive"]
    named = say("（", " (") + t.voice.listed(sensitive) + say("）", ")") if sensitive else ""
    lines = [
        say(f"信用信息目录以外的信息一律不计入{outside}。", f"Nothing outside the catalogue of credit information counts {outside}."),
        say(f"目录中与{t.voice.subjects(matter.card.subject_type)}有关的记录有{len(of_type)}类，本评价使用{len(matter.items)}类，其余不计入。", f"The catalogue has {len(of_type)} kinds of records of {t.voice.subjects(matter.card.subject_type)}; this evaluation uses {len(matter.items)}, the others do not count."),
        say(f"宗教信仰、基因、指纹、血型、疾病和病史信息禁止采集，不计入{data}。本评价使用的禁止采集类记录：{classes['prohibited']}类。", f"Religion, genes, fingerprints, blood type, disease and medical history must not be collected and do not count {data}. Kinds of prohibited data used here: {classes['prohibited']}."),
        say(f"收入、存款、有价证券、商业保险、不动产、纳税数额须经本人书面同意才可采集；本评价使用的此类记录：{classes['consent_required']}类。敏感个人信息：{classes['sensitive']}类{named}。", f"Income, deposits, securities, commercial insurance, real estate and tax amounts need written consent; kinds of them used here: {classes['consent_required']}. Kinds of sensitive personal data: {classes['sensitive']}{named}."),
    ]  # fmt: skip
    yield Listing(items=tuple(lines))


def _rights(t: Tongue) -> Iterator[Block]:
    say, terms = t.voice.say, t.matter.terms
    yield Heading(text=say("七、您的权利", "7. Your rights"))
    yield Text(
        text=say(
            "分数本身不是处罚。对您权益有重大影响的决定，不得仅凭自动评价作出。",
            "The score is no penalty. No decision of weight for you may be taken on an automated evaluation alone.",
        ),
        notice=True,
    )
    pipl = t.citations.cite(("pipl art. 24",))
    person = t.matter.card.subject_type in _PERSONS
    who = say(
        "" if person else "涉及个人（如个体工商户、负责人）的，",
        "" if person else "Where it concerns a person, ",
    )
    yield Text(
        text=t.voice.of(t.matter.register.human_review)
        + say(f"{who}可以要求说明，并有权拒绝仅通过自动化方式作出的决定{pipl}。", f" {who}{'that' if not person else 'A'} person may ask for an explanation and refuse a decision taken by automation alone {pipl}.")
    )  # fmt: skip
    yield Text(text=say("联系方式：", "Contact: ") + t.voice.of(terms.publisher.contact))
    for title, route in (
        (say("查看自己的记录", "See your own record"), terms.enquiry),
        (say("提出异议", "Object"), terms.objection),
        (say("申请信用修复", "Repair"), terms.repair),
    ):
        yield Heading(text=title, level=3)
        yield Listing(items=tuple(t.voice.of(step) for step in route.how), ordered=True)
        yield Text(text=_route(t, route))


def _route(t: Tongue, route: Route) -> str:
    say = t.voice.say
    days = (
        say("办理期限：未载明。", "Time limit: not stated.")
        if route.working_days is None
        else say(
            f"办理期限：{route.working_days}个工作日。", f"Time limit: {route.working_days} working days."
        )
    )
    cited, basis = t.citations.cite(route.authority), t.voice.basis(route.basis)
    return days + say(
        f"依据{cited}；办法的性质：{basis}。", f" Rests on {cited}; standing of the procedure: {basis}."
    )


def _annex(t: Tongue) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("附件一　每个指标怎么计分", "Annex 1. How every indicator counts"))
    yield Text(text=say("公示期自作出决定之日起算。〔〕内是附件二中依据文件的序号。", "Publication runs from the date of the decision. Numbers in brackets are the texts of annex 2."))  # fmt: skip
    yield from indicator_tables(t)
    yield Heading(text=say("附件二　依据的文件", "Annex 2. Texts it rests on"))
    t.citations.cite(t.matter.card.authority)
    table: Grid = t.citations.table()
    yield table if table.rows else Grid(heads=table.heads, rows=(row(*("–",) * len(table.heads)),))
