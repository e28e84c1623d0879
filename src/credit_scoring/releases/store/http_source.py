"""Reading a registry behind a tracking server, without MLflow."""

from __future__ import annotations

from typing import Any

from credit_scoring.errors import StoreError
from credit_scoring.releases.ledger import key_of
from credit_scoring.releases.store.layout import ACTIVE, LEDGER_RUN, Experiment, Run
from credit_scoring.releases.store.tracking_server import Server

_MOST = 1000


class HttpSource:
    """The registry as the server shows it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def experiment(self, name: str) -> Experiment | None:
        """By name, deleted ones too."""
        answer = self._server.ask("experiments/get-by-name", experiment_name=name)
        return None if answer is None else _experiment(self._part(answer, "experiment"))

    def ledgers(self) -> tuple[Experiment, ...]:
        """All experiments that carry the tag of a ledger, by whatever name."""
        answer = self._server.search(
            "experiments/search",
            {"filter": f"tags.`{LEDGER_RUN}` LIKE '%'", "view_type": "ALL", "max_results": _MOST},
        )
        return tuple(_experiment(found) for found in answer.get("experiments", []))

    def run(self, run_id: str) -> Run | None:
        """By id; None where there is none."""
        answer = self._server.ask("runs/get", run_id=run_id)
        if answer is None:
            return None
        run = self._part(answer, "run")
        info, data = self._part(run, "info"), run.get("data", {})
        return Run(
            id=run_id,
            experiment=str(info.get("experiment_id", "")),
            deleted=info.get("lifecycle_stage") != ACTIVE,
            artifacts=str(info.get("artifact_uri", "")),
            parameters={str(p["key"]): str(p.get("value", "")) for p in data.get("params", [])},
        )

    def continued(self, experiment: str) -> tuple[str, ...]:
        """Ids of the runs of an experiment, deleted ones too, that hold a second entry of a ledger."""
        answer = self._server.search(
            "runs/search",
            {
                "experiment_ids": [experiment],
                "filter": f"params.`{key_of(2)}` LIKE '%'",
                "run_view_type": "ALL",
                "max_results": _MOST,
            },
        )
        return tuple(sorted(str(run["info"]["run_id"]) for run in answer.get("runs", [])))

    def _part(self, answer: dict[str, Any], name: str) -> dict[str, Any]:
        part = answer.get(name)
        if not isinstance(part, dict):
            raise StoreError(
                f"The store {self._server.address} answers without '{name}': it is no tracking server of MLflow, or "
                "of an unknown version."
            )
        return part


def _experiment(found: dict[str, Any]) -> Experiment:
    tags = {tag.get("key"): tag.get("value") for tag in found.get("tags", [])}
    return Experiment(
        id=str(found.get("experiment_id", "")),
        name=str(found.get("name", "")),
        deleted=found.get("lifecycle_stage") != ACTIVE,
        location=str(found.get("artifact_location", "")),
        ledger_run=tags.get(LEDGER_RUN),
    )
