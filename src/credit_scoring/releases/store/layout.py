"""How releases and their ledger lie in a registry of MLflow: names of experiments, tags and artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

EXPERIMENT = "credit-scoring"
"""Its runs are builds of releases, and the ledger."""
LEDGER_EXPERIMENT = "credit-scoring-ledger"
"""Holds nothing: its unique name and the tag set with it say which run is the ledger."""
LEDGER_RUN = "credit-scoring.ledger-run"
OURS = "credit-scoring.release"
"""Tag of registered models that hold releases."""
LISTING = "files.sha256"
"""Artifact of a build's run: the lines over which `Built.files_sha256` is taken."""
EVIDENCE = "evidence"
REPORT = "gates.json"
ACTIVE = "active"
ARTIFACTS = "artifacts"
"""Below the folder of a store of our own."""


def own_run(run_id: str) -> str:
    """Where a run's artifacts lie in a store of our own, relative to its folder."""
    return f"{ARTIFACTS}/{run_id}/{ARTIFACTS}"


def own_model(model_id: str) -> str:
    """Where a model's files lie in a store of our own, relative to its folder."""
    return f"{ARTIFACTS}/models/{model_id}/{ARTIFACTS}"


def is_own(location: str) -> bool:
    """Whether a release's location is relative to the folder of a store of our own.

    >>> is_own(own_model("m-1")), is_own("mlflow-artifacts:/1/models/m-1/artifacts"), is_own("/srv/m-1")
    (True, False, False)
    """
    return ":" not in location and not location.startswith("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A group of runs, deleted ones too."""

    id: str
    name: str
    deleted: bool
    location: str
    ledger_run: str | None
    """What its tag says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run with its parameters, deleted ones too."""

    id: str
    experiment: str
    deleted: bool
    artifacts: str
    parameters: Mapping[str, str]


class Source(Protocol):
    """What can be read of a registry; each method raises StoreError where it cannot be."""

    def experiment(self, name: str) -> Experiment | None:
        """By name, deleted ones too."""

    def ledgers(self) -> tuple[Experiment, ...]:
        """All experiments that carry the tag of a ledger, by whatever name."""

    def run(self, run_id: str) -> Run | None:
        """By id; None where there is none."""

    def continued(self, experiment: str) -> tuple[str, ...]:
        """Ids of the runs of an experiment, deleted ones too, that hold a second entry of a ledger."""
