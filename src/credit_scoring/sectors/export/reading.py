"""From a scorecard in the policy language to a points table, where that loses nothing.

A points table adds up bins. What a scorecard can do beyond that (points of single events, straight lines, bounds of
headings that bind, re-weighting, overrides) has no place in it, and is refused by name, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from credit_scoring.errors import InputError
from credit_scoring.learnt.points_table import Characteristic, PointsTable
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Dimension, Group, Scorecard
from credit_scoring.policy.numbers import thousandths
from credit_scoring.policy.weights import resolved
from credit_scoring.sectors.export.imprint import GradeCut, Imprint
from credit_scoring.sectors.export.indicators import characteristic_of, indicator_faults, note_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything an export needs, read off a scorecard."""

    table: PointsTable
    imprint: Imprint
    grades: tuple[GradeCut, ...]


def evaluation_of(card: Scorecard, *, without_overrides: bool = False) -> Evaluation:
    """The scorecard as points table, grade cuts and imprint.

    Args:
        card: a scorecard; weights are multiplied out.
        without_overrides: leave the overrides out. The result is then the score *before* them, has no grades, and
            the imprint says so.

    Raises:
        InputError: names everything about the scorecard that a points table cannot express.
    """
    table = points_table_of(card, without_overrides=without_overrides)
    grades, left_out = _grades(card)
    imprint = Imprint(
        name=card.scorecard,
        title=card.title,
        edition=card.edition,
        left_out=left_out,
        notes=tuple(note_on(place) for place in resolved(card).places()),
    )
    return Evaluation(table=table, imprint=imprint, grades=grades)


def points_table_of(card: Scorecard, *, without_overrides: bool = False) -> PointsTable:
    """The scorecard as a points table: the same points for the same measures.

    An indicator's bins hold its start plus the bin's points, within its floor and points. Missing (null) earns the
    points of `no_record`. Where `not_collected` earns others, missing means not collected, and nothing on record is
    told by a value as in training: 0 of counts, sums and points of events, 1200 months since, the level `no_record`.
    The value of a feature is else the indicator's measure, in the measure's unit, and the text of a level. Measures are exact to the
    millionth in the engine and 64-bit floats here: the bins agree for values stated to the millionth up to 4·10⁹, and to
    the ten-thousandth up to 4·10¹¹ in size.

    Args:
        card: a scorecard whose indicators all have a `steps` or `levels` curve.
        without_overrides: leave the overrides out instead of refusing them.

    Raises:
        InputError: names everything that a points table cannot express.
    """
    card = resolved(card)
    faults = [*_card_faults(card, without_overrides)]
    for place in card.places():
        faults += indicator_faults(place)
    if faults:
        _refuse(card, faults)
    lines = {place.indicator: characteristic_of(place) for place in card.places()}
    if binding := [*_headings_that_bind(card, lines)]:
        _refuse(card, binding)
    base = thousandths(card.starts[-1].points)
    lowest = base + sum(line.fewest for line in lines.values())
    return PointsTable(
        base=base,
        characteristics=tuple(lines.values()),
        floor=lowest if card.floor == "none" else thousandths(card.floor),
        total=thousandths(card.total),
    )


def _refuse(card: Scorecard, faults: list[str]) -> None:
    raise InputError(
        f"'{card.id}' cannot be written as a points table:\n"
        + "\n".join(f"- {fault}" for fault in faults)
        + "\nScore it with `credit-scoring score`, or export a scorecard learnt as bins (families woe and additive)."
    )


def _card_faults(card: Scorecard, without_overrides: bool) -> Iterator[str]:
    if card.model is not None:
        yield (
            f"model '{card.model.file}': its trees look at several features at once (interactions), and a points "
            "table adds up one feature at a time."
        )
    if card.direction != "higher_is_better":
        yield "direction: in a points table a higher score is better, here it means more risk."
    if len(card.starts) > 1:
        yield "start: it depends on conditions, and a points table has one base."
    for name in card.event_groups:
        yield f"event group '{name}': an event counts in one of its indicators, so their points do not simply add up."
    if not without_overrides:
        for name in card.overrides:
            yield (
                f"override '{name}': its condition is no feature of the table. The score before overrides can be "
                "exported (`--without-overrides`); the file then says so."
            )


def _headings_that_bind(card: Scorecard, lines: dict[str, Characteristic]) -> Iterator[str]:
    for name, dimension in card.dimensions.items():
        reach = [0, 0]
        for kind, heading_name, heading in (
            *(("group", group_name, group) for group_name, group in dimension.groups.items()),
            *((("dimension", name, dimension),) if dimension.indicators else ()),
        ):
            low = sum(lines[indicator].fewest for indicator in heading.indicators)
            high = sum(lines[indicator].most for indicator in heading.indicators)
            yield from _bound(kind, heading_name, heading, low, high)
            reach = [reach[0] + low, reach[1] + high]
        if dimension.groups:
            yield from _bound("dimension", name, dimension, *reach)


def _bound(
    kind: Literal["group", "dimension"] | str, name: str, heading: Group | Dimension, low: int, high: int
) -> Iterator[str]:
    if high > thousandths(heading.points):
        yield (
            f"{kind} '{name}': its indicators can give {_shown(high)} points and it is cut off at {heading.points}."
        )
    if heading.floor != "none" and low < thousandths(heading.floor):
        yield f"{kind} '{name}': its indicators can fall to {_shown(low)} points and its floor is {heading.floor}."


def _shown(points: int) -> str:
    whole = Decimal(points).scaleb(-3)
    return format(whole.normalize(), "f")


def _grades(card: Scorecard) -> tuple[tuple[GradeCut, ...], tuple[Title, ...]]:
    """The cuts where the score alone decides; else none, and what is left out."""
    if card.overrides:
        names = ", ".join(card.overrides)
        return (), (
            Title(
                zh=f"未包含直接判定({names})及等级:此处为直接判定之前的得分。",
                en=f"Not included: the overrides ({names}) and the grades. This is the score before overrides.",
            ),
        )
    left_out: list[Title] = []
    if card.bands is not None:
        left_out.append(Title(zh="未包含分数段。", en="Not included: score bands."))
    cuts: list[GradeCut] = []
    for name, grade in card.grades.items():
        if grade.by_override_only and grade.top_share is None:
            continue
        if grade.requires is not None or grade.top_share is not None or grade.below is not None:
            sentence = Title(
                zh=f"未包含等级:「{name}」不只取决于得分。",
                en=f"Not included: the grades. '{name}' depends on more than the score.",
            )
            return (), (*left_out, sentence)
        cuts.append(GradeCut(grade=name, low=None if grade.from_ is None else thousandths(grade.from_)))
    return tuple(cuts), tuple(left_out)
