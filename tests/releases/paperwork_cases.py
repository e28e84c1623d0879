"""Papers of the shipped scorecards, and a reader of the tables in them that shares nothing with what wrote them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cache
from html.parser import HTMLParser

from credit_scoring import Policy, __version__, load_policy
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.gathering import default_configs
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.checks import Check
from credit_scoring.releases.manifest import (
    Base,
    Code,
    Golden,
    Input,
    Learnt,
    Manifest,
    Signature,
    Stated,
)
from credit_scoring.releases.paperwork import dossier_papers
from credit_scoring.releases.terms import load_terms
from credit_scoring.sectors.papers import Papers

ON = date(2026, 6, 30)
AUTHOR = "王芳"
CARDS = (
    "public-enterprise@2019", "public-enterprise@2020", "public-natural-person@2020", "public-social-organisation@2020",
    "public-public-institution@2020", "public-government-agency@2020", "sector-building-market@2020",
    "sector-environment@2020", "sector-financial-risk@2020", "sector-road-transport@2020",
)  # fmt: skip
LANGUAGES = ("zh", "en")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def shipped() -> Policy:
    """All scorecards of the package."""
    return load_policy(default_configs())


def card_of(name: str) -> Scorecard:
    return next(card for card in shipped().scorecards if card.id == name)


def manifest_of(
    policy: Policy,
    card: Scorecard,
    *,
    on: date = ON,
    training: Papers | None = None,
    validation: tuple[Check, ...] = (),
) -> Manifest:
    """What a release of the scorecard would state."""
    data: Stated | Learnt = Stated(kind="stated", authority=card.authority)
    if training is not None:
        data = Learnt(
            kind="learnt", family=training.family, inputs=tuple(Input(**i.model_dump()) for i in training.inputs),
            data_sha256=sha256("data"), outcome=training.cohort.outcome, window=training.cohort.window,
            observed_on=tuple(d.observed_on for d in training.cohort.dates), rows=training.cohort.used,
            training_sha256=sha256("training"),
        )  # fmt: skip
    bases = tuple(
        Base(scorecard=c.scorecard, edition=c.edition, policy_sha256=sha256(c.id))
        for c in policy.scorecards
        if c.scorecard == card.extends
    )
    return Manifest(
        format=1, name=card.scorecard, edition=card.edition, title=card.title, subject_type=card.subject_type,
        in_force_from=card.in_force.from_, in_force_until=card.in_force.until, author=AUTHOR,
        built_at=datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=8))),
        policy_sha256=policy.fingerprint([card]), content_sha256=sha256(card.id),
        code=Code(version=__version__, sha256=sha256("code"), lock_sha256=sha256("lock"), python="3.11", libraries={"duckdb": "2.0.0"}),
        data=data, bases=bases, signature=Signature(inputs=(), parameters=(), outputs=()),
        golden=Golden(on=on, subjects=12, records=34, rejected=5), validation=validation or (check(),), files=(),
    )  # fmt: skip


def check(*, title: str = "Golden rows", failed: bool = False) -> Check:
    return Check(
        gate="golden", name="repeated", title=Title(zh="样例重算", en=title), outcome="failed" if failed else "passed",
        found="7" if failed else "0", limit="0", detail=Title(zh="逐行比对", en="row by row"), acceptable=False,
    )  # fmt: skip


@cache
def papers_of(name: str) -> dict[str, str]:
    """The papers of a shipped scorecard, by file name."""
    card = card_of(name)
    papers = dossier_papers(shipped(), card, manifest_of(shipped(), card), load_terms().terms)
    return {paper.name: paper.text for paper in papers}


@dataclass
class Read(HTMLParser):
    """What a browser would show: texts in order, and tables as rows of cells of lines."""

    texts: list[str] = field(default_factory=list)
    tables: list[list[list[list[str]]]] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = []
            self.tables[-1][-1].append(self._cell)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = None

    def handle_data(self, data: str) -> None:
        if not data.strip() or self.tags[-1][0] == "style":
            return
        self.texts.append(data.strip())
        if self._cell is not None:
            self._cell.append(data.strip())


@cache
def read_html(text: str) -> Read:
    reader = Read()
    reader.feed(text)
    return reader
