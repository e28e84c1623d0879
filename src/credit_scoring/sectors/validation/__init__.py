"""Validation that decides: what a learnt evaluation is worth on rows it was not fitted to, and whether it may be used.

It looks at arrays and small tables only, so any estimator, and any other model, can be validated::

    proof = prove_monotone(scores, frame, features, seed=0)
    found = validate(splits, limits=limits, features=features, monotonicity=proof, grades=cuts, seed=0, draws=1000)
    write_validation(found, folder, lang="zh", about=about)
"""

from credit_scoring.sectors.validation.importance import importance_of_points, importance_of_table
from credit_scoring.sectors.validation.inputs import GradeCuts, Scored
from credit_scoring.sectors.validation.monotonicity import cuts_of, prove_monotone
from credit_scoring.sectors.validation.report import write_validation
from credit_scoring.sectors.validation.results import About, Rules, Validation
from credit_scoring.sectors.validation.validating import validate

__all__ = [
    "About",
    "GradeCuts",
    "Rules",
    "Scored",
    "Validation",
    "cuts_of",
    "importance_of_points",
    "importance_of_table",
    "prove_monotone",
    "validate",
    "write_validation",
]
