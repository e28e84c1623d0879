"""White-box public and industry credit evaluation.

The line in six statements::

    from datetime import date
    from credit_scoring import explain, load_policy, score

    policy = load_policy()
    run = score(policy, subjects="subjects.parquet", records="records.parquet", on=date(2025, 12, 31))
    print(run.scores)
    print(explain(run, "91330000MA27XYZ12L").total)

A sector's evaluation is learnt from outcomes (`train`), written in the same policy language, and scored by the same line::

    learnt = train("configs/sectors/sector-building-market.yaml", sources=Sources(subjects=…, …))

What is in force by the ledger of releases is scored by its own policy, refused if anything in it was changed::

    policy = load_release("public-enterprise@in-force", on=date(2025, 12, 31))
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from credit_scoring.policy.loading import Policy, load_policy
    from credit_scoring.releases.opening import load_release
    from credit_scoring.scoring.archive import archive
    from credit_scoring.scoring.explanation import explain
    from credit_scoring.scoring.run import Run, score
    from credit_scoring.sectors.additive import AdditiveScorecard
    from credit_scoring.sectors.gradient import GradientScorecard
    from credit_scoring.sectors.training import Sources, Trained, train
    from credit_scoring.sectors.woe import WoeScorecard

_HOMES = {
    "AdditiveScorecard": "credit_scoring.sectors.additive",
    "GradientScorecard": "credit_scoring.sectors.gradient",
    "Policy": "credit_scoring.policy.loading",
    "Run": "credit_scoring.scoring.run",
    "Sources": "credit_scoring.sectors.training",
    "Trained": "credit_scoring.sectors.training",
    "WoeScorecard": "credit_scoring.sectors.woe",
    "archive": "credit_scoring.scoring.archive",
    "explain": "credit_scoring.scoring.explanation",
    "load_policy": "credit_scoring.policy.loading",
    "load_release": "credit_scoring.releases.opening",
    "score": "credit_scoring.scoring.run",
    "train": "credit_scoring.sectors.training",
}

__all__ = [
    "AdditiveScorecard",
    "GradientScorecard",
    "Policy",
    "Run",
    "Sources",
    "Trained",
    "WoeScorecard",
    "__version__",
    "archive",
    "explain",
    "load_policy",
    "load_release",
    "score",
    "train",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use, so that importing the package stays fast.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'credit_scoring' has no attribute {name!r}")
