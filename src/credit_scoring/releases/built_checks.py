"""What every release is checked for when it is built: no problem of the policy, golden rows that add up and repeat, grades."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.releases.checks import Check
from credit_scoring.scoring.run import Run

_SHOWN = 3


def built_checks(
    policy: Policy, card: Scorecard, run: Run, *, differences: Sequence[str]
) -> tuple[Check, ...]:
    """The checks of one release, each with the limit it had to meet.

    Args:
        policy: as it stands in the release, read without a problem.
        run: over the golden rows.
        differences: between its results and those of the same rows in another order.
    """
    return (
        _problems(policy),
        _additive(policy, card, run),
        _repeated(run, differences),
        _grades_reached(card, run),
    )


def _problems(policy: Policy) -> Check:
    warnings = [problem for problem in policy.warnings if problem.warning]
    codes = ", ".join(sorted({problem.code for problem in warnings}))
    return Check(
        gate="policy",
        name="problems",
        title=Title(zh="规则文件的错误数", en="Problems of the policy"),
        outcome="passed",
        found="0",
        limit="0",
        detail=Title(
            zh=f"提示 {len(warnings)} 条" + (f"（{codes}）" if codes else ""),
            en=f"{len(warnings)} warnings" + (f" ({codes})" if codes else ""),
        ),
        acceptable=False,
    )


def _additive(policy: Policy, card: Scorecard, run: Run) -> Check:
    """Start, dimensions, indicators and records of every golden row, summed again from the published tables."""
    from credit_scoring.releases.gates.additivity import results_of
    from credit_scoring.releases.gates.sums import Gaps, gaps_of

    runs = [(run, card)]
    if run.public is not None:
        runs += [(run.public, base) for base in policy.bases((card,), _day_of(run))]
    gaps = Gaps()
    for part, scorecard in runs:
        with results_of(part.tables) as engine:
            gaps += gaps_of(engine, scorecard)
    wrong = gaps.dimensions + gaps.raw_scores + gaps.scores + gaps.evidence
    compared = gaps.dimensions_compared + 2 * gaps.subjects + gaps.evidence_compared
    return Check(
        gate="additivity",
        name="golden_rows",
        title=Title(
            zh="样例的分数不等于其各部分之和的处数",
            en="Numbers of golden rows that are not the sum of their parts",
        ),
        outcome="failed" if wrong else "passed",
        found=f"{wrong:,} / {compared:,}",
        limit="0",
        detail=Title(
            zh=f"{gaps.subjects:,} 个评分：维度 {gaps.dimensions}、原始分 {gaps.raw_scores}、得分 {gaps.scores}、记录 {gaps.evidence}",
            en=f"{gaps.subjects:,} scores: dimensions {gaps.dimensions}, raw scores {gaps.raw_scores}, scores {gaps.scores}, "
            f"records {gaps.evidence}",
        ),
        acceptable=False,
    )


def _day_of(run: Run) -> date:
    return run.info.on


def _repeated(run: Run, differences: Sequence[str]) -> Check:
    rows = run.tables["scores"].num_rows
    where = "; ".join(differences[:_SHOWN])
    return Check(
        gate="golden",
        name="repeated",
        title=Title(
            zh="样例以相反的行序重算，结果不同的处数", en="Golden rows in the opposite order: differences"
        ),
        outcome="failed" if differences else "passed",
        found=str(len(differences)),
        limit="0",
        detail=Title(zh=where or f"{rows:,} 个评分", en=where or f"{rows:,} scores"),
        acceptable=False,
    )


def _grades_reached(card: Scorecard, run: Run) -> Check:
    """Every grade that a score or an override gives is the grade of some golden row, or it is said which is not."""
    title = Title(zh="样例未取得的等级数", en="Grades that no golden row gets")
    if not card.grades:
        why = Title(zh="本评价不设等级", en="this scorecard has no grades")
        return Check(
            gate="golden", name="grades_reached", title=title, outcome="does_not_apply", found="-", limit="0",
            detail=why, acceptable=True,
        )  # fmt: skip
    got = {*run.tables["scores"]["grade"].to_pylist(), *run.tables["scores"]["grade_raw"].to_pylist()}
    absent = [name for name in card.grades if name not in got]
    zh = "、".join(f"{card.grades[name].title.zh}（{name}）" for name in absent)
    en = ", ".join(f"{card.grades[name].title.en} ({name})" for name in absent)
    return Check(
        gate="golden",
        name="grades_reached",
        title=title,
        outcome="failed" if absent else "passed",
        found=str(len(absent)),
        limit="0",
        detail=Title(
            zh=zh or f"全部 {len(card.grades)} 个等级", en=en or f"all {len(card.grades)} grades are reached"
        ),
        acceptable=True,
    )
