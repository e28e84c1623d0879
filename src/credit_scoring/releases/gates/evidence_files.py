"""What the training of a learnt evaluation left in its release."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from credit_scoring.errors import ReleaseError
from credit_scoring.sectors.papers import Papers
from credit_scoring.sectors.validation.results import Validation

if TYPE_CHECKING:
    from credit_scoring.releases.opening import Released

_Paper = TypeVar("_Paper", Validation, Papers)


def validation_of(released: Released) -> Validation | None:
    """`validation.json`; None of a scorecard whose points are stated.

    Raises:
        ReleaseError: the release is of a learnt evaluation and the file is missing or cannot be read.
    """
    if released.manifest.data.kind == "stated":
        return None
    return _read(Validation, released, "validation.json")


def papers_of(released: Released) -> Papers | None:
    """`training.json`; None of a scorecard whose points are stated.

    Raises:
        ReleaseError: the release is of a learnt evaluation and the file is missing or cannot be read.
    """
    if released.manifest.data.kind == "stated":
        return None
    return _read(Papers, released, "training.json")


def _read(kind: type[_Paper], released: Released, name: str) -> _Paper:
    path = released.folder / "training" / name
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ReleaseError(
            f"training/{name}: is missing from the release or cannot be read. Train and build it again."
        ) from error
