"""How a release is named: `public-enterprise:3`, or `public-enterprise@in-force` for the one in force on the date of the run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from credit_scoring.errors import InputError

IN_FORCE = "in-force"
_FORM = re.compile(rf"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?::(?P<version>[0-9]{{1,9}})|@{IN_FORCE})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A release by its scorecard's name and version; `version` None means the one in force."""

    name: str
    version: int | None

    def __str__(self) -> str:
        return f"{self.name}@{IN_FORCE}" if self.version is None else f"{self.name}:{self.version}"


def is_reference(text: str) -> bool:
    """Whether a text has the form of a reference.

    >>> is_reference("public-enterprise:3"), is_reference("public-enterprise@in-force"), is_reference("a/b.yaml")
    (True, True, False)
    """
    return _FORM.match(text) is not None


def parse_reference(text: str) -> Reference:
    """A reference from its text.

    Raises:
        InputError: it is neither `name:version` nor `name@in-force`.

    >>> str(parse_reference("public-enterprise:3")), parse_reference("public-enterprise@in-force").version
    ('public-enterprise:3', None)
    """
    found = _FORM.match(text)
    if found is None or (found["version"] is not None and int(found["version"]) == 0):
        raise InputError(
            f"'{text}' names no release: write name:version, such as public-enterprise:3, or "
            f"public-enterprise@{IN_FORCE} for the one in force on the date."
        )
    return Reference(name=found["name"], version=None if found["version"] is None else int(found["version"]))
