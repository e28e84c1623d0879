"""Legal texts as a paper cites them: numbered where they are first named, listed at its end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from credit_scoring.policy.catalogue import Instrument
from credit_scoring.releases.paperwork.document import Grid, row
from credit_scoring.releases.paperwork.voice import Voice

_ARTICLE = re.compile(r"art\. ?(\d+)((?:\(\d+\))*)\Z")


@dataclass(slots=True)
class Citations:
    """The texts cited so far, numbered from 1."""

    voice: Voice
    instruments: Mapping[str, Instrument]
    numbers: dict[str, int] = field(default_factory=dict)

    def cite(self, references: Iterable[str]) -> str:
        """Numbers and articles of citations; says so where there is none."""
        cited = [self._cited(reference) for reference in references]
        return self.voice.listed(cited) if cited else self.voice.say("未说明", "not stated")

    def _cited(self, reference: str) -> str:
        key, _, place = reference.partition(" ")
        number = self.numbers.setdefault(key, len(self.numbers) + 1)
        article = _ARTICLE.match(place)
        if article is not None:
            place = self.voice.say(f"第{article[1]}条{article[2]}", f" {place}")
        elif place:
            place = f" {place}"
        return self.voice.say(f"〔{number}〕", f"[{number}]") + place

    def table(self) -> Grid:
        """The texts cited, by number."""
        say = self.voice.say
        rows = [self._row(number, key) for key, number in self.numbers.items()]
        return Grid(
            heads=(
                say("序号", "No."), say("名称", "Title"), say("文号", "Number"), say("制定机关", "Issued by"),
                say("日期", "Dates"), say("核对情况", "Verified"),
            ),
            rows=tuple(row(*cells) for cells in rows),
        )  # fmt: skip

    def _row(self, number: int, key: str) -> tuple[str, ...]:
        say = self.voice.say
        mark = say(f"〔{number}〕", f"[{number}]")
        text = self.instruments.get(key)
        if text is None:
            return (mark, key, "–", "–", "–", say("未收录，待核对", "not on file, to be verified"))
        seen = text.standing == "published"
        return (
            mark,
            self.voice.of(text.title),
            text.number or say("未载明", "not stated"),
            self.voice.of(text.issuer),
            self._dates(text) or say("未载明", "not stated"),
            say("已核对公布文本", "seen as published") if seen else say("待核对", "to be verified"),
        )

    def _dates(self, text: Instrument) -> str:
        say, day = self.voice.say, self.voice.day
        dates = []
        if text.issued_on is not None:
            dates.append(say(f"{day(text.issued_on)}发布", f"issued {day(text.issued_on)}"))
        if text.in_force_from is not None:
            dates.append(say(f"{day(text.in_force_from)}起施行", f"in force from {day(text.in_force_from)}"))
        if text.repealed_from is not None:
            dates.append(say(f"{day(text.repealed_from)}起废止", f"repealed from {day(text.repealed_from)}"))
        return self.voice.clauses(dates)
