"""One indicator of a scorecard as one characteristic of a points table, or why it cannot be one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import Bins, Characteristic, LevelBins, NumericBins
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Place
from credit_scoring.policy.measures import (
    Count,
    EventPoints,
    LevelsCurve,
    Measure,
    MonthsSince,
    OfValues,
    StepsCurve,
)
from credit_scoring.policy.numbers import thousandths
from credit_scoring.policy.ranges import bounded, curve_direction, stated_points
from credit_scoring.policy.training import Polarity
from credit_scoring.scoring.measuring import NEVER_MONTHS
from credit_scoring.sectors.export.imprint import ColumnNote

OTHER = "other"
"""The key of a `levels` curve that stands for the rest."""
NO_RECORD = "no_record"
"""The level that says that nothing is on record, where a missing level means something else."""


def indicator_faults(place: Place) -> Iterator[str]:
    """Everything about an indicator that a characteristic cannot express, each in a sentence."""
    rule, name = place.rule, f"indicator '{place.indicator}'"
    if isinstance(rule.curve, StepsCurve):
        if not _covers_the_line(rule.curve):
            yield f"{name}: its bins leave a gap or overlap (`credit-scoring policy check` says where)."
            return
    elif not isinstance(rule.curve, LevelsCurve):
        # Indicators of a model are refused with the model.
        if rule.curve != "model":
            kind = rule.curve if isinstance(rule.curve, str) else "linear"
            events = rule.measure.kind == "event_points"
            what = "points of single events" if events else "points that follow the value"
            yield f"{name}: {what} (curve `{kind}`) are no bins; only `steps` and `levels` are."
        return
    if rule.applies is not None:
        yield f"{name}: whether it applies depends on a condition."
    stated = (("no_record", rule.no_record), ("not_collected", rule.not_collected))
    if bad := [(key, value) for key, value in stated if value in ("unrated", "renormalise")]:
        yield from (f"{name}: `{key}: {value}` is no number of points." for key, value in bad)
    elif _tells_nothing_apart(place):
        yield from _nothing_faults(place, name)


def _nothing_faults(place: Place, name: str) -> Iterator[str]:
    curve = place.rule.curve
    if isinstance(curve, LevelsCurve):
        if NO_RECORD in curve.levels:
            yield f"{name}: a level is called `{NO_RECORD}`, which stands for nothing on record: rename the level."
        return
    value = nothing_of(place.rule.measure)
    earned = None if value is None else _points_at(place, value)
    if earned != thousandths(_stated(place, place.rule.no_record)):
        yield (
            f"{name}: `not_collected` and `no_record` earn different points, and a value that stands for nothing on "
            "record does not earn those of `no_record`; a column of values cannot tell the two apart."
        )


def _covers_the_line(curve: StepsCurve) -> bool:
    ends = curve.steps[0].from_ is None and curve.steps[-1].below is None
    return ends and all(
        a.below is not None and a.below == b.from_ and (a.from_ is None or a.from_ < a.below)
        for a, b in pairwise(curve.steps)
    )


def nothing_of(measure: Measure) -> float | None:
    """The value that stands for nothing on record, as features of training have it; None where there is none."""
    if isinstance(measure, Count | EventPoints | OfValues):
        return 0.0
    return float(NEVER_MONTHS) if isinstance(measure, MonthsSince) else None


def _tells_nothing_apart(place: Place) -> bool:
    """Whether `not_collected` earns other points than `no_record`, so that one missing value will not do."""
    rule = place.rule
    return rule.not_collected is not None and _stated(place, rule.not_collected) != _stated(
        place, rule.no_record
    )


def _stated(place: Place, stated: str | Decimal) -> Decimal:
    if isinstance(stated, Decimal) or stated in ("full", "zero"):
        return stated_points(place.rule, stated)  # type: ignore[arg-type]
    raise InputError(f"indicator '{place.indicator}': '{stated}' is no number of points.")


def _earned(place: Place, points: Decimal) -> int:
    """Thousandths of a bin: start plus the bin's points, within floor and points of the indicator."""
    rule = place.rule
    return thousandths(bounded(rule, stated_points(rule, rule.start) + points))


def _points_at(place: Place, value: float) -> int | None:
    curve = place.rule.curve
    if not isinstance(curve, StepsCurve):
        return None
    chosen = next(b for b in curve.steps if b.below is None or value < b.below)
    return _earned(place, chosen.points)


def characteristic_of(place: Place) -> Characteristic:
    """The indicator as a characteristic.

    Raises:
        InputError: it has no bins; `indicator_faults` says more.
    """
    rule = place.rule
    stated = (
        rule.not_collected
        if _tells_nothing_apart(place) and rule.not_collected is not None
        else rule.no_record
    )
    missing = thousandths(_stated(place, stated))
    bins: Bins
    if isinstance(rule.curve, StepsCurve):
        bins = NumericBins(
            cuts=tuple(float(b.below) for b in rule.curve.steps if b.below is not None),
            points=tuple(_earned(place, b.points) for b in rule.curve.steps),
            missing=missing,
        )
    elif isinstance(rule.curve, LevelsCurve):
        bins = _level_bins(place, rule.curve, missing)
    else:
        raise InputError(f"indicator '{place.indicator}' has no bins.")
    polarity, reason = _polarity(place)
    feature = Feature(
        name=place.indicator, polarity=polarity, title=rule.title, dimension=place.dimension, reason=reason
    )
    return Characteristic(feature=feature, bins=bins)


def _level_bins(place: Place, curve: LevelsCurve, missing: int) -> LevelBins:
    groups: dict[int, list[str]] = {}
    for level, points in curve.levels.items():
        if level != OTHER:
            groups.setdefault(_earned(place, points), []).append(level)
    if _tells_nothing_apart(place):
        groups.setdefault(thousandths(_stated(place, place.rule.no_record)), []).append(NO_RECORD)
    return LevelBins(
        groups=tuple(tuple(group) for group in groups.values()),
        points=tuple(groups),
        missing=missing,
        # A level the curve does not name adds nothing to the start, as in the engine.
        other=_earned(place, curve.levels.get(OTHER, Decimal(0))),
    )


def note_on(place: Place) -> ColumnNote:
    """How the column says that nothing is on record."""
    if not _tells_nothing_apart(place):
        note = Title(zh="NULL:无记录", en="NULL: nothing on record")
    else:
        value = nothing_of(place.rule.measure)
        word = (
            f"'{NO_RECORD}'" if value is None or isinstance(place.rule.curve, LevelsCurve) else f"{value:g}"
        )
        note = Title(zh=f"{word}:无记录;NULL:未归集", en=f"{word}: nothing on record; NULL: not collected")
    return ColumnNote(feature=place.indicator, note=note)


def _polarity(place: Place) -> tuple[Polarity, str | None]:
    curve = place.rule.curve
    direction = None if isinstance(curve, LevelsCurve) else curve_direction(curve)
    if direction == 1:
        return "better", None
    return ("worse", None) if direction == -1 else ("free", "as the points of its bins say")
