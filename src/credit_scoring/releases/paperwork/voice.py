"""How the papers speak: one language, the policy's titles, numbers with their signs and units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credit_scoring.policy.catalogue import SubjectType, Title, month_count
from credit_scoring.policy.numbers import plain_number

LANGUAGES = ("zh", "en")
_SUBJECTS: dict[SubjectType, tuple[str, str]] = {
    "enterprise": ("企业", "enterprises"),
    "natural_person": ("自然人", "natural persons"),
    "social_organisation": ("社会组织", "social organisations"),
    "public_institution": ("事业单位", "public institutions"),
    "government_agency": ("机关", "government agencies"),
}
_UNITS = {
    "CNY": ("元", "yuan"),
    "percent": ("%", "%"),
    "points": ("分", "points"),
    "hours": ("小时", "hours"),
    "persons": ("人", "persons"),
    "vehicles": ("辆", "vehicles"),
}
_BASES = {
    "published": ("已公布", "published"),
    "assumed": ("假定，待确认", "assumed, to be confirmed"),
    "learnt": ("由数据估计", "learnt from data"),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One language, `zh` or `en`."""

    lang: str

    def say(self, zh: str, en: str) -> str:
        """The text in the language."""
        return zh if self.lang == "zh" else en

    def of(self, title: Title) -> str:
        """A title in the language."""
        return title.in_language(self.lang)

    def quoted(self, title: Title) -> str:
        """A title in the language's quotation marks."""
        return self.say(f"“{title.zh}”", f"“{title.en}”")

    def listed(self, parts: Iterable[str]) -> str:
        """Short things, one after the other."""
        return self.say("、", ", ").join(parts)

    def clauses(self, parts: Iterable[str]) -> str:
        """Longer things, one after the other."""
        return self.say("；", "; ").join(parts)

    def points(self, number: Decimal) -> str:
        """An amount of points.

        >>> Voice("zh").points(Decimal("850.000")), Voice("en").points(Decimal("-0.5"))
        ('850分', '−0.5 points')
        """
        unit = "point" if abs(number) == 1 else "points"
        return self.say(f"{signed(number)}分", f"{signed(number)} {unit}")

    def change(self, number: Decimal) -> str:
        """Points gained or lost.

        >>> Voice("zh").change(Decimal(-3)), Voice("en").change(Decimal(-3)), Voice("zh").change(Decimal(0))
        ('扣3分', '−3', '0分')
        """
        if number == 0:
            return self.say("0分", "0")
        zh = f"{'加' if number > 0 else '扣'}{plain_number(abs(number))}分"
        return self.say(zh, f"{'+' if number > 0 else '−'}{plain_number(abs(number))}")

    def amount(self, number: Decimal, unit: str | None) -> str:
        """A number with its unit."""
        named = self.unit(unit)
        gap = "" if self.lang == "zh" or named in ("", "%") else " "
        return f"{signed(number)}{gap}{named}"

    def unit(self, unit: str | None) -> str:
        """A unit of the catalogue; one that has no name here stands as it is."""
        return "" if unit is None else self.say(*_UNITS.get(unit, (unit, unit)))

    def months(self, count: int) -> str:
        """A span of months."""
        return self.say(f"{count}个月", f"{count} month{'' if count == 1 else 's'}")

    def span(self, span: str) -> str:
        """A span as the policy writes it, `36 months`."""
        return self.months(month_count(span))

    def subjects(self, subject_type: SubjectType) -> str:
        """Whom a scorecard scores."""
        return self.say(*_SUBJECTS[subject_type])

    def basis(self, basis: str) -> str:
        """Standing of a number or a text."""
        return self.say(*_BASES[basis])

    def day(self, day: date) -> str:
        """A date.

        >>> Voice("zh").day(date(2026, 4, 1)), Voice("en").day(date(2026, 4, 1))
        ('2026年4月1日', '2026-04-01')
        """
        return self.say(f"{day.year}年{day.month}月{day.day}日", day.isoformat())

    def from_until(self, from_: date, until: date | None) -> str:
        """A period whose last day is not in it."""
        if until is None:
            return self.say(f"自{self.day(from_)}起", f"from {self.day(from_)}")
        return self.say(
            f"自{self.day(from_)}起，至{self.day(until)}（不含当日）止",
            f"from {self.day(from_)} until {self.day(until)} (that day not included)",
        )


def signed(number: Decimal) -> str:
    """A number with a minus sign that prints as one."""
    return plain_number(number).replace("-", "−")


def percent(share: Decimal) -> str:
    """A share in per cent, exact.

    >>> percent(Decimal("0.005"))
    '0.5 %'
    """
    return f"{plain_number(share * 100)} %"
