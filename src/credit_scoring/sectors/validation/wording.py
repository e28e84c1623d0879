"""Words of the report and the pictures, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from credit_scoring.policy.catalogue import Title


def say(key: str, lang: str) -> str:
    """The wording of a key, Chinese for `zh` and English otherwise; a key without wording is returned as it is."""
    return TEXTS[key].in_language(lang) if key in TEXTS else key


def split_name(name: str, lang: str) -> str:
    """Words for a split of the cohort; any other name as it is."""
    return SPLIT_NAMES[name].in_language(lang) if name in SPLIT_NAMES else name


def kind_name(kind: str, lang: str) -> str:
    """Words for a known way of dividing the subjects; any other name as it is."""
    return KIND_NAMES[kind].in_language(lang) if kind in KIND_NAMES else kind


def table_name(table: str, lang: str) -> str:
    """Words for an input table, with its name beside them; any other name as it is."""
    return with_code(table, TABLE_NAMES.get(table), lang)


def with_code(code: str, title: Title | None, lang: str) -> str:
    """A title with its code beside it, or the code alone where it says all there is.

    >>> with_code("AAA", Title(zh="优秀", en="Excellent"), "en")
    'Excellent (AAA)'
    """
    said = code if title is None else title.in_language(lang)
    if said == code:
        return code
    return f"{said}（{code}）" if lang == "zh" else f"{said} ({code})"


def grade_name(place: int, *, codes: Sequence[str], titles: Sequence[Title], lang: str) -> str:
    """The grade at a place of a ladder (0 is the best): its title with its code, or its code."""
    return with_code(codes[place], titles[place] if titles else None, lang)


def _title(zh: str, en: str) -> Title:
    return Title(zh=zh, en=en)


TEXTS: dict[str, Title] = {
    "title": _title("模型验证报告", "Validation report"),
    "verdict": _title("结论", "Verdict"),
    "verdict_passed": _title("通过：全部限值均已满足", "Passed: every limit is met"),
    "verdict_failed": _title("未通过", "Not passed"),
    "verdict_note": _title(
        "以数值（而非区间端点）对照限值；区间一并列出。无法计算的限值按未通过处理。",
        "The value decides, not the bound of its interval, which stands beside it. A limit that cannot be computed is not met.",
    ),
    "check": _title("检查项", "Check"),
    "split": _title("数据集", "Split"),
    "sector": _title("行业", "Sector"),
    "scorecard": _title("评价模型", "Scorecard"),
    "family": _title("模型类别", "Family"),
    "woe": _title("证据权重评分卡", "weight-of-evidence scorecard"),
    "additive": _title("可加阶梯函数评分卡", "additive scorecard of step functions"),
    "gradient": _title("梯度提升树", "gradient-boosted trees"),
    "subject_type": _title("评价对象", "Subjects"),
    "enterprise": _title("企业", "enterprises"),
    "natural_person": _title("自然人", "natural persons"),
    "social_organisation": _title("社会组织", "social organisations"),
    "public_institution": _title("事业单位", "public institutions"),
    "government_agency": _title("机关", "government agencies"),
    "foreseen": _title("预测的失信结果", "Outcome foreseen"),
    "window": _title("表现期", "Window"),
    "months": _title("观察日后 {count} 个月", "{count} months from the observation date"),
    "observed_on": _title("观察日", "Observation dates"),
    "labels_until": _title("结果收集截止日", "Outcomes collected until"),
    "code_version": _title("程序版本", "Code version"),
    "inputs": _title("输入数据", "Inputs"),
    "table": _title("数据表", "Table"),
    "file": _title("文件", "File"),
    "grades": _title("各数据集等级占比（加权）", "Share of each grade by split (weighted)"),
    "all_equal": _title("各取值相同", "every value is the same"),
    "not_compared": _title("未能比较", "could not be compared"),
    "value": _title("数值", "Value"),
    "interval": _title("置信区间", "Interval"),
    "limit": _title("限值", "Limit"),
    "outcome": _title("结果", "Outcome"),
    "detail": _title("说明", "Detail"),
    "passed": _title("通过", "passed"),
    "failed": _title("未通过", "failed"),
    "not_computed": _title("无法计算（未通过）", "not computed (fails)"),
    "does_not_apply": _title("不适用", "does not apply"),
    "auc_at_least": _title("区分度 AUC", "AUC"),
    "ks_at_least": _title("区分度 KS", "KS"),
    "brier_at_most": _title("Brier 分", "Brier score"),
    "calibration_p_at_least": _title("Hosmer–Lemeshow 检验 p 值", "Hosmer–Lemeshow p value"),
    "psi_at_most": _title("得分稳定性 PSI", "PSI of the score"),
    "feature_psi_at_most": _title("特征稳定性 PSI（最大者）", "PSI of the features (largest)"),
    "segment_auc_gap_at_most": _title("分组 AUC 最大差", "Largest AUC gap between segments"),
    "gain_over_public_at_least": _title("AUC 较公共信用评价的增益", "AUC gain over the public score"),
    "loss_to_model_in_use_at_most": _title("AUC 较在用模型的损失", "AUC loss to the model in use"),
    "grades_reached": _title("无人取得的等级数", "Grades that nobody gets"),
    "monotonicity": _title("方向与单调性（违反次数）", "Sign and monotonicity (violations)"),
    "fitted": _title("建模样本", "rows of the fit"),
    "held_out": _title("留出样本", "held out"),
    "rows": _title("行数", "Rows"),
    "bads": _title("失信数", "Bad"),
    "bad_rate": _title("失信率", "Bad rate"),
    "effective_rows": _title("有效样本量", "Effective rows"),
    "measures": _title("各数据集指标", "Measures by split"),
    "gini": _title("Gini 系数", "Gini"),
    "ks_at": _title("KS 所在得分", "Score at KS"),
    "average_precision": _title("平均精确率", "Average precision"),
    "capture": _title("最差 {share} 主体捕获的失信占比", "Bad caught among the worst {share}"),
    "auc_delong": _title("AUC（DeLong 区间）", "AUC (DeLong interval)"),
    "slope": _title("校准斜率", "Calibration slope"),
    "intercept": _title("校准截距", "Calibration intercept"),
    "in_the_large": _title("平均概率减失信率", "Mean probability minus bad rate"),
    "expected_error": _title("期望校准误差", "Expected calibration error"),
    "brier_of_base_rate": _title("按平均失信率预测的 Brier 分", "Brier score of the base rate"),
    "stability": _title("稳定性", "Stability"),
    "name": _title("名称", "Name"),
    "score": _title("得分", "Score"),
    "segments": _title("分组", "Segments"),
    "segment": _title("取值", "Value"),
    "unknown": _title("（不详）", "(unknown)"),
    "mean_score": _title("平均得分", "Mean score"),
    "calibration_gap": _title("校准偏差", "Calibration gap"),
    "worst_grade": _title("最差等级占比", "Share of the worst grade"),
    "differences": _title("最大差异", "Largest differences"),
    "worst_grade_ratio": _title(
        "最差等级占比之比（小÷大）", "Ratio of worst-grade shares (smallest ÷ largest)"
    ),
    "comparisons": _title("与其他评价比较", "Beside other evaluations"),
    "public": _title("公共信用评价", "Public score"),
    "in_use": _title("在用模型", "Model in use"),
    "this_auc": _title("本评价 AUC", "AUC of this"),
    "other_auc": _title("对方 AUC", "AUC of the other"),
    "difference": _title("差值", "Difference"),
    "delong_p": _title("DeLong p 值", "DeLong p"),
    "rank_correlation": _title("秩相关", "Rank correlation"),
    "migration": _title(
        "等级迁移（行：对方等级；列：本评价等级）",
        "Grade migration (lines: the other's; columns: this one's)",
    ),
    "same": _title("等级不变占比", "Share that keeps its grade"),
    "sweeps": _title("扰动检验", "Proof by perturbation"),
    "feature": _title("特征", "Feature"),
    "polarity": _title("方向", "Polarity"),
    "free": _title("不限方向的特征及理由", "Features without polarity, and why"),
    "better": _title("越高越好", "better"),
    "worse": _title("越高越差", "worse"),
    "pairs": _title("比较次数", "Pairs"),
    "violations": _title("违反次数", "Violations"),
    "worst": _title("最严重一例", "Worst case"),
    "missing": _title("缺失", "missing"),
    "trend": _title("按观察日的变化", "By observation date"),
    "date": _title("观察日", "Date"),
    "importance": _title("各特征的分值跨度", "Points each feature can move"),
    "fewest": _title("最低分值", "Fewest"),
    "most": _title("最高分值", "Most"),
    "span": _title("跨度", "Span"),
    "points": _title("分", "points"),
    "pictures": _title("图", "Pictures"),
    "roc": _title("ROC 曲线", "ROC"),
    "ks": _title("KS 曲线", "KS"),
    "calibration": _title("校准曲线", "Calibration"),
    "distribution": _title("得分分布", "Score distribution"),
    "psi": _title("稳定性指数 PSI", "Stability index (PSI)"),
    "segment_auc": _title("分组 AUC", "AUC by segment"),
    "false_alarm": _title("守信主体误报率", "Share of good flagged"),
    "caught": _title("失信主体捕获率", "Share of bad caught"),
    "up_to": _title("累计占比", "Share up to this score"),
    "share": _title("占比", "Share"),
    "bad": _title("失信", "bad"),
    "good": _title("守信", "good"),
    "foretold": _title("预测概率", "Foretold probability"),
    "observed": _title("实际失信率", "Observed bad rate"),
    "footer": _title(
        "自助抽样 {draws} 次，随机种子 {seed}，置信水平 {confidence}；分组 {bins}；比较分组至少需失信 {bads} 行、守信 {goods} 行。",
        "{draws} bootstrap draws, seed {seed}, confidence {confidence}; {bins} bins; segments are compared with at least {bads} bad and {goods} good rows.",
    ),
    "numbering": _title(
        "图中的 #n 指下表第 n 行：绘图字体写不出该名称。",
        "#n in a picture is line n of the table: the font of the pictures cannot write the name.",
    ),
    "english_letters": _title(
        "本机没有可用的中文字体，图中文字为英文。",
        "No Chinese font is installed; the pictures are lettered in English.",
    ),
    "hosmer_note": _title(
        "样本很大时，Hosmer–Lemeshow 检验会拒绝无实际意义的微小偏差，请与期望校准误差一并阅读。",
        "With very many rows the Hosmer–Lemeshow test rejects differences of no consequence; read it beside the expected calibration error.",
    ),
}
"""By key: names of limits, of measures and of the parts of the page."""

SPLIT_NAMES: dict[str, Title] = {
    "train": _title("建模集", "training"),
    "held_out": _title("随机留出集", "held out at random"),
    "out_of_time": _title("时间外样本", "out of time"),
    "out_of_region": _title("地区外样本", "out of region"),
}
"""The splits of a cohort."""

KIND_NAMES: dict[str, Title] = {
    "region": _title("地区", "Region"),
    "age_band": _title("成立年限（年）", "Age (years)"),
    "industry": _title("行业门类", "Industry"),
    "size": _title("规模", "Size"),
    "ownership": _title("所有制", "Ownership"),
}
"""Ways of dividing the subjects."""

TABLE_NAMES: dict[str, Title] = {
    "subjects": _title("主体", "Subjects"),
    "records": _title("信用记录", "Records"),
    "labels": _title("结果标签", "Labels"),
    "coverage": _title("归集范围", "Coverage"),
    "segments": _title("分组", "Segments"),
}
"""The tables an evaluation is learnt from."""
