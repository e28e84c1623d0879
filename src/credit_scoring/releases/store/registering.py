"""Storing a release's model as a version of a registered model, and taking it back.

Whatever an attempt makes can be found again by its run - the run itself by a random tag - and so is undone also where
it was interrupted between the making and the knowing.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credit_scoring.errors import StoreError
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.experiments import EXISTS, experiment_of_builds
from credit_scoring.releases.store.faults import code_of, translated
from credit_scoring.releases.store.keeping import discard, keep_model
from credit_scoring.releases.store.layout import EXPERIMENT, OURS
from credit_scoring.releases.store.tracking_server import NOT_THERE, Server

_BUILD = "credit-scoring.build"
"""Tag of a build's run: random, so that the run can be found by it."""
_FIRST = "credit-scoring.first-build"
"""Tag of a registered model: the run for whose version it was made."""
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A model version that no entry of the ledger names yet."""

    name: str
    version: int
    model_id: str
    run_id: str
    location: str
    """For `Built.location`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """Storing releases in one store."""

    address: Address
    client: Any

    def register(
        self, name: str, folder: Path, *, title: str, tags: Mapping[str, str], taken: frozenset[int]
    ) -> Registered:
        """Store a saved model as a new version whose number is not among those `taken`; all of it or nothing."""
        experiment = experiment_of_builds(self.address, self.client)
        build = secrets.token_hex(16)
        try:
            with translated(self.address, f"storing a release of {name}"):
                run = self.client.create_run(experiment, run_name=name, tags={_BUILD: build})
                model = self.client.create_logged_model(experiment, name=name, source_run_id=run.info.run_id)
                location = keep_model(self.address, self.client, model, run, folder)
                self.client.finalize_logged_model(model.model_id, "READY")
                self.client.update_run(run.info.run_id, status="FINISHED")
                version = self._new_version(name, model, run.info.run_id, title, tags, taken)
        except BaseException:
            if self._answers():
                for run_id in self._tried(self._runs_of, experiment, build):
                    self.undo(name, run_id)
            raise
        return Registered(
            name=name,
            version=version,
            model_id=model.model_id,
            run_id=run.info.run_id,
            location=location,
        )

    def undo(self, name: str, run_id: str) -> None:
        """Remove everything that was made for a run, as far as that is possible; never raises."""
        for version in self._tried(self._versions_of, run_id):
            self._tried(self.client.delete_model_version, version.name, version.version)
        self._tried(self._forget_name, name, run_id)
        models = self._tried(self._models_of, run_id)
        for model in models:
            self._tried(self.client.delete_logged_model, model.model_id)
        self._tried(self.client.delete_run, run_id)
        discard(self.address, models, run_id)

    def _answers(self) -> bool:
        """Whether it is worth trying to undo: MLflow takes long to give up on a server that is gone."""
        if not self.address.is_served:
            return True
        with contextlib.suppress(StoreError):
            Server.at(self.address).ask("experiments/get-by-name", experiment_name=EXPERIMENT)
            return True
        return False

    def _tried(self, step: Callable[..., Any], *arguments: str) -> list[Any]:
        """What a step of undoing gives, or nothing: the error that made us undo is the one to be seen."""
        with contextlib.suppress(Exception), translated(self.address, "undoing"):
            return list(step(*arguments) or ())
        return []

    def _runs_of(self, experiment: str, build: str) -> list[str]:
        found = self.client.search_runs([experiment], f"tags.`{_BUILD}` = '{build}'")
        return [str(run.info.run_id) for run in found]

    def _models_of(self, run_id: str) -> list[Any]:
        experiment = self.client.get_run(run_id).info.experiment_id
        return list(
            self.client.search_logged_models([experiment], filter_string=f"source_run_id = '{run_id}'")
        )

    def _versions_of(self, run_id: str) -> list[Any]:
        return list(pages(self.client.search_model_versions, f"run_id = '{run_id}'"))

    def _new_version(
        self, name: str, model: Any, run_id: str, title: str, tags: Mapping[str, str], taken: frozenset[int]
    ) -> int:
        """A version with a number the ledger has never used: MLflow gives the number of a deleted one again."""
        while True:
            self._ensure_name(name, title, run_id, known=bool(taken))
            made = unless(
                NOT_THERE,
                lambda: self.client.create_model_version(
                    name,
                    model.artifact_location,
                    run_id=run_id,
                    model_id=model.model_id,
                    tags=dict(tags),
                    description=title,
                ),
            )
            # None: another writer withdrew its own first version meanwhile, and the name with it.
            if made is not None and int(made.version) not in taken:
                break
        for other in self._versions_of(run_id):
            if int(other.version) != int(made.version):
                self.client.delete_model_version(name, other.version)
        return int(made.version)

    def _ensure_name(self, name: str, title: str, run_id: str, *, known: bool) -> None:
        tags = {OURS: "true", _FIRST: run_id}
        unless(EXISTS, lambda: self.client.create_registered_model(name, tags=tags, description=title))
        model = unless(NOT_THERE, lambda: self.client.get_registered_model(name))
        if model is None or OURS in model.tags:
            return
        if not known:
            raise StoreError(
                f"The store {self.address} has a model '{name}' that is no scorecard of ours: rename that model, or use "
                "another store."
            )
        self.client.set_registered_model_tag(name, OURS, "true")

    def _forget_name(self, name: str, run_id: str) -> None:
        """The name goes with the version it was made for, unless another one was stored meanwhile."""
        model = unless(NOT_THERE, lambda: self.client.get_registered_model(name))
        if model is not None and model.tags.get(_FIRST) == run_id and not model.latest_versions:
            self.client.delete_registered_model(name)


def unless(code: str, call: Callable[[], Any]) -> Any:
    """The result, or None where MLflow refuses with this code."""
    try:
        return call()
    except mlflow().exceptions.MlflowException as error:
        if code_of(error) != code:
            raise
        return None


def pages(search: Callable[..., Any], condition: str) -> Iterator[Any]:
    """All results of a search."""
    token = None
    while True:
        page = search(filter_string=condition, max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
