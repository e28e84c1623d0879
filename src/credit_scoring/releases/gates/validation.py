"""What a learnt evaluation had to meet on data it was not fitted to; of a stated one, what was checked at the build."""

from __future__ import annotations

from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.bench import Bench
from credit_scoring.releases.gates.evidence_files import validation_of
from credit_scoring.releases.gates.findings import NOTHING, Finding, Question
from credit_scoring.sectors.validation.results import Check as Validated
from credit_scoring.sectors.validation.results import Estimate
from credit_scoring.sectors.validation.wording import TEXTS, split_name

_LIMITS = Question(
    gate="validation", name="limits", title=Title(zh="模型验证限值", en="Limits of the validation")
)


def check_validation(bench: Bench) -> Finding:
    """The verdict of the validation, limit by limit; a limit is agreed and no matter of judgment."""
    validation = validation_of(bench.candidate)
    if validation is not None:
        return Finding(checks=tuple(_woven(check) for check in validation.checks))
    why = Title(
        zh="分值由文件规定，没有训练数据可供验证；以下为构建时的检查",
        en="the points are stated by a text, and there are no outcomes to validate them on; what follows was checked at the build",
    )
    return Finding(
        checks=(
            _LIMITS.does_not_apply(why),
            *(_repeated(check) for check in bench.candidate.manifest.validation),
        )
    )


def _repeated(check: Check) -> Check:
    name = check.name if check.gate == "validation" else f"{check.gate}.{check.name}"
    return check.model_copy(update={"gate": "validation", "name": f"build.{name}", "acceptable": False})


def _woven(check: Validated) -> Check:
    """A line of the verdict, judged again by its own limit: what does not follow from it is no result."""
    title = TEXTS.get(check.name, Title(zh=check.name, en=check.name))
    if check.split is not None:
        title = Title(
            zh=f"{title.zh}（{split_name(check.split, 'zh')}）",
            en=f"{title.en} ({split_name(check.split, 'en')})",
        )
    outcome = check.outcome
    if check.found.value is not None:
        meets = check.found.value <= check.limit if check.at_most else check.found.value >= check.limit
        outcome = "passed" if meets and outcome == "passed" else "failed"
    elif outcome == "passed":
        outcome = "not_computed"
    return Check(
        gate="validation",
        name=check.name if check.split is None else f"{check.name}.{check.split}",
        title=title,
        outcome=outcome,
        found=_found(check.found),
        limit=f"{'≤' if check.at_most else '≥'} {check.limit:g}",
        detail=_detail(check),
        acceptable=False,
    )


def _found(estimate: Estimate) -> str:
    if estimate.value is None:
        return NOTHING
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.4f}"
    return f"{estimate.value:.4f} [{estimate.low:.4f}, {estimate.high:.4f}]"


def _detail(check: Validated) -> Title:
    parts = [part for part in (check.found.reason, check.detail) if part is not None]
    if not parts:
        return Title(zh="见 training/validation.html", en="see training/validation.html")
    return Title(zh="；".join(part.zh for part in parts), en="; ".join(part.en for part in parts))
