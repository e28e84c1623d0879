"""A release as a model of MLflow: a script, text files, a signature, an example. Nothing in it is pickled or inferred.

The same release saves to the same bytes, but for what MLflow stamps into `MLmodel`: `model_uuid` and `utc_time_created`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from credit_scoring import __version__
from credit_scoring.errors import ReleaseError
from credit_scoring.releases.manifest import Manifest, Signature, Variable
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.signature import signature

SCRIPT = "model_code.py"
RELEASE = "artifacts/release"
"""Where the folder of the release lies in a saved model."""
_FLAVOR = "python_function"
_MLMODEL = "MLmodel"


def save_model(release_folder: Path, out: Path, *, example: pa.Table) -> None:
    """Save a release's folder as a model that MLflow loads and serves.

    Args:
        release_folder: complete, with `manifest.json`.
        out: does not exist yet, or is empty.
        example: some rows as `flat_table` makes them; kept as the input example, scored on the day of the golden rows.

    Raises:
        ReleaseError: the folder is no release, or MLflow cannot save it.
    """
    try:
        manifest = Manifest.model_validate_json((release_folder / "manifest.json").read_bytes())
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{release_folder}: is no complete release ({error}).") from error
    library = mlflow()
    model = library.models.Model()
    shown = _example_of(example)
    params = {"on": manifest.golden.on.isoformat(), "known_by": ""}
    try:
        with _without_project_files(), warnings.catch_warnings():
            # MLflow compares the columns of the example with a range, as pandas 4 will no longer allow.
            warnings.filterwarnings("ignore", message="Operation with range is deprecated")
            library.pyfunc.save_model(
                path=str(out),
                python_model=str(Path(__file__).with_name(SCRIPT)),
                artifacts={"release": str(release_folder)},
                signature=_mlflow_signature(signature()),
                input_example=(shown, params),
                pip_requirements=[requirement(manifest)],
                metadata=_metadata(manifest),
                mlflow_model=model,
            )
    except library.exceptions.MlflowException as error:
        raise ReleaseError(f"{release_folder}: MLflow cannot save the model ({error}).") from error
    _forget_this_machine(model, out)


def requirement(manifest: Manifest) -> str:
    """What must be installed to serve a release: this package at this version, with the extras it needs."""
    gradient = manifest.data.kind == "learnt" and manifest.data.family == "gradient"
    return f"credit-scoring[{'releases,sectors' if gradient else 'releases'}]=={__version__}"


def _mlflow_signature(told: Signature) -> Any:
    """The signature for MLflow.

    Every column has the type Any: the types of MLflow refuse what the line reads without loss (a day as a date, a whole
    number or a decimal among doubles, a column without any value), and write None as text in one form of request.
    The line itself reads strictly, and says which row and why. The types as meant are in the metadata.
    """
    types = mlflow().types.schema
    return mlflow().models.ModelSignature(
        inputs=types.Schema(
            [types.ColSpec(types.AnyType(), name=v.name, required=v.required) for v in told.inputs]
        ),
        outputs=types.Schema([types.ColSpec(_type_of(v), name=v.name) for v in told.outputs]),
        params=types.ParamSchema([types.ParamSpec(v.name, v.type, default="") for v in told.parameters]),
    )


def _type_of(variable: Variable) -> Any:
    types = mlflow().types.schema
    if variable.type == "array(string)":
        return types.Array(types.DataType.string)
    if variable.type == "array(object)":
        names = ("record_id", "reason")
        return types.Array(
            types.Object([types.Property(name, types.DataType.string, required=False) for name in names])
        )
    return types.DataType[variable.type]


def _metadata(manifest: Manifest) -> dict[str, Any]:
    return {
        "credit-scoring": {
            "name": manifest.name,
            "edition": manifest.edition,
            "content_sha256": manifest.content_sha256,
            "signature": manifest.signature.model_dump(mode="json"),
        }
    }


def _example_of(table: pa.Table) -> Any:
    """The rows as a client would send them in JSON: days as text, numbers as numbers, null as null."""
    import pandas as pd

    return pd.DataFrame(
        {
            name: pd.Series([_as_json(value) for value in table[name].to_pylist()], dtype=object)
            for name in table.column_names
        }
    )


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@contextmanager
def _without_project_files() -> Iterator[None]:
    """MLflow copies files of a Python project that lies in the working directory; a release has nothing to do with it."""
    name = "MLFLOW_UV_AUTO_DETECT"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _forget_this_machine(model: Any, out: Path) -> None:
    """Paths of the building machine in `MLmodel` become names inside the model; MLflow reads no more of them."""
    flavor = model.flavors[_FLAVOR]
    flavor["model_code_path"] = SCRIPT
    (saved,) = flavor["artifacts"].values()
    if saved["path"] != RELEASE:
        (out / saved["path"]).rename(out / RELEASE)
    flavor["artifacts"] = {"release": {"path": RELEASE, "uri": RELEASE}}
    # Nothing was pickled.
    flavor.pop("cloudpickle_version", None)
    model.save(str(out / _MLMODEL))
