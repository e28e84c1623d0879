"""The candidate beside the release in force: that it is something new, and what is new about it."""

from __future__ import annotations

from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.difference import differences
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.base import difference_exhibit
from credit_scoring.releases.gates.bench import Bench
from credit_scoring.releases.gates.evidence_files import papers_of, validation_of
from credit_scoring.releases.gates.findings import NOTHING, Exhibit, Finding, Question
from credit_scoring.releases.opening import Released

_NEW = Question(
    gate="comparison",
    name="something_new",
    title=Title(zh="与在用版本内容不同", en="The content differs from the release in force"),
)
_ORDER = Question(
    gate="comparison",
    name="edition_order",
    title=Title(zh="版本不早于在用版本", en="The edition is not older than the one in force"),
    acceptable=True,
)
_DIFFERENCES = Question(
    gate="comparison",
    name="policy_differences",
    title=Title(zh="与在用版本政策的不同", en="Values in which the policies differ"),
)
_TRAINED = Question(
    gate="comparison",
    name="compared_at_training",
    title=Title(zh="训练时与在用模型作过比较", en="Compared with the model in force at the training"),
    acceptable=True,
)


def check_comparison(bench: Bench) -> Finding:
    """New content, no older edition, every difference listed; of learnt ones how the training compared them."""
    candidate, other = bench.candidate, bench.in_force
    questions = (_NEW, _ORDER, _DIFFERENCES, _TRAINED)
    if other is None:
        why = Title(zh="此前没有在用版本", en="no release of this scorecard is in force")
        return Finding(checks=tuple(question.does_not_apply(why) for question in questions))
    name = f"{other.manifest.name}:{other.built.version}"
    same = candidate.manifest.content_sha256 == other.manifest.content_sha256
    ours, theirs = candidate.manifest.in_force_from, other.manifest.in_force_from
    changes = len(differences(other.card, candidate.card))
    return Finding(
        checks=(
            _NEW.answered(
                passed=not same,
                found=candidate.manifest.content_sha256[:12],
                limit=f"≠ {other.manifest.content_sha256[:12]}",
                detail=Title(zh=f"与 {name} 比较", en=f"compared with {name}")
                if not same
                else Title(zh=f"与 {name} 相同，没有新内容", en=f"the same as {name}: nothing is new"),
            ),
            _ORDER.answered(
                passed=ours >= theirs,
                found=f"{candidate.manifest.edition} ({ours})",
                limit=f"≥ {other.manifest.edition} ({theirs})",
                detail=Title(
                    zh=f"与 {name} 比较施行日期",
                    en=f"by the day from which the editions are in force, against {name}",
                ),
            ),
            _DIFFERENCES.answered(
                passed=True,
                found=f"{changes}",
                limit=NOTHING,
                detail=Title(
                    zh=f"{name} 与本版本，逐项列于报告",
                    en=f"{name} and this release, value by value in the report",
                ),
            ),
            _trained(candidate, other),
        ),
        exhibits=_exhibits(candidate, other),
    )


def _trained(candidate: Released, other: Released) -> Check:
    papers, validation = papers_of(candidate), validation_of(candidate)
    if papers is None or validation is None:
        return _TRAINED.does_not_apply(
            Title(zh="分值由文件规定，未经训练", en="the points are stated by a text, not learnt")
        )
    wanted = f"{other.card.id} {other.policy.fingerprint((other.card,))}"
    gains = [
        (split.name, each.difference.value)
        for split in validation.splits
        if not split.fitted
        for each in split.comparisons
        if each.against == "in_use" and each.difference.value is not None
    ]
    said = "; ".join(f"{split}: {gain:+.4f}" for split, gain in gains) or NOTHING
    used = papers.in_use or NOTHING
    return _TRAINED.answered(
        passed=papers.in_use == wanted,
        found=used[:60],
        limit=wanted[:60],
        detail=Title(zh=f"AUC 较在用模型：{said}", en=f"AUC against the model in use: {said}"),
    )


def _exhibits(candidate: Released, other: Released) -> tuple[Exhibit, ...]:
    title = Title(zh="与在用版本的不同", en="Differences from the release in force")
    found = difference_exhibit(other.card, candidate.card, title)
    return (found,) if found.rows else ()
