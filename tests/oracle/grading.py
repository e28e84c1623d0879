"""Overrides and grades. A top share needs everyone else's score, so this looks at all subjects at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from oracle.conditions import holds
from oracle.reading import Node, number
from oracle.scoring import Scored


@dataclass
class Result:
    """One line of the table `scores`, and the points beneath it."""

    scored: Scored
    score: Fraction
    grade_raw: str | None
    grade: str | None
    band: str | None
    unrated: bool
    overrides: list[str]


def graded(scorecard: Node, scored: Sequence[Scored]) -> list[Result]:
    """The final score, grade or band of every subject of a run."""
    overrides = scorecard.get("overrides", {})
    applied = [[o for o, rule in overrides.items() if holds(rule["when"], one.facts)] for one in scored]
    effects = [[overrides[o]["effect"] for o in names] for names in applied]
    riskier = is_riskier(scorecard)
    scores = [final_score(one.score_raw, mine, riskier) for one, mine in zip(scored, effects, strict=True)]
    unrated = [
        one.unrated or any("unrated" in effect for effect in mine)
        for one, mine in zip(scored, effects, strict=True)
    ]
    unrated_raw = [one.unrated for one in scored]
    raw = grades_by_score(scorecard, scored, [one.score_raw for one in scored], unrated_raw)
    new = grades_by_score(scorecard, scored, scores, unrated)
    return [
        Result(
            scored=one,
            score=scores[i],
            grade_raw=raw[i],
            grade=None if unrated[i] else final_grade(scorecard, new[i], effects[i]),
            band=None if unrated[i] else band_of(scorecard, scores[i]),
            unrated=unrated[i],
            overrides=applied[i],
        )
        for i, one in enumerate(scored)
    ]


def is_riskier(scorecard: Node) -> bool:
    """Whether more points mean more risk."""
    return bool(scorecard.get("direction") == "higher_is_riskier")


def final_score(score: Fraction, effects: Sequence[Node], riskier: bool) -> Fraction:
    """The worst `score` (the lowest, or the highest where higher is riskier), else the score itself, then the
    highest `score_at_least`, then the lowest `score_at_most`."""

    def stated(effect: str) -> list[Fraction]:
        return [number(one[effect]) for one in effects if effect in one]

    if stated("score"):
        score = max(stated("score")) if riskier else min(stated("score"))
    score = max([score, *stated("score_at_least")])
    return min([score, *stated("score_at_most")])


def grades_by_score(
    scorecard: Node, scored: Sequence[Scored], scores: Sequence[Fraction], unrated: Sequence[bool]
) -> list[str | None]:
    """Everyone's first grade whose limits the score meets; none for the unrated."""
    return [
        None
        if unrated[i]
        else next(
            (
                name
                for name, grade in scorecard.get("grades", {}).items()
                if meets_limits(scorecard, grade, i, scored, scores, unrated)
            ),
            None,
        )
        for i in range(len(scored))
    ]


def meets_limits(
    scorecard: Node,
    grade: Node,
    i: int,
    scored: Sequence[Scored],
    scores: Sequence[Fraction],
    unrated: Sequence[bool],
) -> bool:
    """All limits a grade has; a grade without any is given by overrides only."""
    if not has_limits(grade):
        return False
    if "from" in grade and scores[i] < number(grade["from"]):
        return False
    if "below" in grade and scores[i] >= number(grade["below"]):
        return False
    if "requires" in grade and not holds(grade["requires"], scored[i].facts):
        return False
    return "top_share" not in grade or is_in_top_share(scorecard, grade, i, scored, scores, unrated)


def is_in_top_share(
    scorecard: Node,
    grade: Node,
    i: int,
    scored: Sequence[Scored],
    scores: Sequence[Fraction],
    unrated: Sequence[bool],
) -> bool:
    """Rank 1 + number of better rated subjects ≤ ⌊share × rated subjects⌋, within an industry or region."""
    column = grade.get("within")
    peers = [
        scores[k]
        for k, one in enumerate(scored)
        if not unrated[k]
        and (column is None or getattr(one.subject, column) == getattr(scored[i].subject, column))
    ]
    better = [s for s in peers if (s < scores[i] if is_riskier(scorecard) else s > scores[i])]
    return 1 + len(better) <= floor(number(grade["top_share"]) * len(peers))


def final_grade(scorecard: Node, grade: str | None, effects: Sequence[Node]) -> str | None:
    """`grades_down` (added up), the best `grade_at_least`, the worst `grade_at_most`, the worst `grade`."""
    order = list(scorecard.get("grades", {}))
    for _ in range(sum(int(effect.get("grades_down", 0)) for effect in effects)):
        grade = next_worse(scorecard, grade)
    at_least = [order.index(effect["grade_at_least"]) for effect in effects if "grade_at_least" in effect]
    at_most = [order.index(effect["grade_at_most"]) for effect in effects if "grade_at_most" in effect]
    direct = [order.index(effect["grade"]) for effect in effects if "grade" in effect]
    if at_least and (grade is None or order.index(grade) > min(at_least)):
        grade = order[min(at_least)]
    if at_most and (grade is None or order.index(grade) < max(at_most)):
        grade = order[max(at_most)]
    return order[max(direct)] if direct else grade


def next_worse(scorecard: Node, grade: str | None) -> str | None:
    """One step down the ladder; the last step is the bottom."""
    if grade is None:
        return None
    names = list(scorecard["grades"])
    below = [name for name in names[names.index(grade) + 1 :] if is_step(scorecard["grades"][name])]
    return below[0] if below else grade


def is_step(grade: Node) -> bool:
    """`grades_down` steps onto neither a letter beside the ladder nor one given by overrides only."""
    return grade.get("ladder") != "false" and has_limits(grade)


def has_limits(grade: Node) -> bool:
    """A grade without any limit is given by overrides only."""
    return any(limit in grade for limit in ("from", "below", "requires", "top_share", "otherwise"))


def band_of(scorecard: Node, score: Fraction) -> str | None:
    """The band of so many points that holds the score, such as `[800,850)`."""
    if "bands" not in scorecard:
        return None
    width = number(scorecard["bands"]["width"])
    low = floor(score / width) * width
    return f"[{plain(low)},{plain(low + width)})"


def plain(points: Fraction) -> str:
    """Points without trailing zeros.

    >>> plain(Fraction("812.50")), plain(Fraction(800))
    ('812.5', '800')
    """
    thousandths = points * 1000
    assert thousandths.denominator == 1
    whole, rest = divmod(abs(thousandths.numerator), 1000)
    sign = "-" if points < 0 else ""
    return f"{sign}{whole}.{rest:03}".rstrip("0").rstrip(".")
