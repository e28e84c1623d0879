-- What the optional steps fill; empty where a policy does not use them.

CREATE TABLE not_applicable (subject_no BIGINT, indicator_no BIGINT, otherwise BIGINT, otherwise_out BOOLEAN);
CREATE TABLE shared (record_no BIGINT, measure_no BIGINT, event_group_no BIGINT, elsewhere BOOLEAN);
CREATE TABLE shared_outcomes (
    subject_no BIGINT, indicator_no BIGINT, value HUGEINT, nothing_counts BOOLEAN, points BIGINT, charged BOOLEAN);
CREATE TABLE rescaled (
    subject_no BIGINT, indicator_no BIGINT, state VARCHAR, value HUGEINT, level VARCHAR, points BIGINT, out BOOLEAN,
    unrated BOOLEAN, most BIGINT);
CREATE TABLE shares_met (subject_no BIGINT, stage VARCHAR, grade_no BIGINT);
