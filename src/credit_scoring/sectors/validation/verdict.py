"""The verdict: every limit, on every split the fit did not see, and the proof of monotonicity.

The **value** decides, not the bound of its interval: a limit is agreed on the number that everybody reads, and an
interval that decided would fail small sectors for being small and pass large ones on noise. The interval stands
beside the value, so that whoever approves a release sees how sure it is. Equality meets the limit.

Beside the limits stand two proofs that nobody may relax: every grade given by score is reached by somebody, and the
score moves in the stated direction.

A limit that cannot be computed fails, with the reason. One case does not apply: the loss to the model in use, when
it is stated that no model is in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from credit_scoring.learnt.features import Feature
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.training import Limits
from credit_scoring.sectors.validation.inputs import GradeCuts
from credit_scoring.sectors.validation.results import (
    Check,
    Estimate,
    Monotonicity,
    Outcome,
    SegmentKind,
    SplitResult,
)
from credit_scoring.sectors.validation.wording import grade_name, kind_name, say, with_code

_Found = tuple[Estimate, Title | None]
_Titles = Mapping[str, Title | None]


def _feature_psi(split: SplitResult, titles: _Titles) -> _Found:
    features = split.stability[1:]
    if not features:
        return Estimate(reason=Title(zh="没有可比的特征", en="there is no feature to compare")), None
    for feature in features:
        if feature.psi.value is None:
            return feature.psi, _titled([feature.name], titles)
    worst = max(features, key=lambda feature: feature.psi.value or 0.0)
    return worst.psi, _titled([worst.name], titles)


def _score_psi(split: SplitResult, _: _Titles) -> _Found:
    if not split.stability:
        return Estimate(reason=Title(zh="没有建模样本可比", en="no rows of a fit to compare with")), None
    return split.stability[0].psi, None


def _segment_gap(split: SplitResult, _: _Titles) -> _Found:
    if not split.segments:
        return Estimate(reason=Title(zh="没有提供分组", en="no segments were given")), None
    compared = [kind for kind in split.segments if kind.auc_gap.difference.value is not None]
    left = [kind for kind in split.segments if kind not in compared]
    if not compared:
        return split.segments[0].auc_gap.difference, _listed(
            [kind_name(kind.kind, lang) for kind in left] for lang in ("zh", "en")
        )
    widest = max(compared, key=lambda kind: kind.auc_gap.difference.value or 0.0)
    return widest.auc_gap.difference, Title(
        zh=_between(widest, left, "zh", apart="；", colon="："),
        en=_between(widest, left, "en", apart="; ", colon=": "),
    )


def _between(widest: SegmentKind, left: list[SegmentKind], lang: str, *, apart: str, colon: str) -> str:
    gap = widest.auc_gap
    values = [say("unknown", lang) if value is None else value for value in (gap.largest, gap.smallest)]
    said = say("all_equal", lang) if gap.equal else " − ".join(values)
    found = f"{kind_name(widest.kind, lang)}{colon}{said}"
    if not left:
        return found
    # A kind with too few rows must not pass unseen behind one that has enough.
    names = ", ".join(kind_name(kind.kind, lang) for kind in left)
    return f"{found}{apart}{say('not_compared', lang)}{colon}{names}"


def _listed(names: Iterable[Sequence[str]]) -> Title | None:
    """The names of the same things in Chinese and in English; None where there are none."""
    zh, en = names
    return Title(zh="、".join(zh), en=", ".join(en)) if zh else None


def _against(split: SplitResult, whom: str) -> Estimate:
    return next(item.difference for item in split.comparisons if item.against == whom)


_FOUND: dict[str, Callable[[SplitResult, _Titles], _Found]] = {
    "auc_at_least": lambda split, _: (split.discrimination.auc, None),
    "ks_at_least": lambda split, _: (split.discrimination.ks, None),
    "brier_at_most": lambda split, _: (split.reliability.brier, None),
    "calibration_p_at_least": lambda split, _: (split.reliability.hosmer_lemeshow.p, None),
    "psi_at_most": _score_psi,
    "feature_psi_at_most": _feature_psi,
    "segment_auc_gap_at_most": _segment_gap,
    "gain_over_public_at_least": lambda split, _: (_against(split, "public"), None),
    "loss_to_model_in_use_at_most": lambda split, _: (_against(split, "in_use").turned(), None),
}
"""How each limit is found in a split."""


def check_all(
    splits: Sequence[SplitResult],
    *,
    limits: Limits,
    features: Sequence[Feature],
    monotonicity: Monotonicity | None,
    grades: GradeCuts,
    in_use: str | None,
) -> tuple[Check, ...]:
    """Every field of `limits` on every split with `fitted` false; then, once, the grades and monotonicity."""
    titles = {feature.name: feature.title for feature in features}
    held_out = [split for split in splits if not split.fitted]
    checks = [
        _check(name, split, limits=limits, titles=titles, in_use=in_use)
        for split in held_out
        for name in Limits.model_fields
    ]
    if not held_out:
        nothing = Estimate(reason=Title(zh="没有留出样本", en="no rows were held out of the fit"))
        checks = [
            _judge(name, None, nothing, None, float(getattr(limits, name))) for name in Limits.model_fields
        ]
    return (*checks, _grades_reached(splits, grades), _monotone(features, monotonicity, titles))


def _check(name: str, split: SplitResult, *, limits: Limits, titles: _Titles, in_use: str | None) -> Check:
    limit = float(getattr(limits, name))
    if name == "loss_to_model_in_use_at_most" and in_use is None:
        absent = Estimate(reason=Title(zh="没有在用模型", en="no model is in use"))
        return Check(
            name=name, split=split.name, found=absent, limit=limit, at_most=True, outcome="does_not_apply"
        )
    found, detail = _FOUND[name](split, titles)
    return _judge(name, split.name, found, detail, limit)


def _judge(name: str, split: str | None, found: Estimate, detail: Title | None, limit: float) -> Check:
    at_most = name.endswith("_at_most")
    outcome: Outcome = "not_computed"
    if found.value is not None:
        meets = found.value <= limit if at_most else found.value >= limit
        outcome = "passed" if meets else "failed"
    return Check(
        name=name, split=split, found=found, detail=detail, limit=limit, at_most=at_most, outcome=outcome
    )


def _grades_reached(splits: Sequence[SplitResult], grades: GradeCuts) -> Check:
    """The number of grades that not one row of any split gets, which must be 0: a ladder has no rungs for show."""
    empty = [place for place in range(len(grades.grades)) if not any(s.grade_rows[place] for s in splits)]
    return Check(
        name="grades_reached",
        split=None,
        found=Estimate(value=float(len(empty))),
        detail=_listed(
            [grade_name(place, codes=grades.grades, titles=grades.titles, lang=lang) for place in empty]
            for lang in ("zh", "en")
        ),
        limit=0.0,
        at_most=True,
        outcome="failed" if empty else "passed",
    )


def _monotone(features: Sequence[Feature], monotonicity: Monotonicity | None, titles: _Titles) -> Check:
    """The number of wrong steps, which must be 0 over every feature that has a polarity."""
    wanted = [feature.name for feature in features if feature.polarity != "free"]
    tested = {} if monotonicity is None else {sweep.feature: sweep for sweep in monotonicity.sweeps}
    violated = [sweep.feature for sweep in tested.values() if sweep.violations]
    untested = [name for name in wanted if name not in tested or tested[name].reason is not None]
    if violated:
        count = sum(sweep.violations for sweep in tested.values())
        found, detail = Estimate(value=float(count)), _titled(violated, titles)
    elif untested:
        reason = Title(zh="未能检验全部有方向的特征", en="not every feature with a polarity was tested")
        found, detail = Estimate(reason=reason), _titled(untested, titles)
    else:
        pairs = sum(sweep.pairs for sweep in tested.values())
        found, detail = Estimate(value=0.0), Title(zh=f"比较 {pairs} 次", en=f"{pairs} pairs compared")
    outcome: Outcome = "not_computed" if found.value is None else "failed" if found.value else "passed"
    return Check(
        name="monotonicity",
        split=None,
        found=found,
        detail=detail,
        limit=0.0,
        at_most=True,
        outcome=outcome,
    )


def _titled(names: Sequence[str], titles: _Titles) -> Title | None:
    return _listed([with_code(name, titles.get(name), lang) for name in names] for lang in ("zh", "en"))
