"""The paper on decisions tells what the ledger holds, and the exported dossier is the release's own, byte for byte."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from credit_scoring.errors import OutputError, TamperedError
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.gathering import default_configs
from credit_scoring.releases.bundle import read_source, write_bundle
from credit_scoring.releases.entries import sha256_of_text
from credit_scoring.releases.golden import golden_results
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.opening import Released
from credit_scoring.releases.paperwork import NAMES, export_dossier
from credit_scoring.releases.paperwork.decisions import decisions_paper
from credit_scoring.releases.paperwork.rendering import render
from credit_scoring.releases.terms import load_terms
from policy.texts import CARD, CATALOGUE, INSTRUMENTS, write_policy
from releases.chains import Chain, day, digest, noon
from releases.paperwork_cases import Read, read_html

TODAY = date(2025, 6, 2)
TITLE = Title(zh="企业 <公共> 信用评价", en="Public <credit> evaluation")


def told(chain: Chain, version: int, *, on: int, lang: str = "en") -> Read:
    ledger = chain.ledger
    document = decisions_paper(ledger, ledger.built("public", version), TITLE, on=day(on), lang=lang)
    return read_html(render(document, "html"))


def test_before_any_decision_the_paper_says_so() -> None:
    chain = Chain()
    chain.built(1)
    page = told(chain, 1, on=0)
    facts = {row[0][0]: row[1] for row in page.tables[0]}
    assert facts["State"] == ["built, not yet before the gates"]
    assert facts["Approver"] == ["none"]
    assert facts["Latest gates"] == ["none yet"]
    assert "It has not been in force, and no day is set." in page.texts
    assert len(page.tables) == 2


def test_the_whole_story_is_told_with_its_evidence_and_every_hash_of_the_chain() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.built(2, at=10, by="Cai")
    # Another version lies between: none of it belongs to the story of the first.
    against = ["impact:grades_moved", "impact:worst_grade_entries"]
    chain.gated(2, at=11, compared_with=1, against=against, acceptable=against)
    chain.approved(2, at=12, by="Dou <b>", accepted=against)
    chain.put(2, from_=20, at=13)
    chain.retired(2, from_=40, at=30, by="Eng")
    first, second = told(chain, 1, on=25), told(chain, 2, on=25)

    ((_, period),) = first.tables[1:2]
    assert period[0] == [f"from {day(1)} until {day(20)} (that day not included)"]
    assert period[2][:2] == ["succeeded by public:2", "Ann"]
    assert {r[0][0]: r[1] for r in first.tables[0]}["State"] == ["no longer in force"]
    assert [row[0][0] for row in first.tables[2][1:]] == ["2", "3", "4", "5"]

    story = second.tables[2][1:]
    assert [row[0][0] for row in story] == ["6", "7", "8", "9", "10"]
    assert [row[1][0] for row in story] == ["built", "gates", "approved", "put in force", "retired"]
    assert [row[2][0] for row in story] == ["Cai", "Ann", "Dou <b>", "Ann", "Eng"]
    assert f"2 against: {', '.join(against)}" in story[1][1]
    assert "compared with version 1" in story[1][1]
    assert story[2][1] == ["approved", f"accepted: {', '.join(against)}"]
    report = f"report: {digest('report 2 against 1')}"
    assert report in story[1][4]
    assert report in story[2][4]
    hashes = [row[4][-1] for row in story]
    assert hashes == [f"this entry: {sha256_of_text(text)}" for text in chain.texts[5:10]]
    assert any(chain.ledger.head in text for text in second.texts)
    assert any(TITLE.en in text for text in second.texts)
    ((_, period),) = second.tables[1:2]
    assert period[0] == [f"from {day(20)} until {day(40)} (that day not included)"]
    assert period[2][:2] == ["retired", "Eng"]


def test_the_state_is_told_for_the_day_that_is_asked() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=5)
    states = {on: told(chain, 1, on=on, lang="zh").tables[0][3][1][0] for on in (0, 5, 9)}
    assert states == {0: "已批准，待施行", 5: "施行中", 9: "施行中"}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Released, Ledger]:
    """A release's own folder as it is built, and a ledger that has it; no registry is needed to copy papers."""
    configs = (default_configs() / "instruments.yaml").read_text(encoding="utf-8").rstrip()
    texts = f"{configs}\n{INSTRUMENTS.split(chr(10), 1)[1]}"
    policy = write_policy(tmp_path_factory.mktemp("policy"), CARD, catalogue=CATALOGUE, instruments=texts)
    source = read_source(policy / "card.yaml", policy=[policy])
    folder = tmp_path_factory.mktemp("model") / "release"
    bundle = write_bundle(source, folder, author="Ann", at=noon(0), terms=load_terms(), on=TODAY)
    chain = Chain()
    chain.built(1, name=bundle.manifest.name)
    ledger = chain.ledger
    expected = golden_results(bundle.policy, bundle.golden)
    return Released(
        manifest=bundle.manifest, manifest_sha256=digest("manifest 1"), policy=bundle.policy, card=bundle.policy.scorecards[0],
        folder=folder, model_folder=folder.parent, golden=bundle.golden, expected=expected,
        built=ledger.built(bundle.manifest.name, 1), code_differs=False,
    ), ledger  # fmt: skip


def test_the_exported_dossier_is_the_releases_own_with_manifest_and_decisions(
    released: tuple[Released, Ledger], tmp_path: Path
) -> None:
    release, ledger = released
    out = tmp_path / "dossier"
    files = export_dossier(release, ledger, on=TODAY, out=out)
    assert sorted(files) == sorted(out.iterdir())
    assert len(files) == len(NAMES) + 4 + 1
    for name in NAMES:
        assert (out / name).read_bytes() == (release.folder / "dossier" / name).read_bytes()
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["name"] == release.built.name
    page = read_html((out / "decisions.zh.html").read_text(encoding="utf-8"))
    assert any(release.built.by in line for row in page.tables[0] for cell in row for line in cell)
    assert release.manifest.policy_sha256 in (out / "model-card.zh.html").read_text(encoding="utf-8")


def test_an_existing_folder_is_replaced_only_when_asked_and_never_with_a_strange_file_in_it(
    released: tuple[Released, Ledger], tmp_path: Path
) -> None:
    release, ledger = released
    out = tmp_path / "dossier"
    export_dossier(release, ledger, on=TODAY, out=out)
    with pytest.raises(OutputError, match="exists already"):
        export_dossier(release, ledger, on=TODAY, out=out)
    export_dossier(release, ledger, on=TODAY, out=out, overwrite=True)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"holds 'notes\.txt'"):
        export_dossier(release, ledger, on=TODAY, out=out, overwrite=True)


def test_a_release_without_one_of_its_papers_is_refused(
    released: tuple[Released, Ledger], tmp_path: Path
) -> None:
    release, ledger = released
    paper = release.folder / "dossier" / "public-notice.zh.md"
    text = paper.read_bytes()
    paper.unlink()
    try:
        with pytest.raises(TamperedError, match=r"lacks public-notice\.zh\.md") as caught:
            export_dossier(release, ledger, on=TODAY, out=tmp_path / "dossier")
        assert caught.value.findings == ("dossier/public-notice.zh.md is missing",)
        assert not (tmp_path / "dossier").exists()
    finally:
        paper.write_bytes(text)
