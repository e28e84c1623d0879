"""Nothing is counted that may not be: every item in the catalogue, for the subject, lawful to use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from credit_scoring.policy.catalogue import Item, Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.walking import Keys, item_uses
from credit_scoring.releases.checks import Check
from credit_scoring.releases.fingerprints import base_editions
from credit_scoring.releases.gates.bench import Bench
from credit_scoring.releases.gates.findings import Exhibit, Finding, Question, Text, listed

_UNKNOWN = Question(
    gate="items", name="in_catalogue", title=Title(zh="信息项均在目录内", en="Every item is in the catalogue")
)
_SUBJECT = Question(
    gate="items",
    name="for_the_subject",
    title=Title(zh="信息项适用于评价对象", en="Every item is collected for the subject type"),
)
_PROHIBITED = Question(
    gate="items",
    name="prohibited",
    title=Title(zh="不使用禁止采集的个人信息", en="No personal data that must not be collected"),
)
_CONSENT = Question(
    gate="items",
    name="consent",
    title=Title(zh="不使用须经本人同意的自然人信息", en="No item of a natural person that needs consent"),
)
_AUTHORISED = Question(
    gate="items",
    name="authorised",
    title=Title(
        zh="不使用须经主体授权方可使用的信息项",
        en="No item that is only open with the subject's authorisation",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An item where a scorecard names it; `item` is None outside the catalogue."""

    card: Scorecard
    place: str
    """The indicator, override or other node that reads it."""
    code: str
    item: Item | None


def uses(bench: Bench) -> tuple[Use, ...]:
    """Every item that the scorecard of the release, and those it extends, read anywhere."""
    policy, card = bench.candidate.policy, bench.candidate.card
    found = {
        (each.id, place_of(keys), code): Use(
            card=each, place=place_of(keys), code=code, item=policy.catalogue.get(code)
        )
        for each in (card, *base_editions(policy, card))
        for keys, code in item_uses(each)
    }
    return tuple(found.values())


def place_of(keys: Keys) -> str:
    """The nearest name above the measure: an indicator, an override, a grade, or the start."""
    names = [str(key) for key in keys]
    for heading in ("indicators", "overrides", "grades", "features"):
        if heading in names:
            return names[names.index(heading) + 1]
    return names[0]


def check_items(bench: Bench) -> Finding:
    """What the scorecard, its overrides and the scorecard it extends read, item by item."""
    found = uses(bench)
    known = [(use, use.item) for use in found if use.item is not None]
    person = bench.candidate.card.subject_type == "natural_person"
    checks = (
        _counted(_UNKNOWN, (use for use in found if use.item is None), found),
        _counted(_SUBJECT, (u for u, item in known if u.card.subject_type not in item.subject_types), found),
        _counted(_PROHIBITED, (u for u, item in known if item.personal_data == "prohibited"), found),
        _counted(_CONSENT, (u for u, item in known if item.personal_data == "consent_required"), found)
        if person
        else _CONSENT.does_not_apply(Title(zh="评价对象不是自然人", en="no natural persons are scored")),
        _counted(_AUTHORISED, (u for u, item in known if item.openness == "authorised"), found),
    )
    return Finding(checks=checks, exhibits=(_exhibit(found),))


def _counted(question: Question, wrong: Iterable[Use], every: tuple[Use, ...]) -> Check:
    faults = tuple(sorted({f"{use.code} ({use.card.id}: {use.place})" for use in wrong}))
    codes = len({use.code for use in every})
    detail = Title(
        zh=f"评分卡及其所依据的评分卡（含直接判定）共使用 {codes} 个信息项",
        en=f"{codes} items are read by the scorecard, its overrides and what it extends",
    )
    if faults:
        names = listed(faults)
        detail = Title(zh=f"{detail.zh}；不符：{names.zh}", en=f"{detail.en}; at fault: {names.en}")
    return question.counted(len(faults), of=len(every), detail=detail)


def _exhibit(found: tuple[Use, ...]) -> Exhibit:
    by_code: dict[str, list[Use]] = {}
    for use in found:
        by_code.setdefault(use.code, []).append(use)
    rows: list[tuple[Text, ...]] = []
    for code, where in sorted(by_code.items()):
        item = where[0].item
        places = ", ".join(dict.fromkeys(use.place for use in where))
        if item is None:
            rows.append((code, "-", "-", "-", "-", places))
        else:
            rows.append((code, item.title, item.entry, item.openness, item.personal_data, places))
    heads = (
        Title(zh="信息项", en="Item"),
        Title(zh="名称", en="Title"),
        Title(zh="类别", en="Entry"),
        Title(zh="开放程度", en="Openness"),
        Title(zh="个人信息类别", en="Personal data"),
        Title(zh="用于", en="Read by"),
    )
    title = Title(zh="使用的信息项", en="Items that are read")
    return Exhibit(title=title, heads=heads, rows=tuple(rows))
