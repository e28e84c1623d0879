"""One tree of errors.

::

    CreditScoringError
    ├── InputError            a table or file handed in cannot be used
    │   ├── TableError            not a table, a column missing, a column of the wrong type
    │   │   └── FeatureTableError     features that differ from those learnt, infinite or mixed values
    │   ├── IdentityKeyError      personal identifiers without a key to pseudonymise them
    │   ├── LeakageError          rows to learn from tell what they could not have told that day
    │   └── TrainingError         rows nothing can be learnt from: one class, too few bads, bad weights
    ├── PolicyError           a policy cannot be used; carries every problem found
    ├── NotInForceError       no edition of the scorecard is in force on the date
    ├── MappingError          an import mapping cannot be used; carries every problem found
    ├── EngineError           the engine cannot work: an impossible setting, too little memory
    ├── OutputError           the output folder exists, or cannot be written
    ├── NotFoundError         what was asked for is not there: a subject, a run, a scorecard, a release
    └── ReleaseError          a release cannot be made or trusted
        ├── DecisionError         a decision about a release that may not be taken
        ├── StoreError            the store of releases cannot be reached, read or written, or is of a newer version
        └── TamperedError         what is stored is not what was released; carries every finding

Every message says what is wrong, where, and what to do. A faulty *record* never raises: it becomes a row of
the `rejected` table with a reason. Errors mean that the program, the policy or the set-up is at fault.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


class CreditScoringError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(CreditScoringError):
    """A table or file handed in cannot be used."""


class TableError(InputError):
    """Not a table, a required column missing, or a column of a type that cannot be read."""


class FeatureTableError(TableError, ValueError, TypeError):
    """A table of features cannot be used; a ValueError and TypeError too, as scikit-learn asks of estimators."""


class IdentityKeyError(InputError):
    """Personal identifiers are present and no key was given to turn them into pseudonyms."""


class LeakageError(InputError):
    """Rows to learn from tell what nobody could have known on their date; `names` are those of the findings."""

    def __init__(self, message: str, *, names: Iterable[str] = ()) -> None:
        self.names = tuple(names)
        super().__init__(message)


class TrainingError(InputError, ValueError):
    """Rows, labels or weights nothing can be learnt from; a ValueError too, as scikit-learn asks of estimators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of a policy or mapping file.

    `file:line: CODE message`; `line` counts from 1 and is 0 where a fault belongs to no single line.
    """

    file: str
    line: int
    code: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        level = " warning:" if self.warning else ""
        return f"{self.file}:{self.line}: {self.code}{level} {self.message}"


class _ProblemsError(CreditScoringError):
    """Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def at(cls, path: Path | str, line: int, code: str, message: str) -> _ProblemsError:
        """The error for a single problem."""
        return cls([Problem(file=str(path), line=line, code=code, message=message)])


class PolicyError(_ProblemsError):
    """A policy file cannot be used."""


class NotInForceError(CreditScoringError):
    """No edition of a scorecard is in force on the date asked for."""


class MappingError(_ProblemsError):
    """An import mapping cannot be used."""


class EngineError(CreditScoringError):
    """The engine cannot work as it was set up."""


class OutputError(CreditScoringError):
    """The output folder exists already, or cannot be written."""


class NotFoundError(CreditScoringError):
    """What was asked for is not there."""


class ReleaseError(CreditScoringError):
    """A release cannot be made or trusted."""


class DecisionError(ReleaseError):
    """A decision about a release that may not be taken: by the same person, without passed gates, for a taken period."""


class StoreError(ReleaseError):
    """The store of releases cannot be reached, read or written, or was written by a newer version."""


class TamperedError(ReleaseError):
    """A release or the ledger is not what was written; `findings` are all of them."""

    def __init__(self, message: str, *, findings: Iterable[str] = ()) -> None:
        self.findings = tuple(findings)
        super().__init__(message)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion to end a message with, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""
