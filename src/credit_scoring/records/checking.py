"""Import mappings against the catalogue: what a mapping produces must be something a scorecard can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from credit_scoring.errors import MappingError, Problem, did_you_mean
from credit_scoring.policy.catalogue import Item
from credit_scoring.records.mapping import LoadedMapping, load_mappings


def check_mappings(paths: Sequence[Path], catalogue: Mapping[str, Item]) -> Iterator[Problem]:
    """Problems of mapping files: grammar (M001 and following), items (M101), levels (M102), values (M103)."""
    if not paths:
        return
    try:
        loaded = load_mappings(paths)
    except MappingError as error:
        yield from error.problems
        return
    for mapping in loaded:
        yield from _items(mapping, catalogue)
        yield from _values(mapping, catalogue)


def _items(loaded: LoadedMapping, catalogue: Mapping[str, Item]) -> Iterator[Problem]:
    items = loaded.mapping.items
    for code in items:
        if code not in catalogue:
            yield loaded.problem(
                ("item",), "M101", f"item '{code}' is not in the catalogue.{did_you_mean(code, catalogue)}"
            )
    known = {level for code in items if code in catalogue for level in catalogue[code].levels}
    for level in loaded.mapping.levels:
        if level not in known:
            yield loaded.problem(
                ("level",),
                "M102",
                f"level '{level}' is not a level of {', '.join(items)}.{did_you_mean(level, known)}",
            )
    required = [c for c in items if c in catalogue and catalogue[c].levels and catalogue[c].level_required]
    if loaded.mapping.level is None and required:
        yield loaded.problem(("item",), "M102", f"item '{required[0]}' needs a level: map one.")


def _values(loaded: LoadedMapping, catalogue: Mapping[str, Item]) -> Iterator[Problem]:
    value = loaded.mapping.value
    for code in loaded.mapping.items:
        if code not in catalogue:
            continue
        unit = catalogue[code].unit
        if value is None:
            if catalogue[code].value_required:
                yield loaded.problem(("item",), "M103", f"item '{code}' needs a value in {unit}: map one.")
        elif unit is None:
            yield loaded.problem(("value",), "M103", f"item '{code}' has no value: leave `value` out.")
        elif (unit == "CNY") != (value.unit != "1" or bool(value.fine_in_text)):
            yield loaded.problem(("value",), "M103", f"the value of '{code}' is in {unit}: correct `unit`.")
