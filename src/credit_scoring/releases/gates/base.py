"""The public scorecard inside a sector's release is the public release in force: nobody has two public scores."""

from __future__ import annotations

from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.difference import differences
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.fingerprints import base_editions
from credit_scoring.releases.gates.bench import Bench, base_on
from credit_scoring.releases.gates.findings import Exhibit, Finding, Question, Text

_SAME = Question(
    gate="base",
    name="same_policy",
    title=Title(zh="所依据的公共评价与在用版本一致", en="The public scorecard is the one in force"),
)


def check_base(bench: Bench) -> Finding:
    """Equal fingerprints of the public scorecard here and of the release of it in force, catalogue included."""
    card, policy, other = bench.candidate.card, bench.candidate.policy, bench.base_in_force
    if card.extends is None:
        return _alone(Title(zh="不依据其他评分卡", en="the scorecard extends no other"))
    if other is None:
        return _alone(
            Title(
                zh=f"评价日没有在用的“{card.extends}”发布",
                en=f"no release of '{card.extends}' is in force on the date",
            )
        )
    inside = {policy.fingerprint((base,)): base for base in base_editions(policy, card)}
    wanted = other.policy.fingerprint((other.card,))
    name = f"{other.manifest.name}:{other.built.version}"
    if wanted in inside:
        detail = Title(zh=f"与 {name}（{other.card.id}）相同", en=f"the same as {name} ({other.card.id})")
        return Finding(
            checks=(_SAME.answered(passed=True, found=wanted[:12], limit=wanted[:12], detail=detail),)
        )
    base = base_on(policy, card, bench.inputs.on)
    here = "-" if base is None else policy.fingerprint((base,))[:12]
    exhibit = None if base is None else _difference(other.card, base)
    said = "-" if base is None else base.id
    count = 0 if exhibit is None else len(exhibit.rows)
    what = (
        Title(zh="评分卡相同，目录不同", en="the scorecard is the same, the catalogue differs")
        if not count
        else Title(zh=f"评分卡有 {count} 处不同", en=f"the scorecard differs in {count} values")
    )
    detail = Title(
        zh=f"发布内为 {said}，在用为 {name}（{other.card.id}）；{what.zh}",
        en=f"{said} in the release, {name} ({other.card.id}) in force; {what.en}",
    )
    return Finding(
        checks=(_SAME.answered(passed=False, found=here, limit=wanted[:12], detail=detail),),
        exhibits=() if exhibit is None or not exhibit.rows else (exhibit,),
    )


def _alone(why: Title) -> Finding:
    return Finding(checks=(_SAME.does_not_apply(why),))


def _difference(before: Scorecard, after: Scorecard) -> Exhibit:
    return difference_exhibit(
        before, after, Title(zh="公共评分卡的不同", en="Differences of the public scorecard")
    )


def difference_exhibit(before: Scorecard, after: Scorecard, title: Title) -> Exhibit:
    """Every value in which two scorecards differ."""
    rows: list[tuple[Text, ...]] = [
        (change.path, change.before or "-", change.after or "-") for change in differences(before, after)
    ]
    heads = (
        Title(zh="位置", en="Where"),
        Title(zh=f"原（{before.id}）", en=f"Before ({before.id})"),
        Title(zh=f"新（{after.id}）", en=f"After ({after.id})"),
    )
    return Exhibit(title=title, heads=heads, rows=tuple(rows))
