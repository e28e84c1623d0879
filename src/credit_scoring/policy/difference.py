"""What two editions of a scorecard do differently, value by value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import as_written


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs; None where an edition does not have it."""

    path: str
    before: str | None
    after: str | None


def differences(before: Scorecard, after: Scorecard) -> tuple[Change, ...]:
    """Changes from one edition to the other, in the order of the files; equal editions have none."""
    return value_differences(as_written(before), as_written(after))


def value_differences(before: Any, after: Any) -> tuple[Change, ...]:
    """Changes from one plain value to the other, as `as_written` and JSON give them."""
    a, b = dict(_leaves(before, ())), dict(_leaves(after, ()))
    paths = list(dict.fromkeys([*a, *b]))
    return tuple(Change(path, a.get(path), b.get(path)) for path in paths if a.get(path) != b.get(path))


def _leaves(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, (*keys, str(key)))
    elif isinstance(value, list | tuple) and any(isinstance(v, dict) for v in value):
        for i, child in enumerate(value):
            yield from _leaves(child, (*keys, str(i + 1)))
    elif isinstance(value, list | tuple):
        yield ".".join(keys), ", ".join(str(v) for v in value)
    else:
        yield ".".join(keys), format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
