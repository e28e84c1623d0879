# %% [markdown]
# # A public scorecard from Python
#
# Three firms, four records, the published enterprise scorecard. Every number below comes from the YAML in `configs/`.

# %%
from datetime import date

import pandas as pd

from credit_scoring import archive, explain, load_policy, score

policy = load_policy()
policy.edition_in_force("public-enterprise", date(2025, 12, 31)).id

# %% [markdown]
# ## The tables
#
# One event, two reports: the penalty with document 2025-17 came from two departments and counts once.

# %%
subjects = pd.DataFrame(
    {
        "subject_id": ["91330100MA27XYZ12L", "91330200MA28ABC34M", "91330300MA29DEF56N"],
        "subject_type": "enterprise",
        "region_code": ["330102", "330203", "330302"],
        "established_on": pd.to_datetime(["2012-05-01", "2018-03-09", "2021-11-30"]),
    }
)
records = pd.DataFrame(
    {
        "record_id": ["a", "b", "c", "d"],
        "subject_id": [
            subjects.subject_id[0],
            subjects.subject_id[0],
            subjects.subject_id[1],
            subjects.subject_id[1],
        ],
        "item": [
            "penalty.ordinary",
            "penalty.ordinary",
            "honour.high_technology",
            "listing.abnormal_operation",
        ],
        "level": ["general", "general", None, None],
        "occurred_on": pd.to_datetime(["2025-03-04", "2025-03-04", "2025-06-30", "2025-08-01"]),
        "recorded_on": pd.to_datetime(["2025-03-10", "2025-04-02", "2025-07-15", "2025-08-03"]),
        "event_id": ["2025-17", "2025-17", None, None],
        "source": ["市场监管局", "综合执法局", "科技厅", "市场监管局"],
    }
)

# %% [markdown]
# ## The scores

# %%
run = score(policy, subjects=subjects, records=records, on=date(2025, 12, 31))
run.scores[["subject_id", "score", "grade", "reasons"]]

# %% [markdown]
# ## Why
#
# Every indicator that lost points, with the records behind it.

# %%
explanation = explain(run, subjects.subject_id[0])
for dimension in explanation.dimensions:
    for group in dimension.groups:
        for line in group.indicators:
            if line.records:
                print(
                    line.title.zh,
                    line.points,
                    "/",
                    line.most,
                    [(r.record_id, str(r.points), r.treatment) for r in line.records],
                )

# %% [markdown]
# ## What the platform knew before
#
# The same date, known a month earlier: the same scores as were computed then.

# %%
then = score(policy, subjects=subjects, records=records, on=date(2025, 12, 31), known_by=date(2025, 7, 31))
then.scores[["subject_id", "score", "grade"]]

# %% [markdown]
# ## The archive
#
# Every entry with its state on the date.

# %%
for entry in archive(
    policy, subjects.subject_id[1], subjects=subjects, records=records, on=date(2025, 12, 31)
).entries:
    print(entry.occurred_on, entry.title.zh, entry.state, entry.indicators)
