# %% [markdown]
# # A sector evaluation from Python
#
# Firms of a sector, their records over the years, and what happened to them afterwards. All of it is invented, from a truth
# that is stated in the code of the package, so that one can see whether it is found again.

# %%
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import pyarrow.parquet as pq

from credit_scoring import Sources, explain, load_policy, score, train
from credit_scoring.synthetic.sectors import invent_sector

sector = "configs/sectors/sector-environment.yaml"
policy = load_policy(sector)
folder = Path(mkdtemp())
made = invent_sector(folder, policy, "sector-environment", subjects=2_000)
made.label_count

# %% [markdown]
# ## The weighted scorecard
#
# It extends the public one: the public score is an indicator of its own, and the run of the public scorecard is kept.

# %%
run = score(policy, subjects=made.subjects, records=made.records, on=date(2025, 12, 31))
run.scores.select(["subject_id", "score", "grade"]).slice(0, 5).to_pandas()

# %%
run.public.scores.select(["subject_id", "score", "grade"]).slice(0, 5).to_pandas()

# %% [markdown]
# ## Learnt from outcomes
#
# The cohort is built as of each observation date; every row that is left out has a reason.

# %%
learnt = train(
    sector,
    sources=Sources(
        subjects=made.subjects, records=made.records, labels=made.labels, labels_until=date(2026, 1, 31)
    ),
    family="additive",
    draws=0,
)
[(line.reason, line.rows) for line in learnt.papers.cohort.exclusions][:5]

# %% [markdown]
# The verdict is a list of checks, each with its value and its limit. With so few firms some cannot be met.

# %%
[(check.name, check.split, check.found.value, check.outcome) for check in learnt.validation.checks][:6]

# %% [markdown]
# The scorecard is the policy language again: bins and points.

# %%
place = next(p for p in learnt.card.places() if p.rule.curve != "identity")
place.indicator, place.rule.curve

# %% [markdown]
# ## Why a firm has its score

# %%
worst = run.scores.sort_by("score")["subject_id"][0].as_py()
found = explain(run, worst)
found.score, found.reasons, pq.read_table(made.records).num_rows
