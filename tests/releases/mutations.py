"""Single values of a scorecard, changed one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from credit_scoring import score
from credit_scoring.policy.catalogue import SUBJECT_TYPES
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.releases.golden import GoldenTables

ABOUT = {"title", "note", "in_force", "authority", "basis", "rule_basis", "training", "weighing", "edition",
         "scorecard", "subject_type", "extends", "model", "not_collected", "empty"}  # fmt: skip
"""Said about the scorecard, or decided where no coverage is known: no golden row can tell."""
HEADING = {"total", "points"}
OTHERWISE = {
    "full": "zero",
    "zero": "full",
    "excluded": "counts",
    "counts": "excluded",
    "largest": "sum",
    "first": "largest",
    "event_id": "record",
    "month": "record",
    "record": "month",
    "linear": "none",
    "exact": "whole",
    "whole": "exact",
    "started": "whole",
    "all": "12 months",
}


@dataclass(frozen=True)
class Mutation:
    """One changed value."""

    path: tuple[str | int, ...]
    before: Any
    after: Any
    card: Scorecard

    def __str__(self) -> str:
        return f"{'.'.join(str(key) for key in self.path)}: {self.before} -> {self.after}"


def mutations(card: Scorecard) -> Iterator[Mutation]:
    """Every value that decides, changed by itself; those that make no scorecard are left out."""
    content = card.model_dump(by_alias=True, exclude_unset=True)
    for path, before, after in _changes(content, (), card):
        changed = deepcopy(content)
        _put(changed, path, after)
        try:
            found = Scorecard.model_validate(changed)
        except ValidationError:
            continue
        yield Mutation(path, before, after, found)


def with_card(policy: Policy, card: Scorecard, mutated: Scorecard) -> Policy:
    """The policy with one scorecard in place of another; whatever lies beside its file still does."""
    editions = tuple(
        replace(edition, card=mutated, written=mutated) if edition.card == card else edition
        for edition in policy.editions
    )
    return replace(policy, editions=editions)


def noticed(
    policy: Policy, card: Scorecard, tried: Sequence[Mutation], tables: GoldenTables
) -> tuple[bool, ...]:
    """Whether the golden rows give a changed scorecard other results; five are run at a time, each for a type of its own.

    Every item then is for every type of subject, so that the same rows serve all five.
    """
    items = {
        code: item.model_copy(update={"subject_types": SUBJECT_TYPES})
        for code, item in policy.catalogue.items()
    }
    free = replace(policy, catalogue=items)
    expected = _results(free, card, [card] * len(SUBJECT_TYPES), tables)
    found = []
    for first in range(0, len(tried), len(SUBJECT_TYPES)):
        some = [mutation.card for mutation in tried[first : first + len(SUBJECT_TYPES)]]
        results = _results(free, card, some, tables)
        found += [result != before for result, before in zip(results, expected, strict=False)]
    return tuple(found)


def _results(
    policy: Policy, card: Scorecard, some: Sequence[Scorecard], tables: GoldenTables
) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    types = SUBJECT_TYPES[: len(some)]
    (edition,) = (edition for edition in policy.editions if edition.card == card)
    editions = [
        replace(edition, card=changed.model_copy(update={"scorecard": name, "subject_type": name}))
        for name, changed in zip(types, some, strict=True)
    ]
    own = [card.subject_type == name for name in tables.subjects["subject_type"].to_pylist()]
    subjects, records = tables.subjects.filter(own), tables.records
    run = score(
        replace(policy, editions=tuple(editions)),
        subjects=pa.concat_tables(
            _of_type(subjects, name, ("subject_id",), subject_type=name) for name in types
        ),
        records=pa.concat_tables(_of_type(records, name, ("record_id", "subject_id")) for name in types),
        on=tables.on,
    )
    results = []
    for name in types:
        parts = []
        for table in (run.tables["scores"], run.tables["points"]):
            rows = table.filter(pc.equal(table["scorecard"], name)).to_pylist()
            parts.append(
                [{k: v for k, v in row.items() if k not in ("scorecard", "subject_type")} for row in rows]
            )
        for rows in parts:
            for row in rows:
                row["subject_id"] = row["subject_id"].removeprefix(f"{name}/")
        results.append((parts[0], parts[1]))
    return results


def _of_type(table: pa.Table, name: str, keys: tuple[str, ...], **columns: str) -> pa.Table:
    for key in keys:
        texts = [None if text is None else f"{name}/{text}" for text in table[key].to_pylist()]
        table = table.set_column(table.column_names.index(key), key, pa.array(texts, pa.string()))
    for column, value in columns.items():
        place = table.column_names.index(column)
        table = table.set_column(place, column, pa.array([value] * table.num_rows, pa.string()))
    return table


def _changes(
    value: Any, path: tuple[Any, ...], card: Scorecard
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            if (key in HEADING and _is_heading(path, value)) or (key == "floor" and not path):
                continue
            if key not in ABOUT:
                yield from _changes(child, (*path, key), card)
    elif isinstance(value, list | tuple) and path[-2:] == ("curve", "steps"):
        yield from _bins(list(value), path)
    elif isinstance(value, list | tuple):
        for place, child in enumerate(value):
            yield from _changes(child, (*path, place), card)
        if len(value) > 1 and all(isinstance(child, str) for child in value):
            for place in range(len(value)):
                yield path, value, [child for i, child in enumerate(value) if i != place]
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | Decimal):
        yield path, value, value + _step(path, value)
    elif isinstance(value, str):
        if path[-1] in ("grade", "grade_at_most", "grade_at_least"):
            other = next(name for name in card.grades if name != value)
            yield path, value, other
        elif value.endswith(" months"):
            yield path, value, f"{int(value.split()[0]) + 1} months"
        elif value in OTHERWISE:
            yield path, value, OTHERWISE[value]


def _is_heading(path: tuple[Any, ...], value: dict[str, Any]) -> bool:
    """A heading's points are the sum of its parts, which a check of the policy asks; they bind only where it is capped."""
    return (not path or path[-2] in ("dimensions", "groups")) and not value.get("capped")


def _bins(bins: list[dict[str, Any]], path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """The points of each bin, and each cut moved into the bin above: by two fifths of it."""
    for place, part in enumerate(bins):
        yield (
            (*path, place, "points"),
            part["points"],
            part["points"] + (Decimal("-0.1") if part["points"] > 0 else Decimal("0.1")),
        )
    for place, (_, other) in enumerate(pairwise(bins)):
        cut, end = other["from"], other.get("below")
        width = (end - cut) if end is not None else max(abs(cut), Decimal(1))
        moved = cut + (width * 2 / 5).quantize(Decimal("0.000001"))
        changed = [dict(part) for part in bins]
        changed[place]["below"] = changed[place + 1]["from"] = moved
        yield path, f"cut {place} at {cut}", changed


def _step(path: tuple[Any, ...], value: Any) -> Any:
    """A tenth of a factor, one of a whole number, one point."""
    if path[-1] in ("factor", "top_share") or (
        len(path) > 1 and path[-2] == "steps" and isinstance(path[-1], int) and value <= 1
    ):
        return Decimal("-0.05")
    one = Decimal(1) if value == int(value) or path[0] == "grades" else Decimal("0.1")
    if path[-1] == "no_record" or "levels" in path[-2:]:
        # Kept within the indicator's bounds.
        return -one if value > 0 else one
    # What is given or taken for a record is made heavier.
    return -one if value <= 0 else one


def _put(content: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        if isinstance(content[key], tuple):
            content[key] = list(content[key])
        content = content[key]
    content[path[-1]] = value
