"""A learnt points table as a scorecard in the policy language: the same engine, the same points.

The measures, titles, dimensions, grades and overrides are those of the sector's own scorecard; the points are
learnt. Every indicator earns from 0 at its worst bin, so that what a subject lost is what the best bin would have
given; the start takes what this adds up to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import numpy as np
import numpy.typing as npt

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.points_table import Characteristic, NumericBins, PointsTable
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.conditions import DimensionCondition, IndicatorCondition, ScoreCondition
from credit_scoring.policy.language import Dimension, Grade, Indicator, ModelFile, Override, Place, Scorecard
from credit_scoring.policy.measures import Bin, Curve, LatestLevel, LevelsCurve, StepsCurve
from credit_scoring.policy.numbers import POINT
from credit_scoring.policy.walking import conditions
from credit_scoring.scoring.measuring import level_ranks, nothing_on_record

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntCard:
    """The scorecard, and the sector's overrides it could not take over."""

    card: Scorecard
    overrides_left_out: tuple[str, ...]
    """Overrides whose conditions look at points: those mean something else in a learnt scorecard."""
    requirements_left_out: tuple[str, ...]
    """Grades that required points beyond the score, for the same reason: here the score decides them alone."""


def learnt_card(
    table: PointsTable,
    *,
    sector: Scorecard,
    features: Scorecard,
    catalogue: Mapping[str, Item],
    family: str,
    cuts: Mapping[str, int] | None = None,
) -> LearntCard:
    """The scorecard of a points table learnt from measures.

    Args:
        table: its features are indicators of `features`.
        sector: the sector's scorecard: grades, overrides, dates, authority.
        features: from `feature_card(sector)`: the measures.
        family: becomes part of the edition, such as `2025-woe`.
        cuts: lowest score of each grade in thousandths; None takes the sector's own.

    Raises:
        TrainingError: a characteristic has levels of text, or is no indicator of `features`.
    """
    places = {place.indicator: place for place in features.places()}
    rules: dict[str, dict[str, Indicator]] = {name: {} for name in sector.dimensions}
    base = table.base
    for line in table.characteristics:
        place = places.get(line.feature.name)
        if place is None or not isinstance(line.bins, NumericBins):
            raise TrainingError(
                f"feature '{line.feature.name}' is no measure of '{sector.id}': only measures of records become a scorecard."
            )
        rules[place.dimension][place.indicator] = _indicator(line, line.bins, place, catalogue)
        base += line.fewest
    return _assembled(
        sector,
        rules,
        family=family,
        update={"start": _points(base), "floor": _points(table.floor)},
        highest=base,
        ceiling=table.total,
        cuts=cuts,
    )


def gradient_card(
    model: ModelFile,
    *,
    base: int,
    sector: Scorecard,
    features: Scorecard,
    floor: int = 0,
    ceiling: int = 1_000_000,
    cuts: Mapping[str, int] | None = None,
) -> LearntCard:
    """The scorecard of gradient-boosted trees: its indicators get their points from the model.

    Points are departures from the average training subject, who has `base`; an indicator that speaks for a subject
    gives points above 0, one that speaks against it points below.
    """
    rules: dict[str, dict[str, Indicator]] = {name: {} for name in sector.dimensions}
    for place in features.places():
        if place.indicator in model.features:
            rules[place.dimension][place.indicator] = Indicator(
                title=place.rule.title,
                points=Decimal(0),
                floor="none",
                start="zero",
                no_record="zero",
                measure=place.rule.measure,
                curve="model",
                basis="learnt",
            )
    return _assembled(
        sector,
        rules,
        family="gradient",
        update={"start": _points(base), "floor": _points(floor), "model": model, "total": _points(ceiling)},
        highest=None,
        ceiling=ceiling,
        cuts=cuts,
    )


def _assembled(
    sector: Scorecard,
    rules: dict[str, dict[str, Indicator]],
    *,
    family: str,
    update: dict[str, object],
    highest: int | None,
    ceiling: int,
    cuts: Mapping[str, int] | None,
) -> LearntCard:
    dimensions = {
        name: Dimension(
            title=sector.dimensions[name].title,
            points=sum((rule.points for rule in members.values()), Decimal(0)),
            floor="none" if highest is None else Decimal(0),
            indicators=members,
            basis="learnt",
        )
        for name, members in rules.items()
        if members
    }
    kept, left_out = _overrides(sector)
    grades, without = _grades(sector, cuts)
    content: dict[str, object] = {
        "scorecard": sector.scorecard,
        "edition": f"{sector.edition}-{family}",
        "subject_type": sector.subject_type,
        "title": sector.title,
        "in_force": sector.in_force,
        "authority": sector.authority,
        "basis": "learnt",
        "note": _note(sector, family),
        "extends": sector.extends,
        "dimensions": dimensions,
        "overrides": kept,
        "grades": grades,
        **update,
    }
    if highest is not None:
        most = highest + sum(int(d.points * POINT) for d in dimensions.values())
        content["total"] = _points(min(ceiling, most))
        if most > ceiling:
            content["capped"] = True
    else:
        content["capped"] = True
    unset = {name for name, value in content.items() if value in (None, {}, ())}
    card = Scorecard(**{name: value for name, value in content.items() if name not in unset})
    return LearntCard(card=card, overrides_left_out=left_out, requirements_left_out=without)


def _note(sector: Scorecard, family: str) -> str:
    text = f"Learnt ({family}) from outcomes; the points are estimates."
    if sector.event_groups:
        shared = ", ".join(sector.event_groups)
        text += f" An event that several indicators report counts in each of them: the event groups ({shared}) do not apply."
    return text


def _grades(sector: Scorecard, cuts: Mapping[str, int] | None) -> tuple[dict[str, Grade], tuple[str, ...]]:
    about_points = {
        str(keys[1])
        for keys, condition in conditions(sector)
        if keys[0] == "grades"
        and isinstance(condition, IndicatorCondition | DimensionCondition | ScoreCondition)
    }
    grades = {
        name: grade.model_copy(update={"requires": None}) if name in about_points else grade
        for name, grade in sector.grades.items()
    }
    for name, cut in (cuts or {}).items():
        grades[name] = grades[name].model_copy(update={"from_": _points(cut)})
    return grades, tuple(sorted(about_points))


def _overrides(sector: Scorecard) -> tuple[dict[str, Override], tuple[str, ...]]:
    about_points = {
        str(keys[1])
        for keys, condition in conditions(sector)
        if keys[0] == "overrides"
        and isinstance(condition, IndicatorCondition | DimensionCondition | ScoreCondition)
    }
    kept = {name: override for name, override in sector.overrides.items() if name not in about_points}
    return kept, tuple(sorted(about_points))


def _indicator(
    line: Characteristic, bins: NumericBins, place: Place, catalogue: Mapping[str, Item]
) -> Indicator:
    measure = place.rule.measure
    lowest = line.fewest
    missing = bins.missing - lowest
    nothing = nothing_on_record(measure, catalogue)
    no_record = missing if nothing is None else _of(bins, nothing) - lowest
    curve: Curve
    if isinstance(measure, LatestLevel):
        levels = {
            level: _points(_of(bins, rank) - lowest)
            for level, rank in level_ranks(measure, catalogue).items()
        }
        # A level outside the order has no rank: as a feature it was missing.
        curve = LevelsCurve(levels={**levels, "other": _points(missing)})
    else:
        curve = _steps(bins, lowest)
    optional = {} if missing == no_record else {"not_collected": _points(missing)}
    return Indicator(
        title=place.rule.title,
        points=_points(line.most - lowest),
        start="zero",
        no_record=_points(no_record),
        measure=measure,
        curve=curve,
        basis="learnt",
        **optional,
    )


def _of(bins: NumericBins, value: float) -> int:
    return bins.points[sum(cut <= value for cut in bins.cuts)]


def _steps(bins: NumericBins, lowest: int) -> StepsCurve:
    """Measures are exact to the millionth: the first millionth at or above a cut separates the same values."""
    cuts: list[Decimal] = []
    points: list[int] = [bins.points[0]]
    for cut, following in zip(bins.cuts, bins.points[1:], strict=True):
        # The shortest decimal that reads back to the cut: 0.1 is meant, not the binary number just above it.
        edge = (Decimal(repr(cut)) * _MILLION).to_integral_value(rounding=ROUND_CEILING) / _MILLION
        if cuts and edge == cuts[-1]:
            points[-1] = following  # no measure lies between two cuts within one millionth
            continue
        cuts.append(edge)
        points.append(following)
    steps = [
        Bin(**{"from": low, "below": high, "points": _points(earned - lowest)})
        for low, high, earned in zip([None, *cuts], [*cuts, None], points, strict=True)
    ]
    return StepsCurve(steps=tuple(steps))


def _points(thousandths: int) -> Decimal:
    return Decimal(thousandths) / POINT


def cuts_by_shares(
    scores: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], shares: Mapping[str, Decimal]
) -> dict[str, int]:
    """The highest cuts that give at least these shares of the weighted rows each grade or a better one.

    Args:
        scores: n scores in thousandths, as the engine gives them.
        weights: n weights, above 0.
        shares: by grade, rising from the best.

    >>> scores = np.array([900, 800, 700, 600])
    >>> cuts_by_shares(scores, np.ones(4), {"a": Decimal("0.25"), "b": Decimal("0.6")})
    {'a': 900, 'b': 700}
    """
    order = np.argsort(-scores, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    places = {name: int(np.searchsorted(reached, float(share) - 1e-12)) for name, share in shares.items()}
    return {name: int(scores[order[min(place, len(scores) - 1)]]) for name, place in places.items()}
