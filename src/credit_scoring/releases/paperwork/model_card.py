"""The model card: what a release is, what it rests on, how well it does, where it ends."""

from __future__ import annotations

from collections.abc import Iterator

from credit_scoring.policy.language import Place
from credit_scoring.policy.measures import EventPoints, LatestLevel, LevelsCurve, Ratio, RecordMeasure
from credit_scoring.policy.ranges import curve_direction, event_point_signs
from credit_scoring.releases.manifest import Learnt
from credit_scoring.releases.paperwork.document import (
    Block,
    Document,
    Grid,
    Heading,
    Listing,
    Text,
    heading_row,
    pairs,
    row,
)
from credit_scoring.releases.paperwork.footing import footer
from credit_scoring.releases.paperwork.indicator_tables import standing_lines
from credit_scoring.releases.paperwork.learning import learning
from credit_scoring.releases.paperwork.matter import Tongue
from credit_scoring.releases.paperwork.scale_tables import (
    dimensions_table,
    grades_table,
    overrides_table,
    weights_of,
)
from credit_scoring.releases.paperwork.voice import signed

_FAMILIES = {
    "woe": ("证据权重评分卡（逻辑回归，分箱计分）", "weight-of-evidence scorecard (logistic regression over bins)"),
    "additive": ("可加阶梯函数评分卡（提升树，无交互）", "additive scorecard of step functions (boosted, without interactions)"),
    "gradient": ("梯度提升树（有单调约束）", "gradient-boosted trees with monotone constraints"),
}  # fmt: skip
_OUTCOMES = {
    "passed": ("通过", "passed"),
    "failed": ("未通过", "failed"),
    "not_computed": ("未能计算", "not computed"),
    "does_not_apply": ("不适用", "does not apply"),
}
_DIRECTIONS = {
    ("records", 1): ("记录越多分越高", "more records, more points"),
    ("records", -1): ("记录越多分越低", "more records, fewer points"),
    ("value", 1): ("数值越大分越高", "the larger, the more points"),
    ("value", -1): ("数值越大分越低", "the larger, the fewer points"),
    ("level", 1): ("等级越差分越高", "the worse the level, the more points"),
    ("level", -1): ("等级越差分越低", "the worse the level, the fewer points"),
}
_FREE = ("两个方向均可", "either way")
_BY_RULE = ("按规则而定", "as the rule says")


def model_card(t: Tongue) -> Document:
    """The model card in the language of `t`."""
    say, card = t.voice.say, t.matter.card
    return Document(
        lang=t.voice.lang,
        title=say(f"{card.title.zh}（{card.edition}版）模型说明书", f"{card.title.en}, edition {card.edition}: model card"),
        subtitle=say("这个评价是什么，依据什么，效果如何，到哪里为止", "What this evaluation is, what it rests on, how well it does, and where it ends"),
        blocks=(
            *_identity(t), *_use(t), *_makers(t), *learning(t), *_indicators(t), *_performance(t), *_grades(t), *_limits(t),
            *_explanation(t), *_golden(t), *_hashes(t), *_reproduction(t), *_texts(t),
        ),
        footer=footer(t),
    )  # fmt: skip


def family(t: Tongue) -> str:
    """What kind of scorecard it is."""
    data = t.matter.manifest.data
    if isinstance(data, Learnt):
        zh, en = _FAMILIES.get(data.family, (data.family, data.family))
        return t.voice.say(zh, en)
    if weights_of(t):
        return t.voice.say("加权评分卡（权重由规则载明）", "weighted scorecard (weights are stated)")
    return t.voice.say("规则评分卡（分值由规则载明）", "points scorecard (points are stated)")


def _facts(t: Tongue, *facts: tuple[str, str | tuple[str, ...]]) -> Grid:
    return pairs(*facts, heads=(t.voice.say("项目", "Item"), t.voice.say("内容", "Content")))


def _identity(t: Tongue) -> Iterator[Block]:
    say, card, base = t.voice.say, t.matter.card, t.matter.base
    yield Heading(text=say("一、是什么", "1. What it is"))
    risk = card.direction == "higher_is_riskier"
    builds_on = say("无", "nothing")
    if base is not None:
        editions = t.voice.listed(t.matter.editions_of_base)
        builds_on = f"{t.voice.of(base.title)} ({base.scorecard}: {editions})"
    yield _facts(
        t,
        (say("名称", "Name"), f"{t.voice.of(card.title)} ({card.scorecard})"),
        (say("规则版本", "Edition"), card.edition),
        (say("发布版本号", "Version"), say("登记时给出，见决定记录", "given when it is registered: see the paper on decisions")),
        (say("评价对象", "Subjects"), t.voice.subjects(card.subject_type)),
        (say("类别", "Kind"), family(t)),
        (say("建立在什么之上", "Builds on"), builds_on),
        (say("可以施行的期间", "May be in force"), t.voice.from_until(card.in_force.from_, card.in_force.until)),
        (say("满分", "Scale"), say(f"最高{signed(card.total)}分", f"up to {signed(card.total)} points")),
        (say("方向", "Direction"), say("分数越高，风险越高", "more points mean more risk") if risk else say("分数越高越好", "more points are better")),
    )  # fmt: skip


def _use(t: Tongue) -> Iterator[Block]:
    say, card = t.voice.say, t.matter.card
    yield Heading(text=say("二、用途", "2. Use"))
    yield Text(text=t.voice.of(t.matter.register.purpose))
    span = t.voice.from_until(card.in_force.from_, card.in_force.until)
    yield Heading(text=say("不得用于", "Must not be used"), level=3)
    yield Listing(
        items=(
            say(f"{t.voice.subjects(card.subject_type)}以外的主体；", f"for anyone but {t.voice.subjects(card.subject_type)};"),
            say(f"可以施行的期间（{span}）以外的评价日；", f"on dates outside the time it may be in force ({span});"),
            say("作为对当事人有重大影响的决定的唯一依据；", "as the only ground of a decision of weight for the party;"),
            say("上文没有写明的目的。", "for any purpose that is not stated above."),
        )
    )  # fmt: skip


def _makers(t: Tongue) -> Iterator[Block]:
    say, manifest, publisher = t.voice.say, t.matter.manifest, t.matter.terms.publisher
    yield Heading(text=say("三、谁制作", "3. Who made it"))
    yield _facts(
        t,
        (say("编制人", "Author"), manifest.author),
        (say("编制时间", "Built at"), manifest.built_at.isoformat()),
        (say("批准人", "Approver"), say("编制时尚无，见决定记录", "none when it was built: see the paper on decisions")),
        (say("公布机构", "Publisher"), t.voice.of(publisher.name)),
        (say("联系方式", "Contact"), t.voice.of(publisher.contact)),
    )  # fmt: skip


def _indicators(t: Tongue) -> Iterator[Block]:
    say, card = t.voice.say, t.matter.card
    yield Heading(text=say("五、指标", "5. Indicators"))
    yield dimensions_table(t)
    weights = weights_of(t)
    heads = [say("指标", "Indicator"), say("分值", "Points")]
    if weights:
        heads.append(say("权重", "Weight"))
    heads += [say("方向", "Direction"), say("性质", "Standing"), say("依据", "Basis")]
    rows = []
    for name, dimension in card.dimensions.items():
        rows.append(heading_row(t.voice.of(dimension.title)))
        for place in (p for p in card.places() if p.dimension == name):
            cells: list[str | tuple[str, ...]] = [
                (t.voice.of(place.rule.title), place.indicator), t.rules.span(place.rule),
            ]  # fmt: skip
            if weights:
                cells.append(weights.get(place.indicator, "–"))
            cells += [direction(t, place), standing_lines(t, place), t.authority(place)]
            rows.append(row(*cells))
    yield Grid(heads=tuple(heads), rows=tuple(rows))
    yield Text(text=say("每个指标的加减规则逐句见评价规则公示的附件一。", "Annex 1 of the public notice has every rule, sentence by sentence."))  # fmt: skip


def direction(t: Tongue, place: Place) -> str:
    """Which way more records, or a larger value, move the points; of a learnt indicator, what it was held to."""
    measure, papers = place.rule.measure, t.matter.training
    about = "value"
    signs = {1}
    if isinstance(measure, EventPoints):
        about, signs = "records", event_point_signs(measure)
    elif isinstance(measure, LatestLevel):
        about = "level"
    used = (
        None if papers is None else next((f for f in papers.features if f.feature == place.indicator), None)
    )
    if used is not None:
        if used.polarity == "free":
            return t.voice.say(*_FREE)
        way: int | None = 1 if used.polarity == "better" else -1
    elif place.rule.curve == "model":
        return t.voice.say("未提供", "not handed in")
    elif isinstance(place.rule.curve, LevelsCurve):
        return t.voice.say(*_BY_RULE)
    else:
        way = curve_direction(place.rule.curve)
    if way not in (1, -1) or len(signs) != 1:
        return t.voice.say(*_BY_RULE)
    return t.voice.say(*_DIRECTIONS[about, way * signs.pop()])


def _performance(t: Tongue) -> Iterator[Block]:
    say, checks = t.voice.say, t.matter.manifest.validation
    yield Heading(text=say("六、检验", "6. Checks"))
    if not checks:
        yield Text(text=say("清单中没有检验结果。", "The manifest carries no checks."), notice=True)
        return
    against = [check for check in checks if not check.stands]
    verdict = say(
        f"制作时共{len(checks)}项检验，{len(checks) - len(against)}项通过或者不适用，{len(against)}项未通过或者未能计算。",
        f"Of {len(checks)} checks at the time of the build, {len(checks) - len(against)} passed or do not apply; {len(against)} failed or could not be computed.",
    )  # fmt: skip
    yield Text(text=verdict, notice=bool(against))
    rows = tuple(
        row(
            (t.voice.of(check.title), check.id), check.found, check.limit, say(*_OUTCOMES[check.outcome]),
            t.voice.of(check.detail),
        )
        for check in checks
    )  # fmt: skip
    yield Grid(
        heads=(say("检验", "Check"), say("结果", "Found"), say("限值", "Limit"), say("结论", "Verdict"), say("说明", "Detail")),
        rows=rows,
    )  # fmt: skip
    yield Text(text=say("施行前的检验（包括对全体主体的影响）另见决定记录。", "The gates before it goes into force, its effect on everyone among them, are in the paper on decisions."))  # fmt: skip


def _grades(t: Tongue) -> Iterator[Block]:
    say, card = t.voice.say, t.matter.card
    yield Heading(text=say("七、等级和直接判定", "7. Grades and overrides"))
    if card.grades:
        yield grades_table(t)
    elif card.bands is not None:
        width = t.voice.points(card.bands.width)
        yield Text(text=say(f"不评等级，按每段{width}分段。", f"No grades: bands of {width}."))
    else:
        yield Text(text=say("不评等级。", "No grades."))
    if card.overrides:
        yield overrides_table(t)


def _limits(t: Tongue) -> Iterator[Block]:
    say, matter = t.voice.say, t.matter
    points, rules = matter.standing(), matter.rule_standing()
    whole = sum(points.values())
    lines = [t.voice.of(risk) for risk in matter.register.risks]
    if points["assumed"]:
        share = t.percent(points["assumed"], whole)
        lines.append(say(f"{whole}个指标中{points['assumed']}个（{share}）的分值是假定值，待确认。", f"The points of {points['assumed']} of {whole} indicators ({share}) are assumed and to be confirmed."))  # fmt: skip
    if rules["assumed"]:
        share = t.percent(rules["assumed"], whole)
        lines.append(say(f"{whole}个指标中{rules['assumed']}个（{share}）的加减规则是假定值，待确认。", f"The rules of {rules['assumed']} of {whole} indicators ({share}) are assumed and to be confirmed."))  # fmt: skip
    if not matter.is_learnt:
        lines.append(
            say(
                "分值没有与后来的失信结果对照检验过。",
                "The points have not been tested against later outcomes.",
            )
        )
    if kept := [t.voice.of(p.rule.title) for p in matter.card.places() if _keeps_repaired(p)]:
        named = t.voice.listed(kept)
        lines.append(say(f"修复后仍可能全部或者部分计入的指标：{named}。", f"Indicators in which a repaired record may still count, in full or in part: {named}."))  # fmt: skip
    papers = matter.training
    if papers is not None:
        titles = {f.feature: t.voice.of(f.title) if f.title else f.feature for f in papers.features}
        for left in papers.features_left_out:
            reason = t.voice.of(left.reason)
            lines.append(
                say(f"没有使用的特征：{left.feature}（{reason}）。", f"Left out: {left.feature} ({reason}).")
            )
        for feature in (f for f in papers.features if f.polarity == "free"):
            lines.append(say(f"方向不受约束的特征：{titles[feature.feature]}。", f"Free in its direction: {titles[feature.feature]}."))  # fmt: skip
        if papers.overrides_left_out:
            lines.append(say(f"行业评分卡中查看指标分值的直接判定在此没有意义，没有采用：{t.voice.listed(papers.overrides_left_out)}。", f"Overrides that look at points of the sector's scorecard mean nothing here and were left out: {t.voice.listed(papers.overrides_left_out)}."))  # fmt: skip
        if papers.requirements_left_out:
            lines.append(say(f"行业评分卡中对指标分值另有要求的等级，在此只看得分：{t.voice.listed(papers.requirements_left_out)}。", f"Grades that also required points in the sector's scorecard go by the score alone here: {t.voice.listed(papers.requirements_left_out)}."))  # fmt: skip
    for check in matter.manifest.validation:
        if not check.stands:
            lines.append(say(f"检验“{check.title.zh}”{_OUTCOMES[check.outcome][0]}：{check.found}，限值{check.limit}。", f"Check “{check.title.en}” {_OUTCOMES[check.outcome][1]}: {check.found}, limit {check.limit}."))  # fmt: skip
    yield Heading(text=say("八、适用界限和已知不足", "8. Limits and known weaknesses"))
    yield Listing(items=tuple(dict.fromkeys(lines)))


def _keeps_repaired(place: Place) -> bool:
    measure = place.rule.measure
    parts = (measure.numerator, measure.denominator) if isinstance(measure, Ratio) else (measure,)
    return any(isinstance(part, RecordMeasure) and part.repaired != "excluded" for part in parts)


def _explanation(t: Tongue) -> Iterator[Block]:
    say = t.voice.say
    yield Heading(text=say("九、怎么解释", "9. How a score is explained"))
    by_model = any(place.rule.curve == "model" for place in t.matter.card.places())
    if not by_model:
        yield Text(text=say("得分是各指标得分之和（有上下限的除外），每一分都能追溯到加减它的记录。没有近似。", "The score is the sum of the indicators' points, within stated bounds; every point leads to the records that gave or took it. Nothing is approximated."))  # fmt: skip
        return
    yield Text(text=say("每个指标的得分是模型的SHAP值换算成的分，相对于训练样本的平均主体；起始分加各指标得分恰好等于得分。", "An indicator's points are the model's SHAP values in points, against the average subject of the training rows; start and points add up exactly to the score."))  # fmt: skip
    shap = None if t.matter.training is None else t.matter.training.shap
    if shap is None:
        yield Text(text=say("SHAP核对情况：没有随本说明书提供，见第六节。", "The check of the SHAP values was not handed in with this card: see section 6."))  # fmt: skip
        return
    difference = (
        say("未计算", "not computed") if shap.largest_difference is None else f"{shap.largest_difference:.3g}"
    )
    yield _facts(
        t,
        (say("计算方法", "Method"), shap.method),
        (say("核对行数", "Rows checked"), str(shap.checked_rows)),
        (say("与参照算法的最大差", "Largest difference to the reference"), difference),
        (say("与模型输出之和的最大差", "Largest gap to the model's output"), f"{shap.largest_gap:.3g}"),
    )


def _golden(t: Tongue) -> Iterator[Block]:
    say, golden = t.voice.say, t.matter.manifest.golden
    yield Heading(text=say("十、金标准行", "10. Golden rows"))
    day = t.voice.day(golden.on)
    yield Text(text=say(f"随发布保存{golden.subjects}个虚构主体和{golden.records}条虚构记录在{day}的结果，其中{golden.rejected}行必须被拒收。任何时候重算都应当逐位相同。", f"The release keeps the results of {golden.subjects} invented subjects with {golden.records} records on {day}; {golden.rejected} of the rows must be rejected. Computed at any time, they must be the same to the last digit."))  # fmt: skip


def _hashes(t: Tongue) -> Iterator[Block]:
    say, manifest = t.voice.say, t.matter.manifest
    code = manifest.code
    yield Heading(text=say("十一、指纹（SHA-256）", "11. Hashes (SHA-256)"))
    yield _facts(
        t,
        (say("评价规则", "Policy"), manifest.policy_sha256),
        (say("决定分数的全部内容", "Everything that decides a score"), manifest.content_sha256),
        (say("程序源码", "Code"), code.sha256),
        (say("依赖库锁定文件", "Lock file of the libraries"), code.lock_sha256),
        *((say(f"所依托的{b.scorecard}（{b.edition}版）", f"{b.scorecard}, edition {b.edition}"), b.policy_sha256) for b in manifest.bases),
        (say("程序版本", "Version of the program"), f"{code.version}, Python {code.python}"),
        (say("依赖库", "Libraries"), t.voice.listed(f"{name} {version}" for name, version in code.libraries.items())),
    )  # fmt: skip


def _reproduction(t: Tongue) -> Iterator[Block]:
    say, name = t.voice.say, t.matter.manifest.name
    yield Heading(text=say("十二、怎么复核", "12. How to reproduce it"))
    version = say("版本号", "VERSION")
    run, day = say("运行目录", "RUN"), say("日期", "DATE")
    yield Listing(
        items=(
            say("核对发布是否完好：", "See that the release is intact: ") + "credit-scoring release verify",
            say("按本发布评分：", "Score by it: ") + f"credit-scoring score --release {name}:{version} --subjects subjects.parquet --records records.parquet --on {day} --out {run}",
            say("重算以前的一次运行并逐行比对：", "Compute an earlier run again, row by row: ") + f"credit-scoring rebuild {run}",
            say("查看某日施行的版本：", "See which version was in force: ") + f"credit-scoring release in-force {name} --on {day}",
        )
    )  # fmt: skip


def _texts(t: Tongue) -> Iterator[Block]:
    yield Heading(text=t.voice.say("十三、依据的文件", "13. Texts it rests on"))
    t.citations.cite(t.matter.card.authority)
    yield t.citations.table()
