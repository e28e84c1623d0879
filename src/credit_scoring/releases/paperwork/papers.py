"""All papers of a release at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from credit_scoring.errors import ReleaseError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.releases.manifest import Manifest
from credit_scoring.releases.paperwork.document import Document
from credit_scoring.releases.paperwork.examples import worked_examples
from credit_scoring.releases.paperwork.matter import Matter, Tongue, tongue
from credit_scoring.releases.paperwork.model_card import model_card
from credit_scoring.releases.paperwork.notice import public_notice
from credit_scoring.releases.paperwork.register import RegisterEntry, register_entry
from credit_scoring.releases.paperwork.register_paper import register_paper
from credit_scoring.releases.paperwork.rendering import KINDS, render
from credit_scoring.releases.paperwork.voice import LANGUAGES
from credit_scoring.releases.terms import Terms
from credit_scoring.sectors.papers import Papers

REGISTER_FILE = "register-entry.json"
_TITLES = ("model-card", "public-notice", "register-entry")
NAMES = (
    *(f"{name}.{lang}.{kind}" for name in _TITLES for lang in LANGUAGES for kind in KINDS),
    REGISTER_FILE,
)
"""The files `dossier_papers` gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file of the dossier."""

    name: str
    text: str


def dossier_papers(
    policy: Policy, card: Scorecard, manifest: Manifest, terms: Terms, *, training: Papers | None = None
) -> tuple[Paper, ...]:
    """Model card, public notice and register entry of a release, in Chinese and English, as HTML and Markdown.

    The same release gives the same bytes. No figure is written by hand: they come from the scorecard, the manifest, the
    terms, and from the engine, which scores the examples on the date of the golden rows.

    Args:
        policy: with the scorecard, the one it extends, the catalogue and the legal texts.
        manifest: of the release; `files` may still be empty.
        training: `training.json` of a learnt evaluation. Without it base rate, splits and directions are said to be missing.

    Raises:
        NotInForceError: the scorecard it extends is not in force on the date of the golden rows.
    """
    matter = Matter(
        policy=policy, card=card, manifest=manifest, terms=terms, training=training,
        examples=worked_examples(policy, card, on=manifest.golden.on),
    )  # fmt: skip
    return tuple(_papers(matter))


def read_training(file: Path) -> Papers:
    """The `training.json` that `train` wrote beside a learnt scorecard.

    Raises:
        ReleaseError: it is missing, or lacks what this version of the package writes.
    """
    try:
        return Papers.model_validate_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReleaseError(f"{file}: cannot be read ({error.strerror}): run `train` again.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ReleaseError(f"{file}: {where}: {first['msg']}: run `train` again.") from error


def _papers(matter: Matter) -> Iterator[Paper]:
    entry = register_entry(matter)
    makers: dict[str, Callable[[Tongue], Document]] = {
        "model-card": model_card,
        "public-notice": public_notice,
        "register-entry": lambda t: register_paper(t, entry),
    }
    for name, make in makers.items():
        for lang in LANGUAGES:
            yield from rendered(name, make(tongue(matter, lang)))
    yield Paper(name=REGISTER_FILE, text=_json(entry))


def rendered(name: str, document: Document) -> Iterator[Paper]:
    """A document as the files of its language."""
    for kind in KINDS:
        yield Paper(name=f"{name}.{document.lang}.{kind}", text=render(document, kind))


def _json(entry: RegisterEntry) -> str:
    return entry.model_dump_json(indent=2) + "\n"
