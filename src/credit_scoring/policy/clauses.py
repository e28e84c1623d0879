"""Conditions as alternatives of simple tests: `any(all(test or not test))`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from credit_scoring.policy.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Not,
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A simple condition that must hold, or must not."""

    condition: Condition
    negated: bool


Clause = tuple[Literal, ...]


def clauses_of(condition: Condition, *, negated: bool = False) -> tuple[Clause, ...]:
    """The condition in disjunctive normal form; it holds where every literal of some clause holds.

    A literal stands at most once in a clause.
    """
    if isinstance(condition, Not):
        return clauses_of(condition.not_, negated=not negated)
    if isinstance(condition, AllOf | AnyOf):
        parts = condition.all if isinstance(condition, AllOf) else condition.any
        alternatives = [clauses_of(part, negated=negated) for part in parts]
        if isinstance(condition, AnyOf) != negated:
            return tuple(clause for group in alternatives for clause in group)
        return tuple(_joined(choice) for choice in product(*alternatives))
    return ((Literal(condition, negated),),)


def _joined(choice: tuple[Clause, ...]) -> Clause:
    unique: dict[tuple[int, bool], Literal] = {}
    for clause in choice:
        for literal in clause:
            unique[id(literal.condition), literal.negated] = literal
    return tuple(unique.values())
