"""A result folder appears whole or not at all: written beside its final name, renamed at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from credit_scoring.errors import OutputError


@contextmanager
def written_whole(out: Path, *, files: Collection[str], overwrite: bool) -> Iterator[Path]:
    """A folder to write into; it takes the name `out` when the block ends well, and vanishes if it does not.

    Args:
        out: the final name.
        files: the names an earlier result may hold; a folder with anything else in it is never replaced.
        overwrite: replace an earlier result.

    Raises:
        OutputError: `out` exists (and may not be replaced), or its parent cannot be written.
    """
    _check_free(out, files, overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}): choose another --out.") from error
    try:
        yield partial
        _take_name(partial, out, files, overwrite)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _check_free(out: Path, files: Collection[str], overwrite: bool) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if not overwrite:
        raise OutputError(f"{out}: exists already: choose another --out, or replace it with --overwrite.")
    if not out.is_dir() or out.is_symlink():
        raise OutputError(f"{out}: is no folder, so --overwrite does not replace it: choose another --out.")
    foreign = sorted(path.name for path in out.iterdir() if path.name not in files)
    if foreign:
        raise OutputError(
            f"{out}: holds '{foreign[0]}', which is no part of such a result, so --overwrite does not replace "
            "the folder: choose another --out."
        )


def _take_name(partial: Path, out: Path, files: Collection[str], overwrite: bool) -> None:
    _check_free(out, files, overwrite)
    try:
        partial.chmod(0o777 & ~_umask())
        if out.exists():
            old = Path(mkdtemp(prefix=f".{out.name}.", suffix=".old", dir=out.parent))
            out.rename(old / out.name)
            partial.rename(out)
            shutil.rmtree(old, ignore_errors=True)
        else:
            partial.rename(out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}): choose another --out.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
