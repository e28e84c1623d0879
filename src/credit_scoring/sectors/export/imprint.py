"""What an exported file says about itself, and what no exported file can hold.

Every export names the evaluation, its edition and a hash of the content that decides scores, so that two files can
be compared and a file can be traced to the scorecard it came from.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

from credit_scoring.errors import InputError
from credit_scoring.learnt.points_table import Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.policy.catalogue import Title

_EXACT = 2**53
"""Whole numbers up to here are exact in the 64-bit floats of PMML; within it no SQL sum overflows either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeCut:
    """One grade: subjects no grade before it has taken, with at least `low` thousandths; None takes everyone left."""

    grade: str
    low: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNote:
    """How a column of features says that nothing is on record, and what NULL means in it."""

    feature: str
    note: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Who the file is: name, title, edition, and what of the scorecard it leaves out, each said in a sentence."""

    name: str
    title: Title
    edition: str
    left_out: tuple[Title, ...] = ()
    notes: tuple[ColumnNote, ...] = ()

    def note_on(self, feature: str, language: str) -> str | None:
        """What is said of a feature's column, on one line."""
        return next(
            (one_line(n.note.in_language(language)) for n in self.notes if n.feature == feature), None
        )


def content_hash(table: PointsTable, grades: tuple[GradeCut, ...] = ()) -> str:
    """SHA-256 over what decides scores and grades: base, bounds, cuts to the last bit, levels, points, grade cuts.

    Titles, polarities and units do not matter. The order of characteristics does: ties of reasons follow it.
    """
    content = {
        "base": table.base,
        "floor": table.floor,
        "total": table.total,
        "characteristics": [_content(c) for c in table.characteristics],
        "grades": [[cut.grade, cut.low] for cut in grades],
    }
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _content(characteristic: Characteristic) -> list[object]:
    bins = characteristic.bins
    if isinstance(bins, NumericBins):
        cuts = [plain_cut(cut).hex() for cut in bins.cuts]
        return [characteristic.feature.name, "numeric", cuts, list(bins.points), bins.missing]
    groups = [list(group) for group in bins.groups]
    return [characteristic.feature.name, "levels", groups, list(bins.points), bins.missing, bins.other]


def plain_cut(cut: float) -> float:
    """A cut without a negative zero, which readers of numbers do not all treat as zero.

    >>> plain_cut(-0.0), plain_cut(2.5)
    (0.0, 2.5)
    """
    return float(cut) + 0.0


def said(characteristic: Characteristic, language: str) -> str:
    """The characteristic's title, or its name where it has none, on one line."""
    feature = characteristic.feature
    return one_line(feature.name if feature.title is None else feature.title.in_language(language))


def one_line(text: str) -> str:
    """Text without line breaks, fit for a comment.

    >>> one_line("a\\nb  c")
    'a b c'
    """
    return " ".join(text.split())


def refuse_unwritable(table: PointsTable, grades: tuple[GradeCut, ...] = ()) -> None:
    """What no format can hold exactly.

    Raises:
        InputError: names every culprit: no characteristics, names alike but for case, cuts that are no finite
            numbers, texts no database or XML file can store, points beyond exact arithmetic, bounds upside down.
    """
    faults = list(_faults(table, grades))
    if faults:
        raise InputError(
            "the points table cannot be exported:\n" + "\n".join(f"- {fault}" for fault in faults)
        )


def _faults(table: PointsTable, grades: tuple[GradeCut, ...]) -> Iterator[str]:
    if not table.characteristics:
        yield "it has no characteristics: every subject would get the base."
    if table.floor > table.total:
        yield f"its floor {table.floor} is above its total {table.total}."
    reach = abs(table.base) + sum(max(abs(c.most), abs(c.fewest)) for c in table.characteristics)
    if max(reach, abs(table.floor), abs(table.total)) > _EXACT:
        yield "its points are too large for exact sums: keep the sum of their sizes below 2^53 thousandths."
    seen: dict[str, str] = {}
    for characteristic in table.characteristics:
        name = characteristic.feature.name
        if (other := seen.get(name.casefold())) is not None:
            yield f"features '{other}' and '{name}' differ at most in case, and databases take them for one."
        seen[name.casefold()] = name
        yield from _text_faults(f"the name of feature '{name}'", name)
        if not name:
            yield "a feature has an empty name."
        yield from _bin_faults(characteristic)
    for cut in grades:
        yield from _text_faults(f"grade '{cut.grade}'", cut.grade)


def _bin_faults(characteristic: Characteristic) -> Iterator[str]:
    name, bins = characteristic.feature.name, characteristic.bins
    if isinstance(bins, LevelBins):
        for group in bins.groups:
            for level in group:
                yield from _text_faults(f"level {level!r} of '{name}'", level)
    elif not all(math.isfinite(cut) for cut in bins.cuts):
        yield f"a cut of '{name}' is no finite number."


def _text_faults(what: str, text: str) -> Iterator[str]:
    # NUL ends a text in PostgreSQL; half a surrogate pair is no UTF-8.
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        yield f"{what} holds a character no database stores: rename it before training."
