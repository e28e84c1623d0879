"""From a sector's file, records and labels to a validated evaluation: cohort, fit, scorecard, proof, papers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.gradient_model import GradientPoints, gradient_points
from credit_scoring.policy.language import ModelFile, Scorecard
from credit_scoring.policy.loading import Policy, dump_scorecard, load_policy
from credit_scoring.policy.training import Family, Training
from credit_scoring.records.folder import written_whole
from credit_scoring.scoring.inputs import Source
from credit_scoring.scoring.measuring import feature_card
from credit_scoring.scoring.record import name_of, sha256_of
from credit_scoring.sectors import papers as paper
from credit_scoring.sectors.cohorts.building import build_cohort
from credit_scoring.sectors.cohorts.results import Cohort
from credit_scoring.sectors.engine_check import check_engine
from credit_scoring.sectors.evidence import Evidence, evidence_of
from credit_scoring.sectors.gradient import GradientScorecard
from credit_scoring.sectors.learning import Fitted, fit_family
from credit_scoring.sectors.learnt_card import LearntCard, cuts_by_shares, gradient_card, learnt_card
from credit_scoring.sectors.validation import About, Validation, validate, write_validation

SCORECARD, MODEL, PAPERS = "scorecard.yaml", "model.json", "training.json"
FILES = (SCORECARD, MODEL, PAPERS, "validation.html", "validation.json", "validation.md", "shap.png")
"""What the folder of a learnt evaluation holds."""
_EXPLAINED_ROWS = 20_000
_DRAWN_ROWS = 2_000
_STRANGE_LABELS = 0.1
"""Share of labels from which a coding is wrong, and not a few rows of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a sector evaluation is learnt from: paths, or pandas, Polars or Arrow tables."""

    subjects: Source
    records: Source
    labels: Source
    labels_until: date
    """Day up to which outcomes were collected: a window that ends later cannot be judged, a later label is a fault."""
    coverage: Source | None = None
    segments: Source | None = None
    """`subject_id` and columns of text to compare by, such as size and ownership; they are no features."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """A learnt sector evaluation with everything it rests on."""

    card: Scorecard
    """In the policy language: `credit-scoring score --policy` takes it."""
    model_text: str | None
    """Of gradient models: the file beside the scorecard."""
    fitted: Fitted
    cohort: Cohort
    validation: Validation
    papers: paper.Papers


def train(
    sector: Path | str,
    *,
    sources: Sources,
    policy: Sequence[Path | str] = (),
    family: Family | None = None,
    in_use: Path | str | None = None,
    trials: int = 0,
    accept: tuple[str, ...] = (),
    draws: int = 500,
    threads: int | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Learn a sector evaluation from outcomes and validate it.

    Args:
        sector: file of a sector's scorecard with a `training` block.
        policy: what the file rests on beside the package's own, such as a catalogue.
        family: `woe`, `additive` or `gradient`; None takes the file's.
        in_use: scorecard in use, to compare with.
        trials: settings to search among; 0 for none.
        accept: findings of leakage that are known and borne, such as `L103:accidents`.
        draws: bootstrap draws of the validation's intervals.
        threads: of the engine and the fit; the result does not depend on them.
        report: called with each step as it begins.

    Raises:
        PolicyError, TableError: the files or tables cannot be used.
        LeakageError: a feature or a label knows what it could not have known; the message names it.
        TrainingError: nothing can be learnt from these rows.
    """
    import tempfile

    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        return _train(
            Path(sector), sources=sources, policy=policy, family=family, in_use=in_use, trials=trials, accept=accept,
            draws=draws, threads=threads, report=report, folder=Path(folder),
        )  # fmt: skip


def train_to_folder(
    sector: Path | str,
    *,
    sources: Sources,
    out: Path,
    policy: Sequence[Path | str] = (),
    family: Family | None = None,
    in_use: Path | str | None = None,
    trials: int = 0,
    accept: tuple[str, ...] = (),
    draws: int = 500,
    threads: int | None = None,
    lang: str = "zh",
    overwrite: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Trained:
    """As `train`, into a folder that appears whole or not at all; also where the validation fails, which it says.

    The folder holds `scorecard.yaml` (and `model.json` of a gradient model), `training.json`, and the validation as a
    page, as numbers and as a summary.

    Raises:
        OutputError: the folder exists (and `overwrite` is not set), or cannot be written.
    """
    with written_whole(out, files=FILES, overwrite=overwrite) as folder:
        trained = _train(
            Path(sector), sources=sources, policy=policy, family=family, in_use=in_use, trials=trials, accept=accept,
            draws=draws, threads=threads, report=report, folder=folder,
        )  # fmt: skip
        report("writing")
        (folder / PAPERS).write_text(trained.papers.model_dump_json(indent=2) + "\n", encoding="utf-8")
        write_validation(
            trained.validation, folder, lang="en" if lang == "en" else "zh", about=_about(trained, sources)
        )
        if isinstance(trained.fitted.estimator, GradientScorecard):
            from credit_scoring.sectors.shap_picture import draw_shap

            rows = trained.cohort.rows("train").slice(0, _DRAWN_ROWS)
            picture = draw_shap(trained.fitted.estimator.model_, rows.select(list(trained.cohort.names)))
            (folder / "shap.png").write_bytes(picture)
    return trained


def _train(
    sector: Path,
    *,
    sources: Sources,
    policy: Sequence[Path | str],
    family: Family | None,
    in_use: Path | str | None,
    trials: int,
    accept: tuple[str, ...],
    draws: int,
    threads: int | None,
    report: Callable[[str], None],
    folder: Path,
) -> Trained:
    loaded = load_policy(sector, *policy)
    card, training = sector_of(loaded, sector)
    cohort = build_cohort(
        loaded, card, subjects=sources.subjects, records=sources.records, labels=sources.labels,
        coverage=sources.coverage, labels_until=sources.labels_until, accept=accept, threads=threads, report=report,
    )  # fmt: skip
    _check_labels(cohort)
    fitted = fit_family(
        cohort, training, family=family or training.family, trials=trials, threads=threads or 1, report=report
    )
    report("writing the scorecard")
    learnt, model_text, explained = _card_of(fitted, cohort, card, loaded)
    written = _written(learnt.card, model_text, policy=policy, folder=folder)
    checked = check_engine(written, cohort, fitted, sources, threads=threads, report=report)
    report("validating")
    evidence = evidence_of(
        cohort,
        fitted,
        card=learnt.card,
        sources=sources,
        base=loaded,
        in_use=in_use,
        policy=policy,
        threads=threads,
        seed=training.seed,
    )
    validation = _validated(evidence, training, draws=draws)
    return Trained(
        card=learnt.card,
        model_text=model_text,
        fitted=fitted,
        cohort=cohort,
        validation=validation,
        papers=_papers(
            loaded,
            card,
            training,
            cohort,
            fitted,
            learnt,
            explained,
            sources,
            checked,
            in_use=evidence.in_use,
        ),
    )


def _check_labels(cohort: Cohort) -> None:
    """A table of labels coded otherwise is not learnt from what is left of it."""
    summary = cohort.summary
    strange = sum(line.rows for line in summary.exclusions if line.reason == "label_not_0_or_1")
    if strange > _STRANGE_LABELS * summary.labels:
        raise TrainingError(
            f"{strange:,} of {summary.labels:,} labels are neither 0 nor 1: code them 1 for bad and 0 for good."
        )


def _about(trained: Trained, sources: Sources) -> About:
    papers = trained.papers
    return About(
        title=trained.card.title,
        scorecard=trained.card.id,
        family=papers.family,
        subject_type=trained.card.subject_type,
        outcome=papers.cohort.outcome,
        window=papers.cohort.window,
        observed_on=tuple(day.observed_on for day in papers.cohort.dates),
        labels_until=sources.labels_until,
        inputs=tuple((i.table, i.name, i.sha256) for i in papers.inputs),
        code_version=papers.version,
    )


def sector_of(policy: Policy, sector: Path) -> tuple[Scorecard, Training]:
    """The one scorecard of a file that has a `training` block.

    Raises:
        TrainingError: there is none, or more than one.
    """
    found = [e.card for e in policy.editions if not e.as_base and e.card.training is not None]
    if len(found) != 1 or found[0].training is None:
        what = "no scorecard" if not found else f"{len(found)} scorecards"
        raise TrainingError(
            f"{sector}: {what} with a `training:` block: name the file of one sector's scorecard."
        )
    return found[0], found[0].training


def _card_of(
    fitted: Fitted, cohort: Cohort, sector: Scorecard, policy: Policy
) -> tuple[LearntCard, str | None, GradientPoints | None]:
    features = feature_card(sector)
    cuts = _cuts(fitted, cohort, sector)
    if not isinstance(fitted.estimator, GradientScorecard):
        table = fitted.estimator.table_
        card = learnt_card(
            table,
            sector=sector,
            features=features,
            catalogue=policy.catalogue,
            family=fitted.family,
            cuts=cuts,
        )
        return card, None, None
    model = fitted.estimator.model_
    text = model.as_text()
    block = ModelFile(
        file=MODEL,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        features=tuple(f.name for f in model.features),
    )
    explained = gradient_points(model, frame_of(cohort.frame("train").slice(0, _EXPLAINED_ROWS)))
    card = gradient_card(
        block,
        base=model.base,
        sector=sector,
        features=features,
        floor=model.floor,
        ceiling=model.total,
        cuts=cuts,
    )
    return card, text, explained


def _cuts(fitted: Fitted, cohort: Cohort, sector: Scorecard) -> dict[str, int] | None:
    shares = {} if sector.training is None else sector.training.grade_shares
    if not shares:
        return None
    rows = cohort.rows("train")
    scores = fitted.estimator.scores(rows.select(list(cohort.names)), bounded=True)
    return cuts_by_shares(scores, rows["weight"].to_numpy(), shares)


def _written(
    card: Scorecard, model_text: str | None, *, policy: Sequence[Path | str], folder: Path
) -> Policy:
    """The learnt scorecard as a file, read back and checked like any other."""
    (folder / SCORECARD).write_text(dump_scorecard(card), encoding="utf-8")
    if model_text is not None:
        (folder / MODEL).write_bytes(model_text.encode("utf-8"))
    return load_policy(folder / SCORECARD, *policy)


def _validated(evidence: Evidence, training: Training, *, draws: int) -> Validation:
    return validate(
        evidence.splits, limits=training.limits, features=evidence.features, monotonicity=evidence.monotonicity,
        grades=evidence.grades, seed=training.seed, draws=draws, in_use=evidence.in_use,
        importance=evidence.importance, public_grades=evidence.public_grades, grades_in_use=evidence.grades_in_use,
    )  # fmt: skip


def _papers(
    policy: Policy,
    sector: Scorecard,
    training: Training,
    cohort: Cohort,
    fitted: Fitted,
    learnt: LearntCard,
    explained: GradientPoints | None,
    sources: Sources,
    checked: paper.EngineCheck,
    *,
    in_use: str | None,
) -> paper.Papers:
    used = [(n, getattr(sources, n)) for n in ("subjects", "records", "labels", "coverage", "segments")]
    bases = [e.card for e in policy.editions if e.card.scorecard == sector.extends]
    block = json.dumps(training.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
    scale = fitted.estimator.scale_
    return paper.Papers(
        version=paper.code_version(),
        libraries=paper.libraries(),
        sector=sector.id,
        scorecard=learnt.card.id,
        family=fitted.family,
        policy_sha256=policy.fingerprint((sector, *bases)),
        scorecard_sha256=hashlib.sha256(dump_scorecard(learnt.card).encode("utf-8")).hexdigest(),
        in_use=in_use,
        training_sha256=hashlib.sha256(block.encode()).hexdigest(),
        inputs=tuple(
            paper.InputFile(table=table, name=name_of(source, table), sha256=sha256_of(source, table))
            for table, source in used
            if source is not None
        ),
        cohort=cohort.summary,
        features=paper.features_used(cohort, fitted),
        features_left_out=paper.features_left_out(fitted),
        overrides_left_out=learnt.overrides_left_out,
        requirements_left_out=learnt.requirements_left_out,
        settings=paper.settings_of(fitted),
        search=paper.search_of(fitted),
        scale=paper.ScaleUsed(offset=scale.offset, factor=scale.factor),
        calibration=asdict(fitted.calibration),
        shap=paper.shap_check(explained),
        engine=checked,
    )
