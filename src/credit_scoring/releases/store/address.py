"""Where the releases are: an option, the environment variable of MLflow, or the folder `models` of the working directory."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from credit_scoring.errors import StoreError
from credit_scoring.releases.store.layout import ARTIFACTS

VARIABLE = "MLFLOW_TRACKING_URI"
FOLDER = Path("models")
DATABASE = "registry.db"
SQLITE = "sqlite:///"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A store: `uri` as MLflow takes it; `folder` where it is a file of this computer, with the artifacts below it."""

    uri: str
    folder: Path | None

    @property
    def database(self) -> Path | None:
        """The SQLite file; None where the store is not one."""
        return Path(self.uri.removeprefix(SQLITE)) if self.uri.startswith(SQLITE) else None

    @property
    def artifacts(self) -> Path | None:
        """The folder of the artifacts of a store of our own."""
        return None if self.folder is None else self.folder / ARTIFACTS

    @property
    def is_served(self) -> bool:
        """Whether a tracking server answers for it."""
        return self.uri.startswith(("http://", "https://"))

    def __str__(self) -> str:
        return re.sub(r"//[^/]*@", "//", self.uri, count=1)


def store_address(text: str | None = None) -> Address:
    """The store to use.

    Args:
        text: a folder, or a tracking URI of MLflow such as `http://host:5000`; None for the environment variable
            MLFLOW_TRACKING_URI, and without that the folder `models`.

    Raises:
        StoreError: it is of a kind that cannot keep a ledger.

    >>> store_address("http://localhost:5000").folder is None
    True
    """
    said = text or os.environ.get(VARIABLE) or str(FOLDER)
    if said.startswith("file:"):
        raise StoreError(
            f"'{said}' is a store of single files, in which two writers lose entries: name its folder without 'file:' "
            "to keep a SQLite file in it, or a server of MLflow."
        )
    if said.startswith(SQLITE):
        return _of_file(Path(said.removeprefix(SQLITE).split("?", 1)[0]))
    if _SCHEME.match(said):
        return Address(uri=said.rstrip("/"), folder=None)
    return _of_file(Path(said) / DATABASE)


def _of_file(file: Path) -> Address:
    database = file.absolute()
    if "?" in str(database):
        raise StoreError(f"A store cannot lie at {database}: MLflow does not take a '?' in its path.")
    return Address(uri=f"{SQLITE}{database}", folder=database.parent)
