"""Words of the report in Chinese and English."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.impact.contents import State
from credit_scoring.releases.impact.limits import plain

Lang = Literal["zh", "en"]

_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("影响模拟：{before} → {after}", "Simulated impact: {before} → {after}"),
    "answer": ("结论", "The answer"),
    "moved": (
        "{both}个主体在两个版本下都得到评价，其中{moved}个（{share}）等级变动。",
        "{both} subjects are scored by both; the grade of {moved} ({share}) changes.",
    ),
    "ways": ("升级{better}个，降级{worse}个，其余{rest}个开始或不再评级。", "{better} go up, {worse} go down, {rest} begin or cease to be rated."),
    "other_ladder": ("两个版本的等级设置不同，名称不同即计为变动，不区分升降。", "The two have different grades: another name counts as a change, and up and down cannot be told."),
    "worst": (
        "最差等级（原“{before}”，新“{after}”）：新进入{entered}个（{entered_share}），离开{left}个（{left_share}）。",
        "The worst grade ({before} before, {after} after): {entered} enter it ({entered_share}), {left} leave it ({left_share}).",
    ),
    "no_worst": ("没有等级阶梯，不判断最差等级。", "There is no ladder of grades, and so no worst grade."),
    "inspected": ("按规定的抽查比例，每年检查由{before}次变为{after}次（{change}）。", "By the stated ratios the inspections of a year go from {before} to {after} ({change})."),
    "not_inspected": ("没有为{names}规定抽查比例，检查次数无法计算。", "No inspection ratios are stated for {names}: the inspections that follow cannot be computed."),
    "scores": ("{changed}个主体（{share}）分数变动；平均变化{mean}分，平均绝对变化{absolute}分。", "The score of {changed} subjects ({share}) changes, by {mean} points on average over everyone, by {absolute} in size."),
    "nothing": ("没有任何主体的分数或等级变动。", "Nobody's score or grade changes."),
    "matrix": ("等级转移", "Transitions of grades"),
    "matrix_about": ("行为原版本，列为新版本；底色越深，该行主体所占比例越大。", "Rows are before, columns after; the darker, the larger its share of the row."),
    "from": ("原等级", "Before"),
    "sum": ("合计", "Sum"),
    "by": ("分组：{kind}", "By {kind}"),
    "segments_about": (
        "不足{least}个主体的分组（标*）仅列示，不作判断。", "Segments of fewer than {least} subjects (marked *) are shown and not judged."
    ),
    "further": ("另有{rest}个分组，见impact.json。", "{rest} further segments are in impact.json."),
    "missing": ("缺失", "missing"),
    "segment": ("分组", "Segment"),
    "subjects": ("主体", "Subjects"),
    "changed_grade": ("等级变动", "Grade changes"),
    "share": ("占比", "Share"),
    "up": ("升级", "Up"),
    "down": ("降级", "Down"),
    "entered": ("进入最差", "Enter worst"),
    "left": ("离开最差", "Leave worst"),
    "mean": ("平均变化", "Mean change"),
    "inspections": ("检查", "Inspections"),
    "segment_matrix": ("各分组的等级转移", "Transitions by segment"),
    "inspections_title": ("随之变化的检查", "The inspections that follow"),
    "inspections_about": ("各等级主体数乘以规定的年度抽查比例，精确计算。依据：{basis}。", "Subjects of each grade times the stated share drawn in a year, exactly. Standing: {basis}."),
    "without_ratio": ("没有规定抽查比例的主体：原{before}个，新{after}个。", "Subjects for whose grade no ratio is stated: {before} before, {after} after."),
    "grade": ("等级", "Grade"),
    "ratio": ("抽查比例", "Ratio"),
    "before": ("原版本", "Before"),
    "after": ("新版本", "After"),
    "change": ("变化", "Change"),
    "reasons": ("理由的变化", "Change of reasons"),
    "reasons_about": ("以该指标或直接认定为理由之一的主体数；“–”表示该版本没有此项。", "Subjects with the indicator or determination among their reasons; '–' where the scorecard does not have it."),
    "rule": ("规则", "Rule"),
    "kind": ("类别", "Kind"),
    "distribution": ("分数分布", "Distribution of scores"),
    "distribution_about": ("浅色柱为原版本，深色线为新版本；含不予评级的主体。", "Pale bars are before, the dark line after; the unrated are among them."),
    "statistic": ("统计量", "Statistic"),
    "average": ("均值", "Mean"),
    "quantile": ("{percent} % 分位", "{percent} % quantile"),
    "causes": ("变动的原因", "What moves subjects"),
    "causes_about": ("每个变动主体按其分数变动方向上变化最大的部分归因；分数不变的，按使其等级变动的规则归因。", "Everyone who changes is counted under the part that changes most in the direction of the score; where the score stays, under what moved the grade."),
    "points_sum": ("分值合计", "Points in all"),
    "rising": ("上升最多的主体", "Largest improvements"),
    "falling": ("下降最多的主体", "Largest declines"),
    "movers_about": ("各部分的变化之和等于分数的变化，逐一核对。全部变动见changes.parquet。", "The changes of the parts add up to that of the score, checked for each. All changes are in changes.parquet."),
    "private": ("自然人不显示标识，序号对应changes.parquet中的mover列。", "Identifiers of persons are not shown; the number is the column mover of changes.parquet."),
    "subject": ("主体", "Subject"),
    "score": ("分数", "Score"),
    "cause": ("主要原因", "Main cause"),
    "parts": ("各部分变化", "Parts that change"),
    "reconciles": ("对账", "Rows in and out"),
    "reconciled": (
        "主体表{rows}行 = 两个版本都评价{both} + 仅原版本{only_before} + 仅新版本{only_after} + 都未评价{neither}：{verdict}。",
        "{rows} rows of subjects = {both} scored by both + {only_before} before only + {only_after} after only + {neither} by neither: {verdict}.",
    ),
    "agrees": ("相符", "it agrees"),
    "differs": ("不相符，请报告", "it does NOT agree, please report it"),
    "records_line": (
        "{side}：记录{rows}行 = 采用{admitted} + 尚未知悉{not_yet_known} + 拒收{rejected}。",
        "{side}: {rows} rows of records = {admitted} admitted + {not_yet_known} not yet known + {rejected} rejected.",
    ),
    "rejected": ("被拒收的主体行", "Rejected rows of subjects"),
    "reason": ("原因", "Reason"),
    "compared": ("比较的对象", "What was compared"),
    "item": ("项目", "Item"),
    "named": ("名称", "Name"),
    "edition": ("版本", "Edition"),
    "release": ("发布版本", "Release"),
    "content": ("内容哈希", "Content hash"),
    "policy": ("规则哈希", "Hash of the policy"),
    "extends": ("所基于的公共评价", "Public evaluation beneath"),
    "force": ("当日是否生效", "In force on the date"),
    "yes": ("是", "yes"),
    "draft": ("否，按生效模拟", "no, simulated as if it were"),
    "input": ("输入", "Input"),
    "rows": ("行数", "Rows"),
    "unused": ("分组表中有{rows}行不属于任何被评价主体。", "{rows} rows of the table of segments are about nobody who was scored."),
    "footer": ("日期{on}，已知截至{known_by}；检查比例与限度：{terms}；credit-scoring {version}", "On {on}, known by {known_by}; ratios and limits: {terms}; credit-scoring {version}"),
}  # fmt: skip

_STATES = {
    "rated": ("已评分", "rated"),
    "no_grade": ("无等级", "no grade"),
    "unrated": ("不予评级", "unrated"),
    "not_scored": ("未评价", "not scored"),
}
_KINDS = {
    "indicator": ("指标", "indicator"),
    "start": ("起始分", "start score"),
    "composition": ("指标增减（无记录分）", "indicators that come and go (no-record points)"),
    "heading": ("维度上下限", "bounds of a dimension"),
    "scale": ("总分上下限", "bounds of the scale"),
    "bounds": ("上下限", "bounds"),
    "override": ("直接认定", "determination"),
    "limits": ("等级界限", "limits of the grade"),
    "points": ("分数", "points"),
    "points_and_limits": ("分数与等级界限", "points and limits of the grade"),
    "unrated": ("无记录不予评级", "unrated without a record"),
}


class Words:
    """The report's words in one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self._place = 0 if lang == "zh" else 1

    def __call__(self, key: str, **parts: object) -> str:
        """A text with its parts filled in."""
        return _TEXTS[key][self._place].format(**parts)

    def title(self, title: Title) -> str:
        """A title of the policy."""
        return title.in_language(self.lang)

    def state(self, state: State) -> str:
        """A grade, a band, or why there is none."""
        if state.title is not None:
            return self.title(state.title)
        return state.name if state.name is not None else _STATES[state.kind][self._place]

    def kind(self, kind: str) -> str:
        """A kind of cause or part."""
        return _KINDS[kind][self._place]

    def listed(self, texts: list[str]) -> str:
        """Texts one after the other."""
        return ("、" if self.lang == "zh" else ", ").join(texts)


def share(part: int, number: int) -> str:
    """A share in per cent with two places, half up; the counts are exact.

    >>> share(1, 8), share(0, 0)
    ('12.50 %', '–')
    """
    if not number:
        return "–"
    scaled = Fraction(part, number) * 10_000
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{Decimal(whole).scaleb(-2)} %"


def signed(number: Decimal | int) -> str:
    """A change with its sign.

    >>> signed(Decimal("-3.500")), signed(12), signed(0)
    ('-3.5', '+12', '0')
    """
    text = plain(number) if isinstance(number, Decimal) else str(number)
    return f"+{text}" if number > 0 else text


def whole(number: int) -> str:
    """A count."""
    return f"{number:,}"
