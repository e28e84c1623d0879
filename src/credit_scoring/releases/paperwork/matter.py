"""What the papers of one release are about, and the tools to speak of it in one language."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.language import Override, Place, Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.walking import item_uses
from credit_scoring.releases.manifest import Manifest
from credit_scoring.releases.paperwork.citations import Citations
from credit_scoring.releases.paperwork.condition_words import Conditions
from credit_scoring.releases.paperwork.examples import Example
from credit_scoring.releases.paperwork.measuring_words import Measuring
from credit_scoring.releases.paperwork.rules import Rules
from credit_scoring.releases.paperwork.voice import Voice
from credit_scoring.releases.terms import Register, Terms
from credit_scoring.sectors.papers import Papers


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A release as its papers describe it."""

    policy: Policy
    card: Scorecard
    manifest: Manifest
    terms: Terms
    training: Papers | None
    """Of a learnt evaluation, as far as it was handed in."""
    examples: tuple[Example, ...]

    @property
    def base(self) -> Scorecard | None:
        """The edition of the public scorecard this one extends that is in force on the date of the golden rows."""
        if self.card.extends is None:
            return None
        return self.policy.edition_in_force(self.card.extends, self.manifest.golden.on)

    @property
    def editions_of_base(self) -> tuple[str, ...]:
        """Every edition of it that the release holds."""
        return tuple(base.edition for base in self.manifest.bases)

    @property
    def written(self) -> Scorecard:
        """The scorecard as its file states it, with weights where it has them."""
        return next((e.written for e in self.policy.editions if e.card == self.card), self.card)

    @property
    def register(self) -> Register:
        """What the terms say of scorecards of this kind."""
        return self.terms.public if self.card.extends is None else self.terms.sector

    @property
    def is_learnt(self) -> bool:
        """Whether the points were learnt."""
        return self.manifest.data.kind == "learnt"

    @property
    def items(self) -> dict[str, Item]:
        """Items of the catalogue that the scorecard reads, in the order in which it names them."""
        used = dict.fromkeys(code for _, code in item_uses(self.card))
        return {code: self.policy.catalogue[code] for code in used if code in self.policy.catalogue}

    def standing(self) -> dict[str, int]:
        """Indicators by the standing of their points: published, assumed, learnt."""
        counts = dict.fromkeys(("published", "assumed", "learnt"), 0)
        for place in self.card.places():
            counts[place.rule.basis] += 1
        return counts

    def rule_standing(self) -> dict[str, int]:
        """Indicators by the standing of the other numbers of their rules."""
        counts = dict.fromkeys(("published", "assumed", "learnt"), 0)
        for place in self.card.places():
            counts[place.rule.rule_basis or place.rule.basis] += 1
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """The tools of one paper: its language, its words for rules, the texts it has cited."""

    matter: Matter
    voice: Voice
    rules: Rules
    citations: Citations

    @property
    def conditions(self) -> Conditions:
        """Words for conditions."""
        return self.rules.conditions

    def authority(self, place: Place) -> str:
        """Citations of an indicator; its heading's where it has none of its own."""
        return self.citations.cite(self.matter.card.authority_of(place))

    def authority_of_override(self, override: Override) -> str:
        """Citations of an override; the scorecard's where it has none of its own."""
        return self.citations.cite(override.authority or self.matter.card.authority)

    def percent(self, part: int, whole: int) -> str:
        """A share of a count, to a tenth of a per cent."""
        share = Decimal(part) * 100 / Decimal(whole) if whole else Decimal(0)
        return f"{share.quantize(Decimal('0.1'))} %"


def tongue(matter: Matter, lang: str) -> Tongue:
    """The tools for a paper in `zh` or `en`; citations are numbered anew in each."""
    voice = Voice(lang)
    base = matter.base
    dimensions = {} if base is None else {name: d.title for name, d in base.dimensions.items()}
    measuring = Measuring(
        voice, matter.policy.catalogue, dimensions, matter.card.subject_type == "natural_person"
    )
    return Tongue(
        matter=matter,
        voice=voice,
        rules=Rules(Conditions(measuring, matter.card, base)),
        citations=Citations(voice, matter.policy.instruments),
    )
