"""Whether the effects of a release stay within the limits that need no acceptance. Integers and fractions, no float."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Check, Outcome
from credit_scoring.releases.impact.contents import Impact, Segment, SegmentKind
from credit_scoring.releases.terms import ImpactLimits

_NOBODY = Title(zh="没有主体在两个版本下都得到评价。", en="Nobody is scored by both.")


def impact_checks(impact: Impact, limits: ImpactLimits) -> tuple[Check, ...]:
    """The limits asked of a simulation, all of them a matter of judgment: an approver may accept a failure.

    Shares are those of the subjects scored by both; a share equal to its limit passes.
    """
    return (
        _same_subjects(impact),
        _share(
            impact, "grades_moved", impact.everyone.moved, limits.grades_moved_at_most,
            Title(zh="等级变动的主体", en="Subjects whose grade changes"),
        ),
        _worst(
            impact, "worst_grade_entries", impact.everyone.entered_worst, limits.worst_grade_entries_at_most,
            Title(zh="新进入最差等级的主体", en="Subjects that enter the worst grade"),
        ),
        _worst(
            impact, "worst_grade_exits", impact.everyone.left_worst, limits.worst_grade_exits_at_most,
            Title(zh="离开最差等级的主体", en="Subjects that leave the worst grade"),
        ),
        _segments(impact, limits.segment_grades_moved_at_most),
        _inspections(impact, limits.inspections_change_at_most),
        _mean(impact, limits.score_changed_mean_at_most),
    )  # fmt: skip


def _check(
    name: str, title: Title, outcome: Outcome, *, found: str = "-", limit: str = "-", detail: Title
) -> Check:
    return Check(
        gate="impact", name=name, title=title, outcome=outcome, found=found, limit=limit, detail=detail,
        acceptable=True,
    )  # fmt: skip


def _same_subjects(impact: Impact) -> Check:
    people = impact.population
    one = people.only_before + people.only_after
    return _check(
        "same_subjects", Title(zh="两个版本评价的主体相同", en="Both score the same subjects"),
        "passed" if one == 0 else "failed",
        found=f"{one:,} / {people.rows:,}", limit="0",
        detail=Title(
            zh=f"仅原版本评价{people.only_before}个，仅新版本评价{people.only_after}个。",
            en=f"{people.only_before:,} are scored before only, {people.only_after:,} after only.",
        ),
    )  # fmt: skip


def _share(impact: Impact, name: str, subjects: int, most: Decimal, title: Title) -> Check:
    number = impact.everyone.subjects
    if not number:
        return _check(name, title, "not_computed", limit=_percent(Fraction(most)), detail=_NOBODY)
    share = Fraction(subjects, number)
    return _check(
        name, title, _outcome(share, most), found=_counted(subjects, number), limit=_percent(Fraction(most)),
        detail=Title(zh=f"共{number}个主体。", en=f"Of {number:,} subjects."),
    )  # fmt: skip


def _worst(impact: Impact, name: str, subjects: int, most: Decimal, title: Title) -> Check:
    if not impact.worst_before and not impact.worst_after:
        detail = Title(
            zh="没有等级，只有分数段。" if _banded(impact) else "没有等级。",
            en="There are no grades, only bands." if _banded(impact) else "There are no grades.",
        )
        return _check(name, title, "does_not_apply", limit=_percent(Fraction(most)), detail=detail)
    check = _share(impact, name, subjects, most, title)
    if check.outcome == "not_computed":
        return check
    before, after = "、".join(impact.worst_before), "、".join(impact.worst_after)
    return check.model_copy(
        update={
            "detail": Title(
                zh=f"最差等级：原版本“{before}”，新版本“{after}”。",
                en=f"The worst grade is '{', '.join(impact.worst_before)}' before and '{', '.join(impact.worst_after)}' after.",
            )
        }
    )


def _banded(impact: Impact) -> bool:
    return any(state.kind == "band" for state in (*impact.states_before, *impact.states_after))


def _segments(impact: Impact, most: Decimal) -> Check:
    title = Title(zh="等级变动最多的分组", en="The segment where most grades change")
    limit = _percent(Fraction(most))
    judged = [
        (kind, segment)
        for kind in impact.by
        for segment in kind.segments
        if segment.judged and segment.movement.subjects
    ]
    if not judged:
        least = impact.segment_size_at_least
        detail = Title(zh=f"没有达到{least}个主体的分组。", en=f"No segment has {least:,} subjects.")
        return _check("segment_grades_moved", title, "does_not_apply", limit=limit, detail=detail)
    # The first of the largest, in the order of the report: the same every time.
    kind, worst = max(judged, key=lambda found: _moved(found[1]))
    return _check(
        "segment_grades_moved", title, _outcome(_moved(worst), most),
        found=_counted(worst.movement.moved, worst.movement.subjects), limit=limit, detail=_where(kind, worst),
    )  # fmt: skip


def _moved(segment: Segment) -> Fraction:
    return Fraction(segment.movement.moved, segment.movement.subjects)


def _where(kind: SegmentKind, segment: Segment) -> Title:
    return Title(
        zh=f"{kind.title.zh}：{segment.value or '缺失'}", en=f"{kind.title.en}: {segment.value or 'missing'}"
    )


def _inspections(impact: Impact, most: Decimal) -> Check:
    title = Title(zh="检查次数的变化", en="Change of the number of inspections")
    limit = _percent(Fraction(most))
    before, after = impact.everyone.inspections_before, impact.everyone.inspections_after
    if before is None and after is None:
        detail = Title(zh="两个评价都没有规定抽查比例。", en="No inspection ratios are stated for either.")
        return _check("inspections_change", title, "does_not_apply", limit=limit, detail=detail)
    if before is None or after is None:
        detail = Title(
            zh="只有一个评价规定了抽查比例。", en="Inspection ratios are stated for one of the two only."
        )
        return _check("inspections_change", title, "not_computed", limit=limit, detail=detail)
    found = f"{plain(before)} → {plain(after)}"
    detail = Title(zh="按规定的抽查比例合计，每年。", en="Sums of the stated ratios, a year.")
    if before == after:
        return _check(
            "inspections_change", title, "passed", found=f"{found} (0 %)", limit=limit, detail=detail
        )
    if before == 0:
        return _check("inspections_change", title, "failed", found=found, limit=limit, detail=detail)
    change = abs(Fraction(after) - Fraction(before)) / Fraction(before)
    sign = "+" if after > before else "-"
    return _check(
        "inspections_change", title, _outcome(change, most), found=f"{found} ({sign}{_percent(change)})",
        limit=limit, detail=detail,
    )  # fmt: skip


def _mean(impact: Impact, most: Decimal) -> Check:
    title = Title(zh="分数的平均绝对变化", en="Mean absolute change of the score")
    limit = f"{plain(most)} points"
    if impact.distribution is None:
        return _check("score_changed_mean", title, "not_computed", limit=limit, detail=_NOBODY)
    number = impact.everyone.subjects
    mean = Fraction(impact.everyone.absolute_change) / number
    return _check(
        "score_changed_mean", title, _outcome(mean, most),
        found=f"{plain(impact.distribution.mean_absolute_change)} points", limit=limit,
        detail=Title(
            zh=f"变化合计{plain(impact.everyone.absolute_change)}分，共{number}个主体。",
            en=f"{plain(impact.everyone.absolute_change)} points in all, of {number:,} subjects.",
        ),
    )  # fmt: skip


def _outcome(found: Fraction, most: Decimal) -> Outcome:
    return "passed" if found <= Fraction(most) else "failed"


def _counted(part: int, number: int) -> str:
    return f"{part:,} / {number:,} ({_percent(Fraction(part, number))})"


def _percent(share: Fraction) -> str:
    """A share in per cent, with four places at most, half up; the counts beside it are exact.

    >>> _percent(Fraction(1, 3)), _percent(Fraction(1, 10))
    ('33.3333 %', '10 %')
    """
    scaled = share * 1_000_000
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{plain(Decimal(whole).scaleb(-4))} %"


def plain(number: Decimal) -> str:
    """A number without trailing zeros.

    >>> plain(Decimal("20.500")), plain(Decimal("300"))
    ('20.5', '300')
    """
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
