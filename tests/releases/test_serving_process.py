"""The real scoring server of MLflow, in a process of its own: the same scores over HTTP, and messages instead of tracebacks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from credit_scoring import score
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.served import flat_table, scores_of
from credit_scoring.releases.store.address import store_address
from releases.servers import MODULE, PATIENCE, free_port
from releases.serving_cases import DAY, public_policy, rows
from releases.serving_store import place
from scoring.small import ON

FLAT = flat_table(*rows())


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    text: str

    @property
    def rows(self) -> list[dict]:
        return json.loads(self.text)["predictions"]


@pytest.fixture(scope="module")
def store() -> str:
    """A store of our own in which a built release is version 1 of `demo`."""
    return store_address(str(place() / "store")).uri


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`mlflow models serve -m models:/demo/1` on a free port of 127.0.0.1."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    command = [
        *MODULE, "models", "serve", "-m", "models:/demo/1", "--env-manager", "local",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "_MLFLOW_"))}
    # MLflow finds uvicorn by the search path.
    path = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", "")))
    environment |= {"MLFLOW_TRACKING_URI": store, "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=folder,
            start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/ping", process, folder / "server.log")
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, how)
                process.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert process.poll() is None, log.read_text(errors="replace")[-3000:]
            assert time.monotonic() < until, log.read_text(errors="replace")[-3000:]
            time.sleep(0.1)


def ask(url: str, body: Any, *, kind: str = "application/json") -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=60) as found:
            return Answer(found.status, found.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read().decode())


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value.isoformat() if isinstance(value, date) else value


RECORDS = [{name: plain(value) for name, value in row.items()} for row in FLAT.to_pylist()]
SPLIT = {"columns": FLAT.column_names, "data": [list(row.values()) for row in RECORDS]}
SPARSE = [{name: value for name, value in row.items() if value is not None} for row in RECORDS]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": RECORDS},
        {"dataframe_split": SPLIT},
        {"dataframe_records": SPARSE},
        {"inputs": RECORDS},
        {"instances": RECORDS},
    ],
    ids=["records", "split", "records without nulls", "inputs", "instances"],
)
def test_the_server_gives_the_scores_of_a_run(server: str, body: dict) -> None:
    answer = ask(server, body | {"params": {"on": DAY}})
    assert answer.status == 200, answer.text
    assert answer.rows == scores_of(public_policy(), FLAT, on=ON).to_pylist()
    subjects, records = rows()
    run = score(public_policy(), subjects=subjects, records=records, on=ON)
    assert {r["subject_id"]: Decimal(repr(r["score"])) for r in answer.rows if r["outcome"] == "scored"} == {
        r["subject_id"]: r["score"] for r in run.scores.to_pylist()
    }


def test_null_is_null_in_the_answer_and_never_nan(server: str) -> None:
    answer = ask(server, {"dataframe_records": RECORDS, "params": {"on": DAY}})
    assert "NaN" not in answer.text
    assert [r["score"] for r in answer.rows if r["outcome"] == "rejected"] == [None]


def test_known_by_is_a_parameter(server: str) -> None:
    answer = ask(server, {"dataframe_split": SPLIT, "params": {"on": DAY, "known_by": "2025-06-30"}})
    assert answer.rows == scores_of(public_policy(), FLAT, on=ON, known_by=date(2025, 6, 30)).to_pylist()


FIRST = RECORDS[0]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"dataframe_records": RECORDS}, "the evaluation date is missing: give params={'on': '2025-12-31'}"),
        ({"dataframe_records": RECORDS, "params": {"on": "soon"}}, "on='soon' is no date"),
        ({"dataframe_records": RECORDS, "params": {"on": 20251231}}, "on"),
        ({"dataframe_records": RECORDS, "params": {"on": "1999-01-01"}}, "no edition of 'demo' is in force"),
        ({"dataframe_records": [{"subject_id": "firm"}], "params": {"on": DAY}}, "subject_type"),
        ({"dataframe_records": [FIRST | {"occurred_on": 5}], "params": {"on": DAY}}, "should be a date"),
        ({"dataframe_records": [FIRST | {"level": [1]}], "params": {"on": DAY}}, "should be text"),
        ({"dataframe_records": [FIRST, FIRST | {"level": {"a": 1}}], "params": {"on": DAY}}, "cannot be read"),
        ({"dataframe_records": "firm", "params": {"on": DAY}}, "list of records"),
        ({"rows": RECORDS, "params": {"on": DAY}}, "dataframe_records"),
        (b"{", "valid JSON"),
    ],
    ids=["no date", "no day", "a number", "not in force", "no type", "a number as day", "a list", "a mapping", "text", "no table", "no json"],
)  # fmt: skip
def test_wrong_input_is_answered_with_a_message_and_no_traceback(server: str, body: Any, says: str) -> None:
    answer = ask(server, body)
    assert 400 <= answer.status < 600
    assert says in json.loads(answer.text)["message"]
    assert "Traceback" not in answer.text
    assert "/" + str(Path(__file__).resolve().parts[1]) + "/" not in answer.text
    assert "site-packages" not in answer.text


def test_a_refusal_says_why_and_does_not_repeat_the_rows(server: str) -> None:
    number = "330106199001011234"
    rows = [FIRST | {"subject_id": number, "subject_type": "natural_person"}]
    answer = ask(server, {"dataframe_records": rows})
    assert answer.status == 400
    said = json.loads(answer.text)
    assert said["error_code"] == "INVALID_PARAMETER_VALUE"
    assert said["message"] == "the evaluation date is missing: give params={'on': '2025-12-31'}."
    assert number not in answer.text
    (row,) = ask(server, {"dataframe_records": rows, "params": {"on": DAY}}).rows
    assert (row["subject_id"], row["why"]) == (None, "identity_number_in_clear")


def test_rows_that_cannot_be_used_are_named_and_the_others_are_scored(server: str) -> None:
    spoilt = [
        FIRST,
        FIRST | {"record_id": "x1", "occurred_on": "03/04/2025"},
        FIRST | {"record_id": "x2", "value": "much"},
    ]
    (row,) = ask(server, {"dataframe_records": spoilt, "params": {"on": DAY}}).rows
    assert row["outcome"] == "scored"
    assert {(r["record_id"], r["reason"]) for r in row["rejected_records"]} == {
        ("x1", "occurred_on_unreadable"),
        ("x2", "value_unreadable"),
    }


def test_a_model_of_the_registry_is_loaded_by_name_and_scores_alike(store: str) -> None:
    library = mlflow()
    before = library.get_tracking_uri(), library.get_registry_uri()
    try:
        library.set_tracking_uri(store)
        library.set_registry_uri(store)
        found = library.pyfunc.load_model("models:/demo/1").predict(FLAT.to_pandas(), params={"on": DAY})
    finally:
        library.set_tracking_uri(before[0])
        library.set_registry_uri(before[1])
    assert found.to_dict("records") == scores_of(public_policy(), FLAT, on=ON).to_pylist()
