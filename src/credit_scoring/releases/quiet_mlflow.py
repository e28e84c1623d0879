"""The one door to MLflow: imported only when it is needed, quiet, and without its reports to the outside.

Importing it takes one to two seconds, so what only reads a release of a common kind of store does without
(`store/reading.py`).
"""

from __future__ import annotations

import logging
import os
import warnings
from functools import cache
from types import ModuleType
from typing import Any

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # A server that does not answer is reported within seconds, not minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
"""What we set where the environment says nothing."""


@cache
def mlflow() -> ModuleType:
    """The library, imported once.

    Raises:
        ModuleNotFoundError: it is not installed; the command line says how to install it.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        # What it warns of while it is imported is about its own parts that are not used here.
        warnings.simplefilter("ignore")
        import mlflow as library
        import mlflow.pyfunc

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    module: ModuleType = library
    return module


def client(uri: str) -> Any:
    """A client of the store at `uri`, for tracking and registry alike."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mlflow().MlflowClient(tracking_uri=uri, registry_uri=uri)
