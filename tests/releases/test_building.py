"""A release is built whole, or nothing of it is left; with real processes and a real store."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from credit_scoring.errors import (
    CreditScoringError,
    DecisionError,
    InputError,
    NotFoundError,
    PolicyError,
    ReleaseError,
    StoreError,
)
from credit_scoring.policy.gathering import default_configs
from credit_scoring.releases.building import build_release, named_person
from credit_scoring.releases.entries import Built
from credit_scoring.releases.fingerprints import files_sha256
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.reading import read_ledger
from credit_scoring.releases.store.registry import Registry
from policy.texts import CARD, CATALOGUE, INSTRUMENTS, write_policy

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def card_folder(folder: Path, card: str = CARD) -> Path:
    """A small scorecard with a catalogue and the legal texts it and the terms of the package cite."""
    texts = (default_configs() / "instruments.yaml").read_text(encoding="utf-8")
    law = INSTRUMENTS.split("\n", 1)[1]
    return write_policy(folder, card, catalogue=CATALOGUE, instruments=f"{texts.rstrip()}\n{law}")


def build(store: Path, folder: Path, card: str = CARD, **options: object) -> Built:
    """A release of a small scorecard."""
    policy = card_folder(folder, card)
    settings: dict[str, object] = {"author": "Ada", "reason": "a first edition", "at": AT}
    return build_release(
        policy / "card.yaml",
        store=str(store),
        policy=[policy],
        **(settings | options),  # type: ignore[arg-type]
    )


def left_behind(store: Path) -> list[str]:
    """Everything a store shows: versions MLflow knows, entries of the ledger, files of models."""
    if not (store / "registry.db").exists():
        return []
    registry = Registry.open(store_address(str(store)), create=True)
    shown = [f"{name}:{version.version}" for name in registry.names() for version in registry.versions(name)]
    models = [path.name for path in (store / "artifacts" / "models").glob("*")]
    return [*shown, *models, *(entry.kind for entry in registry.ledger().entries if entry.kind != "opened")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    store = tmp_path_factory.mktemp("built") / "store"
    return store, build(store, tmp_path_factory.mktemp("policy"))


def test_a_release_is_an_entry_of_the_ledger_over_files_of_text_alone(built: tuple[Path, Built]) -> None:
    store, entry = built
    assert read_ledger(store_address(str(store))).built("demo", 1) == entry
    model = store / entry.location
    assert files_sha256(model) == entry.files_sha256
    release = model / "artifacts" / "release"
    manifest = (release / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == entry.manifest_sha256
    stated = json.loads(manifest)
    listed = {file["path"]: file["sha256"] for file in stated["files"]}
    found = {
        path.relative_to(release).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in release.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert listed == found
    assert {"policy/demo-1.yaml", "policy/catalogue.yaml", "terms.yaml", "golden/scores.csv"} <= set(found)
    assert {f"dossier/model-card.{lang}.html" for lang in ("zh", "en")} <= set(found)
    for path in model.rglob("*"):
        if path.is_file():
            path.read_text(encoding="utf-8")
    assert stated["author"] == "Ada"
    assert stated["golden"]["on"] == "2024-01-31"
    assert stated["data"] == {"kind": "stated", "authority": ["law"]}
    assert [check["outcome"] for check in stated["validation"]] == ["passed"] * 4


def test_the_same_content_again_is_refused_with_its_version(
    built: tuple[Path, Built], tmp_path: Path
) -> None:
    store, _ = built
    before = left_behind(store)
    with pytest.raises(DecisionError, match="version 1 already"):
        build(store, tmp_path, author="Grace")
    assert left_behind(store) == before


@pytest.mark.parametrize("step", ["reading the policy", "golden rows", "registering"])
def test_an_interrupted_build_leaves_nothing(tmp_path: Path, step: str) -> None:
    def interrupt(said: str) -> None:
        if said == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "store", tmp_path / "policy", report=interrupt)
    assert left_behind(tmp_path / "store") == []


def test_who_is_second_with_the_same_content_is_told_the_version_and_leaves_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"

    def overtake(said: str) -> None:
        # Another writer finishes while this one is about to register.
        if said == "registering":
            build(store, tmp_path / "other", author="Grace")

    with pytest.raises(DecisionError, match="version 1 already"):
        build(store, tmp_path / "policy", report=overtake)
    shown = left_behind(store)
    assert shown.count("built") == 1
    assert [name for name in shown if name.startswith("demo:")] == ["demo:1"]
    assert len([name for name in shown if name.startswith("m-")]) == 1


SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from credit_scoring.errors import CreditScoringError
from credit_scoring.releases.building import build_release
store, policy, author = sys.argv[1:]
def report(step):
    print(step, flush=True)
try:
    built = build_release(Path(policy) / "card.yaml", author=author, reason="at once", at=datetime.now(UTC), store=store,
                          policy=[Path(policy)], report=report)
except CreditScoringError as error:
    print(type(error).__name__, error)
    sys.exit(1)
print("built", built.version)
"""


def started(store: Path, policy: Path, author: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(store), str(policy), author],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.slow
def test_builds_at_once_make_one_release_per_content(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = card_folder(tmp_path / "first")
    processes = [started(store, first, "Ada"), started(store, first, "Grace")]
    ada = processes[0].stdout
    assert ada is not None
    begun = ada.readline()
    # A third builds something else while the two are at it.
    joan = build(store, tmp_path / "second", CARD.replace("points: 5}", "points: 6}"), author="Joan")
    said = [process.communicate(timeout=240) for process in processes]
    codes = [process.returncode for process in processes]
    assert begun == "reading the policy\n"
    assert sorted(codes) == [0, 1], said
    versions = read_ledger(store_address(str(store))).versions("demo")
    # One of the two and Joan, each under a number of its own; the one refused may have taken a number away.
    assert sorted(entry.by for entry in versions) == [("Ada", "Grace")[codes.index(0)], "Joan"]
    assert joan in versions
    one, other = (entry.version for entry in versions)
    assert one != other
    assert {one, other} < {1, 2, 3}
    assert len({entry.content_sha256 for entry in versions}) == 2
    (same,) = (entry.version for entry in versions if entry != joan)
    assert f"version {same} already" in said[codes.index(1)][0]
    assert sorted(left_behind(store)) == sorted(
        [*(f"demo:{e.version}" for e in versions), *(e.model_id for e in versions), "built", "built"]
    )


@pytest.mark.slow
def test_a_process_told_to_end_while_it_registers_leaves_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    process = started(store, card_folder(tmp_path / "policy"), "Ada")
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "registering":
            process.send_signal(signal.SIGTERM)
            break
    process.communicate(timeout=120)
    assert process.returncode != 0
    assert left_behind(store) == []


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("missing.yaml", NotFoundError, "there is no scorecard 'missing.yaml'"),
        ("public-enterprise@1999", NotFoundError, "there is no edition"),
        ("public-enterprise:3", InputError, "is a release already"),
        ("policy/catalogue.yaml", InputError, "is no scorecard"),
        ("policy", InputError, "holds one scorecard"),
        (
            "several",
            InputError,
            "holds one scorecard, 'scorecard.yaml'; this one holds: a.yaml, scorecard.yaml",
        ),
        ("untaught", ReleaseError, "'training.json' is missing"),
        ("broken.yaml", PolicyError, "a.penalyt"),
        ("named.yaml", InputError, "cannot name a release"),
    ],
)
def test_a_source_that_is_no_one_scorecard_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, error: type[CreditScoringError], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    policy = card_folder(tmp_path / "policy")
    for folder, names in (("several", ("a.yaml", "scorecard.yaml")), ("untaught", ("scorecard.yaml",))):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_text(CARD, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text(CARD.replace("a.penalty:", "a.penalyt:"), encoding="utf-8")
    (tmp_path / "named.yaml").write_text(
        CARD.replace("scorecard: demo", "scorecard: ../demo"), encoding="utf-8"
    )
    catalogue = [policy / "catalogue.yaml", policy / "instruments.yaml"]
    with pytest.raises(error, match=said.replace("(", r"\(")):
        build_release(
            source, author="Ada", reason="try", at=AT, store=str(tmp_path / "store"), policy=catalogue
        )
    assert not (tmp_path / "store").exists()


def learnt_folder(folder: Path) -> tuple[Path, list[Path]]:
    """A small sector's learnt evaluation as `train` left it, and what it rests on."""
    from sectors.test_training import trained

    _, out = trained("woe")
    shutil.copytree(out, folder / "learnt")
    policy = folder / "beneath"
    policy.mkdir()
    for name in ("card.yaml", "catalogue.yaml"):
        shutil.copyfile(out.parent / name, policy / name)
    texts = (default_configs() / "instruments.yaml").read_text(encoding="utf-8")
    law = INSTRUMENTS.split("\n", 1)[1]
    (policy / "instruments.yaml").write_text(f"{texts.rstrip()}\n{law}", encoding="utf-8")
    return folder / "learnt", [policy]


def test_a_learnt_evaluation_whose_validation_failed_is_built_and_says_so(tmp_path: Path) -> None:
    learnt, policy = learnt_folder(tmp_path)
    training = json.loads((learnt / "training.json").read_text(encoding="utf-8"))
    validation = json.loads((learnt / "validation.json").read_text(encoding="utf-8"))
    line = next(check for check in validation["checks"] if check["name"] == "auc_at_least")
    line |= {"limit": 0.999, "outcome": "failed"}
    (learnt / "validation.json").write_text(json.dumps(validation | {"passed": False}), encoding="utf-8")
    store = tmp_path / "store"
    built = build_release(learnt, author="Ada", reason="try", at=AT, store=str(store), policy=policy)
    release = store / built.location / "artifacts" / "release"
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    observed = [day["observed_on"] for day in training["cohort"]["dates"]]
    assert manifest["data"]["observed_on"] == observed
    assert manifest["data"]["rows"] == training["cohort"]["used"]
    assert manifest["data"]["inputs"] == training["inputs"]
    digest = hashlib.sha256((learnt / "training.json").read_bytes()).hexdigest()
    assert manifest["data"]["training_sha256"] == digest
    assert [base["scorecard"] for base in manifest["bases"]] == ["demo"]
    stated = {(check["gate"], check["name"]): check for check in manifest["validation"]}
    failed = stated["validation", f"auc_at_least.{line['split']}"]
    assert failed["outcome"] == "failed"
    assert failed["limit"] == "≥ 0.999"
    assert failed["found"].startswith(str(line["found"]["value"])[:5])
    assert not failed["acceptable"]
    assert len(stated) == 4 + len(validation["checks"])
    for name in ("validation.html", "validation.json", "training.json"):
        assert (release / "training" / name).read_bytes() == (learnt / name).read_bytes()


@pytest.mark.parametrize(
    ("file", "keys", "value", "error", "said"),
    [
        ("training.json", ("scorecard_sha256",), "0" * 64, PolicyError, "P410"),
        ("training.json", ("scorecard",), "other@1", ReleaseError, "is of 'other@1'"),
        ("training.json", ("family",), "gradient", ReleaseError, "another family"),
        ("training.json", ("cohort", "outcome"), None, ReleaseError, "training.json: cohort.outcome"),
        ("training.json", ("engine", "differences"), 3, ReleaseError, "other scores than the fit"),
        ("validation.json", ("about", "scorecard"), "other@1", ReleaseError, "is of 'other@1'"),
        ("validation.json", ("about",), None, ReleaseError, "does not say what it is about"),
        ("validation.json", ("about", "inputs"), [], ReleaseError, "other inputs"),
        ("validation.json", ("checks",), [], ReleaseError, "holds no check"),
        ("validation.json", ("passed",), "turned", ReleaseError, "a verdict its checks do not give"),
        ("validation.json", (), None, ReleaseError, "'validation.json' is missing"),
        ("validation.md", (), None, ReleaseError, "'validation.md' is missing"),
        ("scorecard.yaml", (), "\n", PolicyError, "P410"),
    ],
)
def test_papers_that_are_missing_or_of_another_are_refused(
    tmp_path: Path, file: str, keys: tuple[str, ...], value: Any, error: type[CreditScoringError], said: str
) -> None:
    learnt, policy = learnt_folder(tmp_path)
    path = learnt / file
    if keys:
        content = part = json.loads(path.read_text(encoding="utf-8"))
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = not part[keys[-1]] if value == "turned" else value
        path.write_text(json.dumps(content), encoding="utf-8")
    elif value is None:
        path.unlink()
    else:
        path.write_text(path.read_text(encoding="utf-8") + value, encoding="utf-8")
    with pytest.raises(error, match=said):
        build_release(learnt, author="Ada", reason="try", at=AT, store=str(tmp_path / "store"), policy=policy)
    assert not (tmp_path / "store").exists()


def test_a_learnt_scorecard_without_its_folder_is_refused(tmp_path: Path) -> None:
    learnt, policy = learnt_folder(tmp_path)
    (learnt / "scorecard.yaml").rename(learnt / "edited.yaml")
    with pytest.raises(ReleaseError, match=r"its file is not 'scorecard\.yaml'"):
        build_release(
            learnt / "edited.yaml",
            author="Ada",
            reason="try",
            at=AT,
            store=str(tmp_path / "s"),
            policy=policy,
        )


@pytest.mark.parametrize(
    "name",
    [
        "", "  \t", "Ada\u0000", "Ada\u202egrace", "a" * 101, "11010519491231002X", "Ada 110105194912310021",
        "１１０１０５１９４９１２３１００２X", "Ada 1101 0519 4912 3100 2X",
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="author"):
        named_person(name)


def test_a_name_is_kept_trimmed() -> None:
    assert named_person("  王 芳\t") == "王 芳"
    assert named_person("Ada  Lovelace 3") == "Ada Lovelace 3"


def test_a_reason_and_an_aware_time_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="reason"):
        build(tmp_path / "s", tmp_path / "p", reason="  ")
    with pytest.raises(InputError, match="offset"):
        build(tmp_path / "s", tmp_path / "p", at=datetime(2026, 1, 5))  # noqa: DTZ001


def test_a_store_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError):
        build(tmp_path / "file", tmp_path / "policy")


def test_the_day_asked_for_is_taken_where_the_scorecard_is_in_force(tmp_path: Path) -> None:
    from credit_scoring.releases.bundle import read_source, write_bundle
    from credit_scoring.releases.terms import load_terms

    policy = card_folder(tmp_path / "policy")
    source = read_source(policy / "card.yaml", policy=[policy])
    days = [
        write_bundle(
            source, tmp_path / str(i), author="Ada", at=AT, terms=load_terms(), on=on
        ).manifest.golden.on
        for i, on in enumerate((date(2026, 1, 5), date(2023, 1, 5)))
    ]
    assert days == [date(2026, 1, 5), date(2024, 1, 31)]
