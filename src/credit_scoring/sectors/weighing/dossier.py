"""What a reviewer reads before new weights are adopted: method, judgments, consistency, weights, sensitivity, limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.numbers import plain_number
from credit_scoring.reports.contents import Picture, Report, Section, Table
from credit_scoring.sectors.weighing.consequences import Consequences
from credit_scoring.sectors.weighing.dossier_people import PeopleSections
from credit_scoring.sectors.weighing.dossier_subjects import SubjectSections
from credit_scoring.sectors.weighing.pictures import weights_picture
from credit_scoring.sectors.weighing.voice import Voice, as_weight, voice_of
from credit_scoring.sectors.weighing.weights import Weighed
from credit_scoring.sectors.weighing.wording import LIMITS, METHOD_TEXTS, METHOD_TITLES

WEIGHTS_PICTURE = "weights.svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the weights rest on, for the foot of the document."""

    file: str
    file_sha256: str
    version: str
    on: str | None
    known_by: str | None
    subjects: str | None
    records: str | None


def dossier(
    card: Scorecard, weighed: Weighed, basis: Basis, *, lang: str, found: Consequences | None = None
) -> Report:
    """The document.

    Args:
        card: as its file states it.
        found: what the weights do to subjects; None where none were given.
        lang: `zh` or `en`.
    """
    return _Writer(voice_of(card, lang), weighed, basis, found).document()


@dataclass(frozen=True, slots=True)
class _Writer:
    voice: Voice
    weighed: Weighed
    basis: Basis
    found: Consequences | None

    def document(self) -> Report:
        sections = [self._method()]
        if self.weighed.group is not None:
            sections += PeopleSections(self.voice, self.weighed, self.weighed.group).sections()
        sections.append(self._weights())
        if self.found is not None:
            sections += SubjectSections(self.voice, self.found).sections()
        sections.append(self._limits())
        title = self.voice.card.title.in_language(self.voice.lang)
        return Report(
            lang=self.voice.lang,
            title=self.voice.say(
                f"赋权说明书：{title}（{self.voice.card.id}）",
                f"Weighing dossier: {title} ({self.voice.card.id})",
            ),
            sections=tuple(sections),
            footer=tuple(self._footer()),
        )

    def _method(self) -> Section:
        weighed, combine = (
            self.weighed,
            self.voice.card.weighing.combine if self.voice.card.weighing else None,
        )
        method = METHOD_TITLES[weighed.method].in_language(self.voice.lang)
        lines = [self.voice.say(f"赋权方法：{method}。", f"Method: {method}.")]
        if weighed.method == "combined" and combine is not None:
            lines.append(METHOD_TEXTS[combine.rule].in_language(self.voice.lang))
        lines += [METHOD_TEXTS[part.method].in_language(self.voice.lang) for part in weighed.parts]
        lines += [METHOD_TEXTS["rounding"].in_language(self.voice.lang)]
        for part in weighed.parts:
            if part.constant:
                names = ", ".join(self.voice.named(name) for name in part.constant)
                lines.append(
                    self.voice.say(
                        f"下列指标在全部主体中取值相同，不含信息，该方法给其权重为 0：{names}。",
                        f"All subjects are alike in these indicators; they carry no information and get weight 0 by this method: {names}.",
                    )
                )
            if part.left_out:
                lines.append(
                    self.voice.say(
                        f"{part.left_out:,} 个主体因有指标不计入其得分而未参与计算。",
                        f"{part.left_out:,} subjects were not looked at because an indicator is out of their score.",
                    )
                )
        if self.voice.card.weighing is not None and self.voice.card.weighing.note:
            lines.append(self.voice.card.weighing.note)
        return Section(title=self.voice.say("方法", "Method"), paragraphs=tuple(lines))

    def _weights(self) -> Section:
        w = self.weighed
        parts = w.parts if len(w.parts) > 1 else ()
        heads = (
            self.voice.say("指标", "indicator"), self.voice.say("原权重", "before"),
            *(METHOD_TITLES[p.method].in_language(self.voice.lang) for p in parts),
            self.voice.say("方法给出", "by the method"), self.voice.say("新权重", "after"), self.voice.say("变化", "change"),
        )  # fmt: skip
        rows = []
        for i, name in enumerate(w.names):
            by_parts = (as_weight(part.weights[i]) for part in parts)
            change = w.weights[i] - w.before[i]
            rows.append(
                (self.voice.named(name), plain_number(w.before[i]), *by_parts, as_weight(w.given[i]), plain_number(w.weights[i]), f"{change:+f}")
            )  # fmt: skip
        dimensions, at = [], 0
        for branch in w.tree:
            span = slice(at, at + len(branch.indicators))
            at = span.stop
            before, after = sum(w.before[span], Decimal(0)), sum(w.weights[span], Decimal(0))
            dimensions.append(
                (
                    self.voice.titles[branch.dimension],
                    plain_number(before),
                    plain_number(after),
                    f"{after - before:+f}",
                )
            )
        return Section(
            title=self.voice.say("权重", "Weights"),
            tables=(
                Table(caption=self.voice.say("指标权重", "Weights of the indicators"), heads=heads, rows=tuple(rows)),
                Table(
                    caption=self.voice.say("维度权重", "Weights of the dimensions"),
                    heads=(self.voice.say("维度", "dimension"), self.voice.say("原权重", "before"), self.voice.say("新权重", "after"), self.voice.say("变化", "change")),
                    rows=tuple(dimensions),
                ),
            ),
            picture=Picture(
                file=WEIGHTS_PICTURE, svg=weights_picture(w),
                caption=self.voice.say("浅色：原权重；深色：新权重。", "Pale: weights before; dark: weights after."),
            ),
        )  # fmt: skip

    def _limits(self) -> Section:
        used = {part.method for part in self.weighed.parts} | {"all"}
        if self.found is not None:
            used.add("subjects")
        lines = tuple(text.in_language(self.voice.lang) for key, text in LIMITS if key in used)
        return Section(title=self.voice.say("方法的局限", "Limits of the method"), paragraphs=lines)

    def _footer(self) -> Iterator[str]:
        b = self.basis
        yield f"{b.file}, SHA-256 {b.file_sha256}"
        if b.on is not None:
            yield self.voice.say(
                f"评价日期 {b.on}，数据截至 {b.known_by}", f"evaluated on {b.on}, known by {b.known_by}"
            )
            yield f"subjects SHA-256 {b.subjects}; records SHA-256 {b.records}"
        if self.found is not None and self.voice.card.weighing is not None:
            yield self.voice.say(
                f"随机种子 {self.voice.card.weighing.sensitivity.seed}",
                f"seed {self.voice.card.weighing.sensitivity.seed}",
            )
        yield f"credit-scoring {b.version}"
