"""From a sector's file to new weights and a dossier: the folder, the edited file, the checks, the command."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from credit_scoring.cli.weighing import weigh_command
from credit_scoring.errors import InputError, OutputError, PolicyError
from credit_scoring.policy.loading import check_files, load_policy
from credit_scoring.policy.reading import parse_document
from credit_scoring.reports.contents import Report, Section, Table
from credit_scoring.reports.rendering import render
from credit_scoring.sectors.weighing.editing import exchanged
from credit_scoring.sectors.weighing.folder import FILES, Data, weigh_to_folder
from policy.texts import changed, line_of
from sectors.weighing_texts import ON, SECTOR, archive, sector_folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weigh")
    sector_folder(folder)
    archive(folder)
    return folder


def weigh(
    place: Path,
    out: Path,
    method: Any,
    *,
    sector: Path | None = None,
    with_data: bool = False,
    **options: Any,
) -> Any:
    data = Data(subjects=place / "subjects.csv", records=place / "records.csv", on=ON) if with_data else None
    return weigh_to_folder(
        sector or place / "sector.yaml",
        method=method,
        out=out,
        data=data,
        policy=[place / "policy"],
        **options,
    )


def with_text(place: Path, folder: Path, text: str) -> Path:
    path = folder / "sector.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def numbers_masked(text: str) -> str:
    return re.sub(r"\b(weight|points): [0-9.]+", r"\1: N", text)


@pytest.mark.parametrize(
    ("method", "lang"), [("group-ahp", "zh"), ("critic", "en"), ("combined", "zh"), ("entropy", "en")]
)
def test_the_folder_holds_new_weights_that_are_a_policy_and_a_dossier(
    place: Path, tmp_path: Path, method: Any, lang: str
) -> None:
    out = tmp_path / "out"
    done = weigh(place, out, method, with_data=True, lang=lang)
    assert {p.name for p in out.iterdir()} == {*FILES, "sector.yaml"}
    after = (out / "sector.yaml").read_text(encoding="utf-8")
    assert numbers_masked(after) == numbers_masked(SECTOR)
    policy = load_policy(out / "sector.yaml", place / "policy")
    card = next(e.written for e in policy.editions if e.card.scorecard == "sector-demo")
    assert tuple(p.rule.weight for p in card.places()) == done.weighed.weights
    assert sum(done.weighed.weights) == 1
    assert done.weighed.weights[0] == Decimal("0.1")
    html = (out / "dossier.html").read_text(encoding="utf-8")
    assert html.count("<svg") == 2
    assert not re.search(r"(src|href)=[\"']https?:|<script", html.replace("http://www.w3.org", ""))
    assert ("敏感性" if lang == "zh" else "Sensitivity") in html
    assert ("方法的局限" if lang == "zh" else "Limits of the method") in (out / "dossier.md").read_text(
        encoding="utf-8"
    )
    record = json.loads((out / "weighing.json").read_text(encoding="utf-8"))
    assert record["weighed"]["weights"] == [str(w) for w in done.weighed.weights]
    assert sum(m["subjects"] for m in record["consequences"]["moved"]) == 200


def test_the_same_inputs_give_the_same_bytes(place: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        weigh(place, tmp_path / out, "combined", with_data=True)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_weights_that_stay_leave_the_file_alone(place: Path, tmp_path: Path) -> None:
    done = weigh(place, tmp_path / "out", "expert")
    assert done.weighed.weights == done.weighed.before
    assert (tmp_path / "out" / "sector.yaml").read_text(encoding="utf-8") == SECTOR
    assert (tmp_path / "out" / "weights.diff").read_text(encoding="utf-8") == ""
    assert done.consequences is None


def test_judgments_beyond_the_limit_give_a_dossier_and_no_weights(place: Path, tmp_path: Path) -> None:
    text = changed(SECTOR, "consistency_at_most: 0.1", "consistency_at_most: 0.005")
    done = weigh(place, tmp_path / "out", "group-ahp", sector=with_text(place, tmp_path, text))
    assert done.written is None
    assert not done.weighed.consistent
    assert not (tmp_path / "out" / "sector.yaml").exists()
    assert "so no new weights are written" in (tmp_path / "out" / "dossier.md").read_text(encoding="utf-8")
    record = json.loads((tmp_path / "out" / "weighing.json").read_text(encoding="utf-8"))
    assert record["disturbances"]["supervision"][0]["ratio_without"] < 0.001


def test_one_expert_is_chosen_by_role(place: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="several experts state judgments"):
        weigh(place, tmp_path / "none", "ahp")
    assert not (tmp_path / "none").exists()
    with pytest.raises(InputError, match=r"no expert has the role 'asociation'.*Did you mean 'association'"):
        weigh(place, tmp_path / "none", "ahp", expert="asociation")
    done = weigh(place, tmp_path / "out", "ahp", expert="association")
    # Base, conduct, merit are 1 : 4 : 4; within merit 3 : 1; the public score is fixed at 0.1 by its limits.
    assert done.weighed.given[0] == pytest.approx(1 / 9)
    assert done.weighed.given[4:] == pytest.approx((1 / 3, 1 / 9))


def test_a_multiplicative_combination_multiplies(place: Path, tmp_path: Path) -> None:
    text = changed(
        SECTOR,
        "{rule: linear, shares: {group-ahp: 0.6, entropy: 0.4}}",
        "{rule: multiplicative, exponents: {expert: 1, group-ahp: 2}}",
    )
    weighed = weigh(place, tmp_path / "out", "combined", sector=with_text(place, tmp_path, text)).weighed
    expert, group = (part.weights for part in weighed.parts)
    product = [a * b**2 for a, b in zip(expert, group, strict=True)]
    assert weighed.given == pytest.approx([p / sum(product) for p in product])


def test_a_constant_indicator_is_reported_and_held_up_by_its_limit(place: Path, tmp_path: Path) -> None:
    text = SECTOR.replace("curve: {levels: {high: 100, low: 50}}", "curve: {levels: {high: 40, low: 40}}")
    weighed = weigh(
        place, tmp_path / "out", "entropy", sector=with_text(place, tmp_path, text), with_data=True
    ).weighed
    assert weighed.parts[0].constant == ("rating",)
    assert (weighed.given[5], weighed.weights[5]) == (0, Decimal("0.01"))
    assert "carry no information and get weight 0 by this method: Rating (rating)" in (
        tmp_path / "out" / "dossier.md"
    ).read_text(encoding="utf-8")
    free = text.replace("    at_least: 0.01\n", "")
    with pytest.raises(InputError, match="rating: the weight comes to 0"):
        weigh(place, tmp_path / "free", "entropy", sector=with_text(place, tmp_path, free), with_data=True)


def test_an_earlier_result_is_replaced_only_when_asked(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    weigh(place, out, "expert")
    with pytest.raises(OutputError, match="--overwrite"):
        weigh(place, out, "group-ahp")
    weigh(place, out, "group-ahp", overwrite=True)
    (out / "mine.txt").write_text("kept")
    with pytest.raises(OutputError, match=r"mine\.txt"):
        weigh(place, out, "expert", overwrite=True)


@pytest.mark.parametrize("method", ["entropy", "critic", "combined"])
def test_methods_from_data_ask_for_data(place: Path, tmp_path: Path, method: Any) -> None:
    with pytest.raises(InputError, match="weighs by data"):
        weigh(place, tmp_path / "out", method)


def test_a_sector_without_a_block_is_told_what_to_state(place: Path, tmp_path: Path) -> None:
    text = SECTOR[: SECTOR.index("weighing:")]
    with pytest.raises(InputError, match="has no weighing block"):
        weigh(place, tmp_path / "out", "expert", sector=with_text(place, tmp_path, text))


# The file


def test_line_ends_and_a_byte_order_mark_stay(place: Path, tmp_path: Path) -> None:
    path = tmp_path / "sector.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SECTOR.replace("\n", "\r\n").encode())
    weigh(place, tmp_path / "out", "group-ahp", sector=path)
    after = (tmp_path / "out" / "sector.yaml").read_bytes()
    assert after.startswith(b"\xef\xbb\xbf#")
    assert after.count(b"\r\n") == after.count(b"\n") == SECTOR.count("\n")


def test_numbers_on_one_line_are_told_apart_by_their_order() -> None:
    text = "a: {weight: 1, b: {'weight': .5, t: 'weight: 7'}, c: {weight: 0.25}} # weight: 9\n"
    after = exchanged(
        text, {("a", "b", "weight"): Decimal("0.75"), ("a", "c", "weight"): Decimal(1)}, file="x"
    )
    assert after == "a: {weight: 1, b: {'weight': 0.75, t: 'weight: 7'}, c: {weight: 1}} # weight: 9\n"


@pytest.mark.parametrize(
    "text",
    ["weight:\n  0.5\nx: 1\n", "a: &w 0.5\nweight: *w\n", 'x: "a\n  weight: 3"\nweight: &n 0.5\n'],
    ids=["next line", "alias", "anchor"],
)
def test_a_number_that_stands_elsewhere_is_refused_and_not_guessed(text: str) -> None:
    assert parse_document(text, file="x").value["weight"] == Decimal("0.5")
    with pytest.raises(InputError, match="do not stand where they can be exchanged"):
        exchanged(text, {("weight",): Decimal("0.25")}, file="x")


def test_what_authors_write_is_never_markup() -> None:
    table = Table(caption="<b>", heads=("a|b",), rows=(("<script>x</script>",),))
    contents = Report(
        lang="en", title="<i>", sections=(Section(title="&", tables=(table,)),), footer=("`x`",)
    )
    html, markdown = render(contents, "html"), render(contents, "md")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "\\<script\\>" in markdown
    assert "a\\|b" in markdown


# Checks

FAULTS = {
    "an indicator that is not there": ("P711", "penalties over listings: 2", "penaltys over listings: 2", "penaltys over", "Did you mean 'penalties'?"),
    "a dimension that is not there": ("P711", "          merit:\n            honours over rating: 1\n", "          merit:\n            honours over rating: 1\n          merits: {}\n", "          merits:", "Did you mean 'merit'?"),
    "a pair that is missing": ("P712", "          base over merit: 1/4\n", "", None, "no judgment on 'base over merit'"),
    "a dimension without judgments": ("P712", "          merit:\n            honours over rating: 3\n", "", None, "no judgment on 'honours over rating'"),
    "a pair that contradicts": ("P713", "honours over rating: 3\n", "honours over rating: 3\n            rating over honours: 3\n", "rating over honours", "contradicts it (3 against 3)"),
    "a pair that repeats": ("P713", "honours over rating: 3\n", "honours over rating: 3\n            rating over honours: 1/3\n", "rating over honours", "says the same"),
    "weights that do not add up": ("P714", "honours: 0.15, rating: 0.1}", "honours: 0.15, rating: 0.2}", "weights: {public", "add up to 1.10, not to 1"),
    "a weight that is missing": ("P714", "arrears: 0.15, honours: 0.15,", "arrears: 0.30,", "weights: {public", "no weight for honours"),
    "limits of a stranger": ("P715", "      public: {at_least", "      pubic: {at_least", "pubic", "Did you mean 'public'?"),
    "limits off the grid": ("P715", "at_most: 0.6\n", "at_most: 0.601\n", "at_most: 0.601", "no whole multiple of the rounding 0.005"),
    "limits without room": ("P715", "at_most: 0.6\n", "at_most: 0.1\n", "  bounds:", "weights of 0.15 to 0.6 in all"),
    "a grid too fine": ("P002", "rounding: 0.005", "rounding: 0.0000005", "rounding:", "more than 6 decimals"),
    "no limit of consistency": ("P716", "  consistency_at_most: 0.1\n", "", "weighing:\n", "Saaty holds 0.1"),
    "ahp of two": ("P716", "shares: {group-ahp: 0.6", "shares: {ahp: 0.6", "  combine:", "2 experts state judgments"),
    "a ratio off the scale": ("P002", "penalties over arrears: 3", "penalties over arrears: 11", "penalties over arrears: 11", "no judgment on the scale"),
    "a judgment stated twice": ("Y005", "honours over rating: 3\n", "honours over rating: 3\n            honours over rating: 2\n", "rating: 2", "stands twice"),
    "a grid that misses 1": ("P002", "rounding: 0.005", "rounding: 0.03", "weighing:\n", "does not divide 1"),
    "shares that do not add up": ("P002", "entropy: 0.4}", "entropy: 0.5}", "  combine:", "add up to 1.1"),
    "an expert who said nothing": ("P002", "  experts:\n", "  experts:\n    silent: {title: {zh: 无, en: None}}\n", "silent:", "needs weights, judgments, or both"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_block_is_reported_at_its_line(place: Path, tmp_path: Path, name: str) -> None:
    code, old, new, needle, says = FAULTS[name]
    text = changed(SECTOR, old, new)
    _, problems = check_files([with_text(place, tmp_path, text), place / "policy"])
    assert [p.code for p in problems if not p.warning] == [code], [str(p) for p in problems]
    (problem,) = [p for p in problems if not p.warning]
    assert says in problem.message
    assert needle is None or problem.line == line_of(text, needle)
    with pytest.raises(PolicyError):
        weigh(place, tmp_path / "out", "expert", sector=tmp_path / "sector.yaml")


def test_the_fixture_has_no_fault(place: Path) -> None:
    assert check_files([place / "sector.yaml", place / "policy"])[1] == ()


# The command


def invoke(*arguments: object) -> Any:
    app = typer.Typer()
    app.command("weigh")(weigh_command)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_command_prints_weights_and_what_flips(place: Path, tmp_path: Path) -> None:
    done = invoke(
        place / "sector.yaml", "--method", "combined", "--subjects", place / "subjects.csv", "--records", place / "records.csv",
        "--on", ON, "--policy", place / "policy", "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    for word in ("penalties", "consistency ratio at most", "± 20 %", "most fragile: firm-", "weights.diff"):
        assert word in done.output


def test_the_command_ends_with_1_where_judgments_are_too_inconsistent(place: Path, tmp_path: Path) -> None:
    text = changed(SECTOR, "consistency_at_most: 0.1", "consistency_at_most: 0.005")
    sector = with_text(place, tmp_path, text)
    done = invoke(sector, "--method", "group-ahp", "--policy", place / "policy", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "no weights are written" in done.output


def test_the_command_wants_subjects_records_and_date_together(place: Path, tmp_path: Path) -> None:
    done = invoke(
        place / "sector.yaml", "--method", "critic", "--subjects", "s.csv", "--out", tmp_path / "out"
    )
    assert done.exit_code == 2
    assert "go together" in done.output
