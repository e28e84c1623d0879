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
    band: Fraction | None
    unrated: bool
    overrides: list[str]


def graded(scorecard: Node, scored: Sequence[Scored]) -> list[Result]:
    """The final score, grade or band of every subject of a run."""
    overrides = scorecard.get("overrides", {})
    applied = [[o for o, rule in overrides.items() if holds(rule["when"], one.facts)] for one in scored]
    effects = [[overrides[o]["effect"] for o in names] for names in applied]
    scores = [final_score(one.score_raw, mine) for one, mine in zip(scored, effects, strict=True)]
    unrated = [
        one.unrated or any("unrated" in effect for effect in mine)
        for one, mine in zip(scored, effects, strict=True)
    ]
    raw = grades_by_score(scorecard, scored, [one.score_raw for one in scored], unrated)
    new = grades_by_score(scorecard, scored, scores, unrated)
    return [
        Result(
            scored=one,
            score=scores[i],
            grade_raw=None if one.unrated else raw[i],
            grade=None if unrated[i] else final_grade(scorecard, new[i], effects[i]),
            band=None if unrated[i] else band_of(scorecard, scores[i]),
            unrated=unrated[i],
            overrides=applied[i],
        )
        for i, one in enumerate(scored)
    ]


def final_score(score: Fraction, effects: Sequence[Node]) -> Fraction:
    """The lowest `score` (a set value), else the score itself, then the lowest `score_at_most`."""
    score = min((number(effect["score"]) for effect in effects if "score" in effect), default=score)
    limits = [number(effect["score_at_most"]) for effect in effects if "score_at_most" in effect]
    return min([score, *limits])


def grades_by_score(
    scorecard: Node, scored: Sequence[Scored], scores: Sequence[Fraction], unrated: Sequence[bool]
) -> list[str | None]:
    """Everyone's first grade whose limits the score meets."""
    return [
        next(
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
    if not any(limit in grade for limit in ("from", "below", "requires", "top_share", "otherwise")):
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
    if unrated[i]:
        return False
    column = grade.get("within")
    peers = [
        scores[k]
        for k, one in enumerate(scored)
        if not unrated[k]
        and (column is None or getattr(one.subject, column) == getattr(scored[i].subject, column))
    ]
    riskier = scorecard.get("direction") == "higher_is_riskier"
    better = [score for score in peers if (score < scores[i] if riskier else score > scores[i])]
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
    below = [n for n in names[names.index(grade) + 1 :] if scorecard["grades"][n].get("ladder") != "false"]
    return below[0] if below else grade


def band_of(scorecard: Node, score: Fraction) -> Fraction | None:
    """The lower end of the band of so many points that holds the score."""
    if "bands" not in scorecard:
        return None
    width = number(scorecard["bands"]["width"])
    return floor(score / width) * width
