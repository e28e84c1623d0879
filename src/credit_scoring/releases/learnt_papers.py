"""The papers of a learnt evaluation, read for its manifest: what it was learnt from, and what its validation found.

Only what a manifest states is taken from them. The papers themselves go into the release whole, as `train` wrote them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from credit_scoring.errors import ReleaseError
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.checks import Check, Gate
from credit_scoring.releases.fingerprints import combined_sha256
from credit_scoring.releases.manifest import Input, Learnt

if TYPE_CHECKING:
    from credit_scoring.sectors.papers import Papers
    from credit_scoring.sectors.validation import results as validated
    from credit_scoring.sectors.validation.results import Validation

SCORECARD, PAPERS, VALIDATION = "scorecard.yaml", "training.json", "validation.json"
WRITTEN = (PAPERS, VALIDATION, "validation.html", "validation.md")
"""What `train` writes beside every scorecard."""
PICTURE = "shap.png"
"""What it writes beside those of gradient models as well."""
_PROOFS: dict[str, Gate] = {"grades_reached": "validation", "monotonicity": "monotonicity"}
_SHOWN = 6


_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntPapers:
    """What a learnt evaluation rests on and how it did, and the files that say so."""

    data: Learnt
    checks: tuple[Check, ...]
    files: tuple[Path, ...]


def is_learnt(card: Scorecard) -> bool:
    """Whether points of a scorecard were estimated from outcomes."""
    return (
        card.basis == "learnt"
        or card.model is not None
        or any("learnt" in (place.rule.basis, place.rule.rule_basis) for place in card.places())
    )


def read_papers(file: Path, card: Scorecard) -> LearntPapers:
    """The papers that lie beside a learnt scorecard.

    Args:
        file: of the scorecard.
        card: the scorecard in it.

    Raises:
        ReleaseError: a paper is missing, cannot be read, or belongs to another scorecard.
    """
    from credit_scoring.sectors.papers import Papers
    from credit_scoring.sectors.validation.results import Validation

    folder = file.parent
    names = (*WRITTEN, *((PICTURE,) if card.model is not None else ()))
    missing = [name for name in names if not (folder / name).is_file()]
    if file.name != SCORECARD or missing:
        lacking = f"'{missing[0]}' is missing from {folder}" if missing else f"its file is not '{SCORECARD}'"
        raise ReleaseError(
            f"'{card.id}' was learnt from outcomes, and {lacking}: without its papers nobody can say what it was learnt "
            "from and how it did. Name the folder that `credit-scoring train` made, as it made it."
        )
    training = _read(Papers, folder / PAPERS)
    validation = _read(Validation, folder / VALIDATION)
    _check_belonging(folder, file, card, training, validation)
    inputs = tuple(Input(table=i.table, name=i.name, sha256=i.sha256) for i in training.inputs)
    data = Learnt(
        kind="learnt",
        family=training.family,
        inputs=inputs,
        data_sha256=combined_sha256({part.table: part.sha256 for part in inputs}),
        outcome=training.cohort.outcome,
        window=training.cohort.window,
        observed_on=tuple(day.observed_on for day in training.cohort.dates),
        rows=training.cohort.used,
        training_sha256=hashlib.sha256((folder / PAPERS).read_bytes()).hexdigest(),
    )
    return LearntPapers(
        data=data,
        checks=tuple(_check(line) for line in validation.checks),
        files=tuple(folder / name for name in names),
    )


def _read(model: type[_M], path: Path) -> _M:
    try:
        return model.model_validate_json(path.read_bytes())
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        raise ReleaseError(
            f"{path}: {where}: {fault['msg']}. It is not as `credit-scoring train` writes it: learn the evaluation again."
        ) from error
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read ({error.strerror}).") from error


def _check_belonging(
    folder: Path, file: Path, card: Scorecard, training: Papers, validation: Validation
) -> None:
    about = validation.about
    inputs = {(part.table, part.name, part.sha256) for part in training.inputs}
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    failed = any(line.outcome not in ("passed", "does_not_apply") for line in validation.checks)
    for paper, what, belongs in (
        (PAPERS, f"is of '{training.scorecard}'", training.scorecard == card.id),
        (PAPERS, "was written for a scorecard of another hash", training.scorecard_sha256 == sha256),
        (
            PAPERS,
            "is of another family of models",
            (training.family == "gradient") == (card.model is not None),
        ),
        (PAPERS, "names no input", bool(inputs)),
        (PAPERS, "found the engine to give other scores than the fit", training.engine.differences == 0),
        (VALIDATION, "does not say what it is about", about is not None),
        (VALIDATION, f"is of '{about and about.scorecard}'", about is None or about.scorecard == card.id),
        (VALIDATION, "is of another family of models", about is None or about.family == training.family),
        (VALIDATION, "rests on other inputs than the training", about is None or set(about.inputs) == inputs),
        (VALIDATION, "holds no check", bool(validation.checks)),
        (VALIDATION, "states a verdict its checks do not give", validation.passed != failed),
    ):
        if not belongs:
            raise ReleaseError(
                f"{folder / paper}: {what}, and so is no paper of '{card.id}'. Name the folder that `credit-scoring "
                "train` made, as it made it."
            )


def _check(line: validated.Check) -> Check:
    """A line of the validation's verdict. The limits are those the sector stated beforehand: nobody accepts a failure."""
    from credit_scoring.sectors.validation.wording import say, split_name

    about = Title(
        zh=say(line.name, "zh") + (f"（{split_name(line.split, 'zh')}）" if line.split else ""),
        en=say(line.name, "en") + (f" ({split_name(line.split, 'en')})" if line.split else ""),
    )
    return Check(
        gate=_PROOFS.get(line.name, "validation"),
        name=line.name if line.split is None else f"{line.name}.{line.split}",
        title=about,
        outcome=line.outcome,
        found=_shown(line.found),
        limit=f"{'≤' if line.at_most else '≥'} {_number(line.limit)}",
        detail=line.found.reason or line.detail or about,
        acceptable=False,
    )


def _shown(found: validated.Estimate) -> str:
    if found.value is None:
        return "-"
    if found.low is None or found.high is None:
        return _number(found.value)
    return f"{_number(found.value)} ({_number(found.low)}–{_number(found.high)})"


def _number(value: float) -> str:
    """Six decimals at most, without idle zeros.

    >>> _number(0.75), _number(3.0), _number(0.1234567)
    ('0.75', '3', '0.123457')
    """
    text = f"{value:.{_SHOWN}f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text
