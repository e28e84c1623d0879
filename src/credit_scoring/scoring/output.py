"""Result folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from credit_scoring.errors import OutputError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, dump_scorecard, plain
from credit_scoring.policy.reading import dump


@contextmanager
def new_folder(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A folder to fill that takes its final name only when everything in it is written.

    Raises:
        OutputError: `out` exists and is not to be overwritten, or its parent cannot be written.
    """
    if out.exists() and not overwrite:
        raise OutputError(f"{out} exists already. Choose another folder, or say --overwrite.")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file. Choose a folder.")
    if out.is_dir() and overwrite and any(out.iterdir()) and not (out / "run.json").exists():
        raise OutputError(
            f"{out} holds other things than a run: it is not overwritten. Choose another folder."
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror}. Choose another folder.") from error
    try:
        yield aside
        aside.chmod(0o777 & ~_umask())
        _rename(aside, out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _rename(aside: Path, out: Path) -> None:
    try:
        if out.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".old", dir=out.parent))
            out.rename(old / "old")
            aside.rename(out)
            shutil.rmtree(old, ignore_errors=True)
        else:
            aside.rename(out)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror}.") from error


def write_policy(policy: Policy, cards: Iterable[Scorecard], folder: Path) -> None:
    """The policy of a run as YAML beside its results, enough to explain and to repeat it."""
    folder.mkdir()
    for card in cards:
        (folder / f"{card.scorecard}-{card.edition}.yaml").write_text(dump_scorecard(card), encoding="utf-8")
    items = {code: plain(item) for code, item in policy.catalogue.items()}
    _write(folder / "catalogue.yaml", {"catalogue": "of-the-run", "items": items})
    texts = {key: plain(text) for key, text in policy.instruments.items()}
    _write(folder / "instruments.yaml", {"instruments": texts})


def _write(path: Path, content: object) -> None:
    path.write_text(dump(content), encoding="utf-8")
