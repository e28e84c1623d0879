"""What a served model takes and gives: names, types, units and meanings, in Chinese and English."""

from __future__ import annotations

from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.manifest import Signature, Variable
from credit_scoring.releases.served import RECORD_COLUMNS, REQUIRED, RESULT, SUBJECT_COLUMNS

_CODE = ("代码", "code")
_TEXT = ("文本", "text")
_DAY = ("日期（年-月-日）", "day, YYYY-MM-DD")
_POINTS = ("分，三位小数", "points, three decimals")
_COUNT = ("条", "records")
_NUMBER = ("由信用信息目录规定", "as the catalogue states for the item")

_INPUTS = {
    "subject_id": ("string", _CODE, "统一社会信用代码；自然人为加密代号，不得为身份证号", "Unified social credit code; of a natural person a keyed pseudonym, never the identity number"),
    "subject_type": ("string", _CODE, "主体类型", "enterprise, natural_person, social_organisation, public_institution or government_agency"),
    "region_code": ("string", ("GB/T 2260 六位代码", "GB/T 2260, six digits"), "所在行政区划", "Region of the subject"),
    "industry_code": ("string", ("GB/T 4754 代码", "GB/T 4754"), "所属行业", "Industry of the subject"),
    "established_on": ("string", _DAY, "成立日期（自然人为出生日期）", "Day of establishment; of a person, of birth"),
    "closed_on": ("string", _DAY, "注销日期", "Day of closure; null while it is open"),
    "record_id": ("string", _CODE, "记录编号，全表唯一；主体没有记录的，该行各记录列均为空", "Identifier of the record, unique; null with every other column of a record where the subject has none"),
    "item": ("string", _CODE, "信用信息目录中的条目", "Item of the catalogue"),
    "occurred_on": ("string", _DAY, "行为或决定发生之日", "Day of the conduct or decision"),
    "recorded_on": ("string", _DAY, "平台知悉之日", "Day the platform knew"),
    "value": ("double", _NUMBER, "数值（金额、次数等）", "Amount or number, where the item has one"),
    "weight": ("double", ("无量纲", "none"), "加权平均的权重", "Weight in a weighted mean"),
    "level": ("string", _CODE, "严重程度或评级", "Severity or rating, where the item has levels"),
    "event_id": ("string", _CODE, "事件编号（如决定书文号）；同一事件只计一次", "Identity of the event, such as the number of the decision; one event counts once"),
    "expires_on": ("string", _DAY, "自该日起不再有效", "First day on which it is no longer valid"),
    "repaired_on": ("string", _DAY, "信用修复之日", "Day of repair"),
    "withdrawn_on": ("string", _DAY, "撤销之日", "Day of withdrawal"),
    "source": ("string", _TEXT, "提供部门", "Department that delivered it"),
    "contested_on": ("string", _DAY, "提出异议之日", "Day an objection was lodged"),
}  # fmt: skip
_PARAMETERS = {
    "on": ("string", _DAY, "评价日期", "Evaluation date"),
    "known_by": ("string", _DAY, "此日之后才知悉的记录不计；默认为评价日期", "What was known later is out of sight; the evaluation date where it is not given"),
}  # fmt: skip
_OUTPUTS = {
    "subject_id": ("string", _CODE, "主体代码；被拒且含身份证号的不显示", "The subject; null where it is missing, or holds an identity number and was rejected"),
    "outcome": ("string", _CODE, "已评分或被拒", "scored or rejected"),
    "scorecard": ("string", _CODE, "评分卡；被拒的为空", "Scorecard; null where rejected"),
    "edition": ("string", _CODE, "评分卡版次；被拒的为空", "Its edition; null where rejected"),
    "on": ("string", _DAY, "评价日期", "Evaluation date"),
    "known_by": ("string", _DAY, "知悉截止日期", "Date by which records were known"),
    "score": ("double", _POINTS, "总分；被拒的为空", "Score; null where rejected"),
    "grade": ("string", _CODE, "等级", "Grade; null where the scorecard has none, or the subject is not rated"),
    "band": ("string", _POINTS, "分数段", "Band of the score; null where the scorecard has none"),
    "unrated": ("boolean", ("是否", "true or false"), "不予评级", "Whether the subject is not rated"),
    "overrides": ("array(string)", _CODE, "适用的直接判定", "Overrides that apply"),
    "reasons": ("array(string)", _CODE, "主要失分指标，失分多的在前", "Indicators that cost most, the dearest first"),
    "records_admitted": ("long", _COUNT, "采用的记录", "Records admitted"),
    "records_not_yet_known": ("long", _COUNT, "当时尚未知悉或尚未发生的记录", "Records not yet known, or not yet begun"),
    "rejected_records": ("array(object)", ("编号与原因", "record_id and reason"), "不能采用的记录", "Records that could not be used, each with its reason"),
    "why": ("string", _CODE, "被拒原因；已评分的为空", "Why the subject was rejected; null where it was scored"),
}  # fmt: skip
_COLUMNS = (*SUBJECT_COLUMNS, *RECORD_COLUMNS)
_Described = dict[str, tuple[str, tuple[str, str], str, str]]


def signature() -> Signature:
    """Columns and parameters of every served model; the same for all scorecards.

    Types are those of MLflow; a day is text. Only `subject_id`, `subject_type` and the parameter `on` are required: MLflow
    answers a missing column by repeating the rows, and those may hold what must not stand in a log.

    >>> [variable.name for variable in signature().parameters]
    ['on', 'known_by']
    """
    return Signature(
        inputs=_variables(_INPUTS, _COLUMNS, required=REQUIRED),
        parameters=_variables(_PARAMETERS, tuple(_PARAMETERS), required=("on",)),
        outputs=_variables(_OUTPUTS, tuple(RESULT.names), required=tuple(RESULT.names)),
    )


def _variables(
    described: _Described, names: tuple[str, ...], *, required: tuple[str, ...]
) -> tuple[Variable, ...]:
    found = []
    for name in names:
        kind, unit, zh, en = described[name]
        found.append(
            Variable(
                name=name,
                type=kind,
                required=name in required,
                unit=Title(zh=unit[0], en=unit[1]),
                meaning=Title(zh=zh, en=en),
            )
        )
    return tuple(found)
