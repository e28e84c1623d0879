"""New weights in the file itself: only the numbers change, and reading the file again proves it."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from credit_scoring.errors import InputError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.numbers import plain_number
from credit_scoring.policy.reading import Document, Keys, parse_document
from credit_scoring.policy.weights import points_of_weights
from credit_scoring.sectors.weighing.weights import Weighed

_QUOTED = re.compile(r"""(?<=[:,{\[ ])("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=\s*[,}\]#\n\r]|$)""")
"""Quoted values; what looks like a key inside of them is none."""
_NUMBER = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)"


def reweighed(text: str, card: Scorecard, weighed: Weighed, *, file: str) -> str:
    """The text of a scorecard's file with other weights, and headings' points that follow from them.

    Comments and layout stay as they are.

    Raises:
        InputError: the numbers do not stand where they can be exchanged; nothing is guessed.
    """
    return exchanged(text, numbers_of(card, weighed), file=file)


def numbers_of(card: Scorecard, weighed: Weighed) -> dict[Keys, Decimal]:
    """The numbers that depend on the weights, by their place in the file."""
    share = points_of_weights(card)
    weights = dict(zip(weighed.names, weighed.weights, strict=True))
    numbers: dict[Keys, Decimal] = {}
    headings: dict[Keys, Decimal] = {}
    for place in card.places():
        weight = weights[place.indicator]
        numbers[*place.keys, "weight"] = weight
        for length in range(2, len(place.keys) - 1, 2):
            keys = (*place.keys[:length], "points")
            headings[keys] = headings.get(keys, Decimal(0)) + weight * share
    return {**numbers, **headings}


def exchanged(text: str, numbers: Mapping[Keys, Decimal], *, file: str) -> str:
    """YAML text with the numbers at some paths exchanged.

    The number at a path is found by the path's line and, where that line states the same key several times, by the order of
    the paths; the result is read again and must differ in exactly these numbers.
    """
    document = parse_document(text, file=file)
    if document.problems:
        raise InputError(str(document.problems[0]))
    lines = re.split(r"(?<=\n)", text)
    for keys, number in numbers.items():
        if _at(document.value, keys) != number:
            at = document.lines[keys] - 1
            lines[at] = _exchanged_in(lines[at], document, keys, number)
    result = "".join(lines)
    wanted = copy.deepcopy(document.value)
    for keys, number in numbers.items():
        _at(wanted, keys[:-1])[keys[-1]] = number
    again = parse_document(result, file=file)
    if again.problems or again.value != wanted:
        raise InputError(
            f"{file}: the weights do not stand where they can be exchanged: write each as `weight: 0.125` on the line of "
            "its key, one indicator after the other."
        )
    return result


def difference(before: str, after: str, *, file: str) -> str:
    """A unified diff, as reviewers read it; empty where nothing changed."""
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{file}", f"b/{file}"
        )
    )


def _exchanged_in(line: str, document: Document, keys: Keys, number: Decimal) -> str:
    key = str(keys[-1])
    here = [path for path, at in document.lines.items() if at == document.lines[keys] and path[-1:] == (key,)]
    pattern = re.compile(rf"(?<![\w.])(['\"]?){re.escape(key)}\1\s*:\s*({_NUMBER})(?![\w.])")
    matches = list(pattern.finditer(_QUOTED.sub(lambda quoted: "~" * len(quoted[0]), line)))
    nth = here.index(keys)
    if nth >= len(matches):
        return line  # The proof by reading again refuses it, with what to do.
    match = matches[nth]
    return f"{line[: match.start(2)]}{plain_number(number)}{line[match.end(2) :]}"


def _at(value: Any, keys: Keys) -> Any:
    for key in keys:
        value = value[key]
    return value
