"""The dossier of a release as a folder: its papers as they were released, and the decisions taken about it since."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.errors import TamperedError
from credit_scoring.records.folder import written_whole
from credit_scoring.releases.paperwork.decisions import decisions_paper
from credit_scoring.releases.paperwork.papers import NAMES, rendered
from credit_scoring.releases.paperwork.rendering import KINDS
from credit_scoring.releases.paperwork.voice import LANGUAGES

if TYPE_CHECKING:
    from credit_scoring.releases.ledger import Ledger
    from credit_scoring.releases.opening import Released

MANIFEST = "manifest.json"
DECISIONS = tuple(f"decisions.{lang}.{kind}" for lang in LANGUAGES for kind in KINDS)
FILES = (*NAMES, *DECISIONS, MANIFEST)
"""What the folder holds."""


def export_dossier(
    released: Released, ledger: Ledger, *, on: date, out: Path, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write the dossier: the release's papers unchanged, its manifest, and the ledger's story of it.

    Args:
        released: as opened, every hash checked.
        ledger: the whole chain.
        on: the day for which the state is told.
        out: the folder to write; it appears whole or not at all.

    Returns:
        The files written, by name.

    Raises:
        TamperedError: the release lacks a paper it must have.
        OutputError: the folder exists (and `overwrite` is not set), or cannot be written.
    """
    dossier = released.folder / "dossier"
    missing = [name for name in NAMES if not (dossier / name).is_file()]
    if missing:
        release = f"{released.built.name}:{released.built.version}"
        raise TamperedError(
            f"release {release} lacks {', '.join(missing)} of its dossier: run `credit-scoring release verify`.",
            findings=[f"dossier/{name} is missing" for name in missing],
        )
    with written_whole(out, files=FILES, overwrite=overwrite) as folder:
        for name in NAMES:
            shutil.copyfile(dossier / name, folder / name)
        shutil.copyfile(released.folder / MANIFEST, folder / MANIFEST)
        for lang in LANGUAGES:
            document = decisions_paper(ledger, released.built, released.card.title, on=on, lang=lang)
            for paper in rendered("decisions", document):
                (folder / paper.name).write_text(paper.text, encoding="utf-8", newline="\n")
    return tuple(out / name for name in sorted(FILES))
