"""The script of a released model: MLflow runs it to load the model, and it reads nothing but text (models from code).

It is copied into the model unchanged. The arithmetic is that of the installed package; the rules are in the release.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from credit_scoring.errors import CreditScoringError, InputError
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.served import day_of, scores_of
from credit_scoring.releases.served_policy import read_served_policy

MLFLOW = mlflow()
_Model: Any = MLFLOW.pyfunc.PythonModel
_Error: Any = MLFLOW.exceptions.MlflowException


class RequestRefusedError(_Error):  # type: ignore[misc]
    """A request that cannot be answered, with our message: status 400 over HTTP."""

    def __setattr__(self, name: str, value: Any) -> None:
        # MLflow would put the rows of the request, which may hold identity numbers, before the message.
        if name != "message" or "message" not in self.__dict__:
            super().__setattr__(name, value)


class ReleasedScorecard(_Model):  # type: ignore[misc]
    """Scores of a released scorecard; `predict` takes and gives what the signature in its manifest says."""

    def load_context(self, context: Any) -> None:
        """Read the policy, after every file of the release was found to be the one that was built."""
        self._policy = read_served_policy(Path(context.artifacts["release"]))

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """A row per subject, for rows of subjects and records; `params` must hold `on`."""
        given = params or {}
        try:
            on = day_of(given.get("on"), "on")
            if on is None:
                raise InputError("the evaluation date is missing: give params={'on': '2025-12-31'}.")
            found = scores_of(
                self._policy, model_input, on=on, known_by=day_of(given.get("known_by"), "known_by")
            )
        except CreditScoringError as error:
            raise RequestRefusedError.invalid_parameter_value(str(error)) from error
        except Exception as error:
            # MLflow would send the traceback, with paths of this machine, to whoever asked.
            logging.getLogger("credit_scoring").exception("a request failed")
            raise RequestRefusedError.invalid_parameter_value(
                "the request failed inside the model; the server's log says why."
            ) from error
        # An object column keeps null as null: NaN is no JSON.
        return pd.DataFrame(
            {name: pd.Series(found[name].to_pylist(), dtype=object) for name in found.column_names}
        )


MLFLOW.models.set_model(ReleasedScorecard())
