"""Where a policy came from, if it came from releases."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ReleaseUsed(BaseModel):
    """A release a run rested on."""

    model_config = ConfigDict(frozen=True)
    name: str
    version: int
    content_sha256: str
    """Over everything that decides a score."""
    manifest_sha256: str
    """As the ledger has it."""
