"""A release as a model of MLflow: text only, no trace of the machine, refused when anything in it was changed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from credit_scoring import __version__
from credit_scoring.errors import ReleaseError, TamperedError
from credit_scoring.releases.fingerprints import plain_files
from credit_scoring.releases.manifest import Learnt, Manifest
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.saving import RELEASE, SCRIPT, requirement, save_model
from credit_scoring.releases.served import flat_table, scores_of
from credit_scoring.releases.served_policy import read_served_policy
from credit_scoring.releases.signature import signature
from releases.serving_cases import DAY, POLICIES, population, public_policy, release_folder, rows, saved_model
from scoring.small import ON

MlflowException = mlflow().exceptions.MlflowException
FLAT = flat_table(*rows())


def loaded(folder: Path):
    return mlflow().pyfunc.load_model(str(folder))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A saved model of our own to spoil."""
    return shutil.copytree(saved_model("public"), tmp_path / "model")


def as_rows(frame: pd.DataFrame) -> list[dict]:
    return frame.to_dict("records")


@pytest.mark.parametrize("kind", POLICIES)
def test_a_loaded_model_scores_like_the_policy_it_was_made_from(kind: str) -> None:
    subjects, records = population(kind)
    flat = flat_table(subjects, records)
    expected = scores_of(POLICIES[kind](), flat, on=ON)
    found = loaded(saved_model(kind)).predict(flat.to_pandas(), params={"on": DAY})
    assert as_rows(found) == expected.to_pylist()


def test_records_known_later_are_out_of_sight_of_the_model_too() -> None:
    params = {"on": DAY, "known_by": "2025-06-30"}
    expected = scores_of(public_policy(), FLAT, on=ON, known_by=date(2025, 6, 30))
    assert (
        as_rows(loaded(saved_model("public")).predict(FLAT.to_pandas(), params=params))
        == expected.to_pylist()
    )


@pytest.mark.parametrize("kind", POLICIES)
def test_every_file_is_text_and_none_names_this_machine(kind: str) -> None:
    folder = saved_model(kind)
    names = plain_files(folder)
    assert {name for name in names if not name.startswith("artifacts/")} == {
        "MLmodel", SCRIPT, "conda.yaml", "python_env.yaml", "requirements.txt",
        "input_example.json", "serving_input_example.json",
    }  # fmt: skip
    assert all(name.startswith(f"{RELEASE}/") for name in names if name.startswith("artifacts/"))
    places = {str(Path.cwd()), str(Path.home()), tempfile.gettempdir(), sys.prefix, socket.gethostname()}
    for name in names:
        text = (folder / name).read_bytes().decode("utf-8")
        assert "\x00" not in text
        assert "pickle" not in text
        assert [place for place in places if place in text] == [], name
        assert f"file:{os.sep}" not in text


def test_paths_in_the_model_are_names_inside_it() -> None:
    flavor = yaml.safe_load((saved_model("public") / "MLmodel").read_text())["flavors"]["python_function"]
    assert flavor["model_code_path"] == SCRIPT
    assert flavor["artifacts"] == {"release": {"path": RELEASE, "uri": RELEASE}}


def test_the_same_release_saves_to_the_same_bytes_but_for_two_stamps(tmp_path: Path) -> None:
    folder = release_folder(public_policy(), tmp_path / "first" / "release")
    other = shutil.copytree(folder, tmp_path / "elsewhere" / "named otherwise")
    save_model(folder, tmp_path / "a", example=FLAT)
    save_model(other, tmp_path / "b", example=FLAT)
    names = plain_files(tmp_path / "a")
    assert names == plain_files(tmp_path / "b")
    different = [n for n in names if (tmp_path / "a" / n).read_bytes() != (tmp_path / "b" / n).read_bytes()]
    assert different == ["MLmodel"]
    one, two = (yaml.safe_load((tmp_path / x / "MLmodel").read_text()) for x in "ab")
    assert {key for key in one if one[key] != two[key]} <= {"model_uuid", "utc_time_created"}


def test_only_this_package_at_this_version_is_required(tmp_path: Path) -> None:
    lines = (saved_model("public") / "requirements.txt").read_text().split()
    ours = [line for line in lines if not line.startswith("mlflow==")]
    assert ours == [f"credit-scoring[releases]=={__version__}"]
    manifest = Manifest.model_validate_json((saved_model("public") / RELEASE / "manifest.json").read_bytes())
    learnt = Learnt.model_construct(kind="learnt", family="gradient")
    assert requirement(manifest.model_copy(update={"data": learnt})) == (
        f"credit-scoring[releases,sectors]=={__version__}"
    )


def test_units_and_meanings_stand_in_the_metadata_of_the_model() -> None:
    told = loaded(saved_model("public")).metadata
    assert told.metadata["credit-scoring"]["signature"] == signature().model_dump(mode="json")
    assert told.get_input_schema().required_input_names() == ["subject_id", "subject_type"]
    assert [p.name for p in told.get_params_schema().params] == ["on", "known_by"]


def test_the_example_in_the_model_can_be_scored() -> None:
    model = loaded(saved_model("public"))
    sent = json.loads((saved_model("public") / "serving_input_example.json").read_text())
    frame = pd.DataFrame(**sent["dataframe_split"])
    assert set(model.predict(frame, params=sent["params"])["outcome"]) <= {"scored", "rejected"}
    assert sent["params"]["on"]


# What MLflow's own checks let through


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NaT])
@pytest.mark.parametrize("column", ["event_id", "value", "expires_on", "region_code"])
def test_an_optional_column_may_be_empty(column: str, nothing: object) -> None:
    model, frame = loaded(saved_model("public")), FLAT.to_pandas()
    empty = model.predict(frame.assign(**{column: nothing}), params={"on": DAY})
    bare = scores_of(
        public_policy(),
        FLAT.set_column(FLAT.schema.get_field_index(column), column, pa.nulls(FLAT.num_rows, pa.string())),
        on=ON,
    )
    assert as_rows(empty) == bare.to_pylist()


@pytest.mark.parametrize(
    "change",
    [
        {"occurred_on": lambda f: pd.to_datetime(f["occurred_on"])},
        {"occurred_on": lambda f: f["occurred_on"].astype("str").where(f["occurred_on"].notna())},
        {"value": lambda f: f["value"].map(lambda v: None if v is None else float(v))},
        {"value": lambda f: pd.array([None if v is None else int(v) for v in f["value"]], dtype="Int64")},
        {"value": lambda f: [v if v is None else Decimal(v) for v in f["value"]]},
        {"value": lambda f: [None if v is None else str(v) for v in f["value"]]},
        {"region_code": lambda f: [int(c) if c.isdigit() else c for c in f["region_code"]]},
        {"item": lambda f: f["item"].astype("category")},
        {"item": lambda f: f["item"].astype(object)},
    ],
)
def test_days_numbers_and_texts_may_come_in_any_type_that_holds_them(change: dict) -> None:
    model, frame = loaded(saved_model("public")), FLAT.to_pandas()
    expected = as_rows(model.predict(frame, params={"on": DAY}))
    assert as_rows(model.predict(frame.assign(**change), params={"on": DAY})) == expected


@pytest.mark.parametrize(
    ("params", "says"),
    [
        (None, "the evaluation date is missing: give params="),
        ({"on": ""}, "the evaluation date is missing"),
        ({"on": None}, "the evaluation date is missing"),
        ({"on": "31.12.2025"}, "on='31.12.2025' is no date: write it as 2025-12-31"),
        ({"on": DAY, "known_by": "then"}, "known_by='then' is no date"),
        ({"on": "1999-12-31"}, "no edition of 'demo' is in force on 1999-12-31"),
    ],
)
def test_a_wrong_date_is_said(params: dict | None, says: str) -> None:
    with pytest.raises(MlflowException) as caught:
        loaded(saved_model("public")).predict(FLAT.to_pandas(), params=params)
    assert says in str(caught.value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MlflowException, match="subject_type"):
        loaded(saved_model("public")).predict(
            FLAT.to_pandas().drop(columns="subject_type"), params={"on": DAY}
        )


# What was changed is not served


def change_policy(release: Path) -> None:
    file = release / "policy" / "demo-1.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("points: 30", "points: 31", 1), encoding="utf-8")


def drop_file(release: Path) -> None:
    (release / "policy" / "instruments.yaml").unlink()


def add_file(release: Path) -> None:
    (release / "policy" / "more.yaml").write_text("{}", encoding="utf-8")


def link_file(release: Path) -> None:
    (release / "policy" / "linked.yaml").symlink_to(release / "manifest.json")


def drop_manifest(release: Path) -> None:
    (release / "manifest.json").unlink()


def shorten_manifest(release: Path) -> None:
    content = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    del content["author"]
    (release / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def state_another_policy(release: Path) -> None:
    content = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    content["policy_sha256"] = "0" * 64
    (release / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (change_policy, "policy/demo-1.yaml was changed"),
        (drop_file, "policy/instruments.yaml is missing"),
        (add_file, "policy/more.yaml was added"),
        (link_file, "is no plain file"),
        (drop_manifest, "manifest.json is missing"),
        (shorten_manifest, "manifest.json: author: Field required"),
        (state_another_policy, "does not give the hash the manifest states"),
    ],
)
def test_a_model_whose_release_was_changed_is_not_loaded(copied: Path, spoil, says: str) -> None:
    spoil(copied / RELEASE)
    with pytest.raises(TamperedError) as caught:
        loaded(copied)
    assert says in str(caught.value)
    assert any(says in finding for finding in caught.value.findings)


def test_a_release_built_by_other_code_is_served_only_if_the_golden_rows_still_give_the_same(
    tmp_path: Path,
) -> None:
    policy = public_policy()
    made = Manifest.model_validate_json((saved_model("public") / RELEASE / "manifest.json").read_bytes()).code
    other = made.model_copy(update={"libraries": {"duckdb": "0.1"}})
    same = release_folder(policy, tmp_path / "same", changed={"code": other})
    assert read_served_policy(same).scorecards == policy.scorecards

    def worse(folder: Path) -> None:
        scores = folder / "golden" / "scores.csv"
        head, first, *rest = scores.read_text(encoding="utf-8").splitlines()
        cells = first.split(",")
        cells[head.split(",").index("score")] = "1.000"
        scores.write_text("\n".join([head, ",".join(cells), *rest, ""]), encoding="utf-8")

    different = release_folder(policy, tmp_path / "different", changed={"code": other}, before=worse)
    with pytest.raises(ReleaseError, match="scores release 'demo' edition 1 differently"):
        read_served_policy(different)


def test_what_is_no_release_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    with pytest.raises(ReleaseError, match="is no complete release"):
        save_model(tmp_path / "release", tmp_path / "model", example=FLAT)
    assert not (tmp_path / "model").exists()


def test_checking_a_release_needs_no_mlflow(copied: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from credit_scoring.releases.served_policy import read_served_policy\n"
        f"read_served_policy(Path({str(copied / RELEASE)!r}))\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'mlflow', 'sqlalchemy', 'matplotlib', 'lightgbm', 'shap'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_saving_leaves_nothing_in_the_working_directory(tmp_path: Path, monkeypatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
    (work / "uv.lock").write_text("version = 1\n")
    monkeypatch.chdir(work)
    folder = release_folder(public_policy(), tmp_path / "release")
    save_model(folder, tmp_path / "model", example=FLAT)
    assert sorted(path.name for path in work.iterdir()) == ["pyproject.toml", "uv.lock"]
    assert "uv.lock" not in plain_files(tmp_path / "model")
