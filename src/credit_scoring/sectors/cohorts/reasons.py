"""Why a label, or a subject on a date, is no part of a cohort: a closed list, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from credit_scoring.policy.catalogue import Title

REASONS: Mapping[str, Title] = MappingProxyType(
    {
        # Subjects on a date.
        "window_not_over": Title(
            zh="结果窗口在标签截止日之后才结束", en="the outcome window ends after the last label known"
        ),
        "subject_rejected": Title(zh="主体信息有误，未能评价", en="the line rejected the subject's row"),
        "subject_conflict": Title(
            zh="同一主体标识下信息不一致", en="rows that differ under one subject identifier"
        ),
        "subject_repeated": Title(zh="同一主体重复出现", en="the subject stands in the table more than once"),
        "not_yet_established": Title(zh="观察日尚未成立", en="established after the observation date"),
        "subject_closed": Title(zh="观察日前已注销", en="closed by the observation date"),
        "label_unusable": Title(
            zh="窗口内的标签有误，且无有效的不良标签",
            en="a label in the window cannot be used, and no other one is bad",
        ),
        "unlabelled": Title(zh="窗口内无标签", en="no label in the window"),
        "window_reaches_hold_out": Title(
            zh="训练样本的结果窗口伸入时间外样本",
            en="the outcome window reaches beyond the start of the hold-out",
        ),
        "label_known_after_hold_out_begins": Title(
            zh="训练样本的标签在时间外样本开始之后才为人所知",
            en="the label that decides was known only after the hold-out begins",
        ),
        # Labels.
        "subject_id_missing": Title(zh="缺少主体标识", en="no subject identifier"),
        "subject_unknown": Title(zh="主体表中无此主体", en="the table of subjects has no such subject"),
        "subject_of_other_type": Title(zh="主体类别不符", en="a subject of another type"),
        "label_not_0_or_1": Title(zh="标签既非0也非1", en="the label is neither 0 nor 1"),
        "labelled_on_missing": Title(zh="缺少标签日期", en="no date of the outcome"),
        "labelled_on_unreadable": Title(zh="标签日期无法识别", en="the date of the outcome cannot be read"),
        "observed_on_unreadable": Title(zh="观察日无法识别", en="the observation date cannot be read"),
        "recorded_on_unreadable": Title(zh="登记日期无法识别", en="the date of recording cannot be read"),
        "label_before_observation": Title(
            zh="结果不晚于观察日", en="the outcome is not after the observation date"
        ),
        "recorded_before_observation": Title(
            zh="标签在观察日之前已登记", en="recorded before the observation date"
        ),
        "recorded_before_labelled": Title(zh="登记早于结果发生", en="recorded before the outcome happened"),
        "observed_on_not_asked": Title(
            zh="观察日不在方案之内", en="an observation date the policy does not name"
        ),
        "label_not_yet_known": Title(zh="标签晚于截止日", en="after the day up to which labels are known"),
        "inclusion_probability_out_of_range": Title(
            zh="入样概率不在(0, 1]之内", en="the inclusion probability is not above 0 and at most 1"
        ),
        "inclusion_probability_missing": Title(
            zh="缺少入样概率，而其他标签载有", en="no inclusion probability, where other labels have one"
        ),
        "inclusion_probability_conflict": Title(
            zh="同一窗口内入样概率不一致", en="different inclusion probabilities in one window"
        ),
        "label_conflict": Title(
            zh="同一事件同日标签相互矛盾", en="labels of one event and day contradict each other"
        ),
        "label_duplicate": Title(zh="标签重复", en="the same label again"),
        "outside_every_window": Title(zh="不在任何结果窗口之内", en="in no outcome window"),
        "subject_excluded": Title(
            zh="主体在相应观察日已被排除", en="the subject is excluded on the dates it speaks of"
        ),
    }
)
"""Every reason of the table of exclusions."""
