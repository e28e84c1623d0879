"""Opening a release: every hash is checked before anything of it is read as policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.releases.entries import Built
from credit_scoring.releases.golden import GoldenResults, GoldenTables
from credit_scoring.releases.manifest import Manifest
from credit_scoring.releases.reference import Reference

if TYPE_CHECKING:
    from credit_scoring.releases.store.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A release whose every file is the one that was built."""

    manifest: Manifest
    manifest_sha256: str
    policy: Policy
    """With `releases` naming this one."""
    card: Scorecard
    folder: Path
    """Of `manifest.json` and what it lists."""
    model_folder: Path
    """Of the saved model around it."""
    golden: GoldenTables
    expected: GoldenResults
    built: Built
    code_differs: bool
    """Built with other code, another lock or other versions of the libraries than those running."""


def read_release(model_folder: Path, *, built: Built) -> Released:
    """A release from the files of its saved model."""
    raise NotImplementedError


def open_release(reference: Reference, *, address: Address, on: date | None = None) -> Released:
    """A release from the store."""
    raise NotImplementedError


def load_release(*references: str, on: date, store: str | None = None) -> Policy:
    """The policy of releases, as `load_policy` gives it for files."""
    raise NotImplementedError
