"""The entry of a release in a register of algorithms: typed, both languages inside, the same content as its paper."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from credit_scoring.policy.catalogue import Item, SubjectType, Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.checks import Outcome
from credit_scoring.releases.entries import Sha256
from credit_scoring.releases.manifest import Learnt
from credit_scoring.releases.paperwork.indicator_tables import publicity, retention
from credit_scoring.releases.paperwork.matter import Matter, Tongue, tongue
from credit_scoring.releases.paperwork.model_card import family
from credit_scoring.releases.paperwork.scale_tables import grade_limit
from credit_scoring.releases.paperwork.voice import percent
from credit_scoring.releases.terms import Basis, Route

FORMAT: Literal[1] = 1
"""Of the entry; raised with every change of its fields."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LegalText(_Part):
    """A text the evaluation rests on. Null: not stated on file."""

    key: str
    title: Title
    number: str | None
    issuer: Title | None
    standing: Literal["published", "assumed"] | None
    """`assumed`: cited from common knowledge, still to be verified."""


class DataCategory(_Part):
    """A kind of record that is read."""

    item: str
    title: Title
    source: Title
    """The department that delivers it."""
    personal_data: Literal["none", "ordinary", "sensitive", "consent_required", "prohibited"]
    openness: Literal["public", "shared", "authorised"]
    update_frequency: str
    publicity: Title
    retention: Title
    legal_basis: tuple[str, ...]
    """Keys of `legal_texts`."""


class Way(_Part):
    """A way open to the party scored."""

    steps: tuple[Title, ...]
    working_days: int | None
    """Null: not stated."""
    legal_basis: tuple[str, ...]
    basis: Basis


class Consequence(_Part):
    """A grade, what it takes and the inspections that follow."""

    grade: Title
    condition: Title
    inspected_in_a_year: Title


class Finding(_Part):
    """A check at the time of the build."""

    check: str
    title: Title
    found: str
    limit: str
    outcome: Outcome


class Hashes(_Part):
    """SHA-256 of what the release is."""

    policy: Sha256
    content: Sha256
    code: Sha256
    lock: Sha256
    data: Sha256 | None
    """Null where nothing was learnt from data."""


class RegisterEntry(_Part):
    """One algorithm of a public register. Null: not stated by the owner; nothing is guessed."""

    format: Literal[1]
    identifier: str
    """`scorecard@edition`."""
    name: Title
    description: Title
    kind: Title
    owner: Title
    contact: Title
    supplier: Title | None
    website: str | None
    purpose: Title
    decision_supported: Title
    effect_on_people: Title
    subjects: SubjectType
    automated: Title
    """How far a decision is automated."""
    human_review: Title
    legal_basis: tuple[str, ...]
    legal_texts: tuple[LegalText, ...]
    data: tuple[DataCategory, ...]
    personal_data_classes: dict[str, int]
    """Kinds of records read, by class of personal data."""
    logic: Title
    indicators: Annotated[int, Field(ge=1)]
    standing: dict[str, int]
    """Indicators by the standing of their points: published, assumed, learnt."""
    consequences: tuple[Consequence, ...]
    performance: tuple[Finding, ...]
    risks: tuple[Title, ...]
    mitigations: tuple[Title, ...]
    impact_assessment: Title | None
    monitoring: tuple[Title, ...]
    retention: Title
    enquiry: Way
    objection: Way
    repair: Way
    edition: str
    may_be_in_force_from: date
    may_be_in_force_until: date | None
    """Null where the edition's own text has no end."""
    built_at: AwareDatetime
    author: str
    program_version: str
    hashes: Hashes
    status: Title


def register_entry(matter: Matter) -> RegisterEntry:
    """The entry of a release."""
    return _Entry(matter).entry()


def cited_texts(matter: Matter) -> tuple[str, ...]:
    """Keys of every text named by the scorecard, its items or the terms, in that order."""
    card, terms, register = matter.card, matter.terms, matter.register
    inspections = terms.inspections_of(card.scorecard)
    references = [
        *card.authority, *register.authority,
        *(ref for place in card.places() for ref in card.authority_of(place)),
        *(ref for override in card.overrides.values() for ref in override.authority),
        *(ref for item in matter.items.values() for ref in item.legal_basis),
        *(ref for route in (terms.enquiry, terms.objection, terms.repair) for ref in route.authority),
        *(() if inspections is None else inspections.authority),
    ]  # fmt: skip
    return tuple(dict.fromkeys(ref.split(" ", 1)[0] for ref in references))


class _Entry:
    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self.tongues: tuple[Tongue, Tongue] = (tongue(matter, "zh"), tongue(matter, "en"))

    def entry(self) -> RegisterEntry:
        matter, card, manifest, terms = self.matter, self.matter.card, self.matter.manifest, self.matter.terms
        register, items = matter.register, matter.items
        classes: dict[str, int] = {}
        for item in items.values():
            classes[item.personal_data] = classes.get(item.personal_data, 0) + 1
        data = manifest.data
        return RegisterEntry(
            format=FORMAT, identifier=card.id, name=card.title, description=self._description(), kind=self._kind(),
            owner=terms.publisher.name, contact=terms.publisher.contact, supplier=None, website=None,
            purpose=register.purpose, decision_supported=self._decision(card), effect_on_people=self._effect(),
            subjects=card.subject_type, automated=_AUTOMATED, human_review=register.human_review,
            legal_basis=tuple(dict.fromkeys((*card.authority, *register.authority))),
            legal_texts=tuple(self._text(key) for key in cited_texts(matter)),
            data=tuple(self._category(code, item) for code, item in items.items()), personal_data_classes=classes,
            logic=self._logic(), indicators=len(list(card.places())), standing=matter.standing(),
            consequences=self._consequences(),
            performance=tuple(
                Finding(check=c.id, title=c.title, found=c.found, limit=c.limit, outcome=c.outcome) for c in manifest.validation
            ),
            risks=register.risks, mitigations=_MITIGATIONS, impact_assessment=None, monitoring=register.monitoring,
            retention=self._retention(), enquiry=_way(terms.enquiry), objection=_way(terms.objection), repair=_way(terms.repair),
            edition=card.edition, may_be_in_force_from=card.in_force.from_, may_be_in_force_until=card.in_force.until,
            built_at=manifest.built_at, author=manifest.author, program_version=manifest.code.version,
            hashes=Hashes(
                policy=manifest.policy_sha256, content=manifest.content_sha256, code=manifest.code.sha256,
                lock=manifest.code.lock_sha256, data=data.data_sha256 if isinstance(data, Learnt) else None,
            ),
            status=_STATUS,
        )  # fmt: skip

    def _kind(self) -> Title:
        zh, en = self.tongues
        return Title(zh=family(zh), en=family(en))

    def _description(self) -> Title:
        card, (zh, en) = self.matter.card, self.tongues
        return Title(
            zh=f"根据公共信用记录为{zh.voice.subjects(card.subject_type)}打分。",
            en=f"Scores {en.voice.subjects(card.subject_type)} by their public credit records.",
        )

    def _decision(self, card: Scorecard) -> Title:
        if not card.grades:
            return Title(
                zh="给出得分和所在分段，供各部门参考。",
                en="Gives a score and its band, for departments to refer to.",
            )
        if self.matter.terms.inspections_of(card.scorecard) is None:
            return Title(
                zh="给出得分和等级，供各部门参考。",
                en="Gives a score and a grade, for departments to refer to.",
            )
        return Title(
            zh="给出得分和等级；抽查比例随等级确定。",
            en="Gives a score and a grade; the share inspected follows from the grade.",
        )

    def _effect(self) -> Title:
        grades, inspections = (
            self.matter.card.grades,
            self.matter.terms.inspections_of(self.matter.card.scorecard),
        )
        if inspections is None:
            return Title(zh="没有规定随得分而来的后果。", en="No consequence of the score is stated.")
        parts = [(grades[n].title, percent(r)) for n, r in inspections.ratios.items() if n in grades]
        return Title(
            zh="被抽查检查的机会随等级变化：" + "，".join(f"{title.zh}每年{share}" for title, share in parts) + "。",
            en="The chance of being inspected in a year follows the grade: " + ", ".join(f"{title.en} {share}" for title, share in parts) + ".",
        )  # fmt: skip

    def _logic(self) -> Title:
        card = self.matter.card
        by_model = any(place.rule.curve == "model" for place in card.places())
        number = len(list(card.places()))
        if by_model:
            return Title(
                zh=f"{number}个指标由模型一并给分；起始分加各指标得分等于总分，再适用直接判定，最后评定等级。",
                en=f"A model gives points to {number} indicators together; start and points add up to the score; overrides and the grade follow.",
            )
        return Title(
            zh=f"{number}个指标各按规则由记录计分，相加得出总分，再适用直接判定，最后评定等级或者分段。",
            en=f"Each of {number} indicators gets points from the records by its rule; they add up to the score; overrides and the grade or band follow.",
        )  # fmt: skip

    def _consequences(self) -> tuple[Consequence, ...]:
        zh, en = self.tongues
        inspections = self.matter.terms.inspections_of(self.matter.card.scorecard)
        found = []
        for name, grade in self.matter.card.grades.items():
            ratio = None if inspections is None else inspections.ratios.get(name)
            share = _NOT_STATED if ratio is None else Title(zh=percent(ratio), en=percent(ratio))
            condition = Title(zh="；".join(grade_limit(zh, grade)), en="; ".join(grade_limit(en, grade)))
            found.append(Consequence(grade=grade.title, condition=condition, inspected_in_a_year=share))
        return tuple(found)

    def _text(self, key: str) -> LegalText:
        text = self.matter.policy.instruments.get(key)
        if text is None:
            return LegalText(key=key, title=Title(zh=key, en=key), number=None, issuer=None, standing=None)
        return LegalText(
            key=key, title=text.title, number=text.number, issuer=text.issuer, standing=text.standing
        )

    def _category(self, code: str, item: Item) -> DataCategory:
        zh, en = self.tongues
        return DataCategory(
            item=code, title=item.title, source=item.source, personal_data=item.personal_data, openness=item.openness,
            update_frequency=item.update_frequency,
            publicity=Title(zh=publicity(zh, item), en=publicity(en, item)),
            retention=Title(zh=retention(zh, item), en=retention(en, item)), legal_basis=item.legal_basis,
        )  # fmt: skip

    def _retention(self) -> Title:
        counts: dict[str, int] = {}
        for item in self.matter.items.values():
            counts[item.retention] = counts.get(item.retention, 0) + 1
        zh, en = self.tongues
        spans = sorted(counts, key=lambda s: (s == "permanent", len(s), s))
        return Title(
            zh="；".join(f"{'长期' if s == 'permanent' else zh.voice.span(s)}：{counts[s]}类记录" for s in spans)
            + "。超过保存期限的记录不再使用。",
            en="; ".join(f"{'without limit' if s == 'permanent' else en.voice.span(s)}: {counts[s]} kinds of records" for s in spans)
            + ". Past its retention a record is no longer used.",
        )  # fmt: skip


def _way(route: Route) -> Way:
    return Way(
        steps=route.how, working_days=route.working_days, legal_basis=route.authority, basis=route.basis
    )


_NOT_STATED = Title(zh="未规定", en="not stated")
_AUTOMATED = Title(
    zh="得分和等级（分段）由程序自动算出；据此采取的措施由部门决定。",
    en="Score and grade (or band) are computed automatically; measures that follow are decided by the department.",
)
_MITIGATIONS = (
    Title(zh="只使用信用信息目录内的记录；禁止采集的个人信息不得进入规则。", en="Only records within the catalogue are used; prohibited personal data cannot enter a rule."),
    Title(zh="同一事件不重复扣分；修复、撤销、到期的记录按规则退出。", en="One event is not deducted twice; repaired, withdrawn and expired records leave as the rules say."),
    Title(zh="每一分都能追溯到记录，当事人可以核对。", en="Every point leads to records, which the party can check."),
    Title(zh="施行前由编制人以外的第二人批准，并经过检验；超出限度的须说明理由。", en="Before it goes into force a second person approves it on the evidence of gates; what exceeds a limit needs reasons."),
    Title(zh="施行期间的登记只能追加、环环相扣，事后改动会被发现。", en="The ledger of what was in force is append-only and chained: a later change is found."),
)  # fmt: skip
_STATUS = Title(
    zh="编制完成；批准和施行的日期见决定记录。",
    en="Built; dates of approval and of being in force are in the paper on decisions.",
)
