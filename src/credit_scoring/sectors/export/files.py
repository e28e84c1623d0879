"""The files an export reads and writes."""

from __future__ import annotations

from pathlib import Path

from credit_scoring.errors import NotFoundError, OutputError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import load_policy

SCORECARD = "scorecard.yaml"
"""The scorecard in a folder of training results."""


def read_scorecard(path: Path) -> Scorecard:
    """The one scorecard of a file, or of the `scorecard.yaml` in a folder; checked, weights multiplied out.

    Raises:
        NotFoundError: there is no such file, the folder has no `scorecard.yaml`, or the file holds no scorecard.
        PolicyError: the scorecard has faults.
    """
    file = path / SCORECARD if path.is_dir() else path
    if not file.is_file():
        what = f"{path} holds no {SCORECARD}" if path.is_dir() else f"{path} does not exist"
        raise NotFoundError(f"{what}. Give a scorecard file, or a folder written by `credit-scoring train`.")
    own = [edition.card for edition in load_policy(file).editions if not edition.as_base]
    if not own:
        raise NotFoundError(f"{file} holds no scorecard.")
    return own[0]


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text; an unfinished file never stands under the final name.

    Raises:
        OutputError: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error
