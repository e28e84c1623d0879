"""What the dossier says about methods and their limits, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from credit_scoring.policy.catalogue import Title

METHOD_TITLES: Mapping[str, Title] = MappingProxyType(
    {
        "expert": Title(zh="专家直接赋权", en="expert assessment"),
        "ahp": Title(zh="层次分析法", en="analytic hierarchy process"),
        "group-ahp": Title(zh="群组层次分析法", en="group analytic hierarchy process"),
        "entropy": Title(zh="熵权法", en="entropy"),
        "critic": Title(zh="CRITIC 法", en="CRITIC"),
        "combined": Title(zh="组合赋权", en="combined"),
    }
)

METHOD_TEXTS: Mapping[str, Title] = MappingProxyType(
    {
        "expert": Title(
            zh="专家直接赋权：各专家对全部指标给出合计为 1 的权重，按专家权重加权平均。",
            en="Expert assessment: each expert gives all indicators weights that add up to 1; they are averaged by the experts' importance.",
        ),
        "ahp": Title(
            zh="层次分析法（Saaty 1980）：维度之间、同一维度的指标之间两两比较，取判断矩阵主特征向量；指标权重 = 维度权重 × 维度内权重。",
            en="Analytic hierarchy process (Saaty 1980): dimensions, and the indicators of each dimension, are compared in pairs; weights are the principal eigenvector; an indicator's weight is its dimension's times its own within it.",
        ),
        "group-ahp": Title(
            zh="群组层次分析法：各专家的判断按专家权重取加权几何平均（Aczél & Saaty 1983），再按层次分析法求权重。",
            en="Group analytic hierarchy process: the experts' judgments are aggregated one by one by their weighted geometric mean (Aczél & Saaty 1983), then weighed as one expert's.",
        ),
        "entropy": Title(
            zh="熵权法（Shannon 1948；Hwang & Yoon 1981）：w ∝ 1 + Σ p ln p ÷ ln m，p 为各主体的指标得分率占该指标合计的份额，0 ln 0 = 0。",
            en="Entropy (Shannon 1948; Hwang & Yoon 1981): w ∝ 1 + Σ p ln p ÷ ln m, p being each subject's part of the indicator's sum of shares of the maximum, 0 ln 0 = 0.",
        ),
        "critic": Title(
            zh="CRITIC 法（Diakoulaki 等 1995）：w ∝ σ Σ (1 − r)，σ 为极差标准化后的标准差，r 为指标间相关系数。",
            en="CRITIC (Diakoulaki et al. 1995): w ∝ σ Σ (1 − r), σ being the standard deviation after stretching to 0..1 and r the correlations between indicators.",
        ),
        "linear": Title(
            zh="线性组合：各方法权重按文件所列份额加权相加。",
            en="Linear combination: the methods' weights are added up by the shares the file states.",
        ),
        "multiplicative": Title(
            zh="乘法组合（Hwang & Yoon 1981）：各方法权重按文件所列指数相乘后归一。",
            en="Multiplicative combination (Hwang & Yoon 1981): the methods' weights are multiplied, with the exponents the file states, and renormalised.",
        ),
        "rounding": Title(
            zh="所得权重乘以同一系数并在上下限处截断，使合计为 1；再按文件所列步长取整，余数按最大余数法分配，合计恰为 1。",
            en="The weights are multiplied by one factor and cut off at their limits so that they add up to 1, then rounded to the step the file states, the rest going to the largest remainders, so that they add up to exactly 1.",
        ),
    }
)

LIMITS: tuple[tuple[str, Title], ...] = (
    (
        "expert",
        Title(
            zh="直接赋权没有内部一致性检验，结果取决于被询问的专家。",
            en="Directly assessed weights have no check of their consistency; they rest on who was asked.",
        ),
    ),
    (
        "ahp",
        Title(
            zh="一致的判断不一定正确；新增或删除同一维度的指标会改变其余指标的相对权重。",
            en="Consistent judgments need not be right; adding or removing an indicator changes the weights of its whole dimension.",
        ),
    ),
    (
        "group-ahp",
        Title(
            zh="合成判断可以十分一致而专家意见仍然分歧：请看离散度与距离。",
            en="Aggregated judgments can be consistent while the experts disagree: see dispersion and distances.",
        ),
    ),
    (
        "entropy",
        Title(
            zh="熵权反映指标在这批主体中的离散程度而非重要性：多数主体为 0 的加分项权重偏高，几乎人人满分的扣分项权重偏低；换一批主体权重会变。",
            en="Entropy measures how unevenly an indicator falls on these subjects, not how much it matters: merits that few have weigh much, deductions that few suffer weigh little; other subjects give other weights.",
        ),
    ),
    (
        "critic",
        Title(
            zh="CRITIC 只看极差、离散与线性相关：一个极端主体即可改变极差标准化，换一批主体权重会变。",
            en="CRITIC sees range, spread and linear correlation only: one extreme subject changes the stretching, and other subjects give other weights.",
        ),
    ),
    (
        "subjects",
        Title(
            zh="敏感性以得分为权重的线性函数计算，指标得分率取自按原权重计算的结果（精确到千分之一分）：直接判定、等级的附加条件、同一事件只计一次时的归属随权重变化，均未计入。",
            en="Sensitivity treats scores as linear in the weights, with shares taken from the run by the old weights (to the thousandth of a point): overrides, further requirements of grades, and the indicator in which a shared event counts, which may change with the weights, are left aside.",
        ),
    ),
    (
        "all",
        Title(
            zh="权重是价值判断：本文件供审阅，采用与否由主管部门决定。",
            en="Weights are a judgment of value: this document is for review, and adopting them is the department's decision.",
        ),
    ),
)
"""By what they are about: a method, `subjects` where the sensitivity was measured, `all`."""


def in_words(ratio: float) -> str:
    """A judgment as people state it.

    >>> in_words(3.0), in_words(1 / 3), in_words(1.7)
    ('3', '1/3', '1.700')
    """
    nearest = Fraction(ratio).limit_denominator(9)
    exact = abs(float(nearest) - ratio) < 1e-12 and 1 in (nearest.numerator, nearest.denominator)
    return str(nearest) if exact else f"{ratio:.3f}"
