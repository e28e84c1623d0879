-- Faults of the kinds departments deliver: about one record in five hundred and one subject in two thousand.
-- Every one of them must come back in the `rejected` table of a run.

INSERT INTO invented_subjects
SELECT subject_type, no, CASE WHEN no % 8009 < 4002 THEN subject_id ELSE 'Y' || substr(subject_id, 2) END,
       CASE WHEN no % 8009 = 4002 THEN left(region_code, 4) ELSE region_code END, industry_code,
       CASE WHEN no % 8009 = 4001 THEN established_on + 1 WHEN no % 8009 = 4003 THEN $on + 30 ELSE established_on END, closed_on
FROM invented_subjects WHERE no % 8009 BETWEEN 4000 AND 4003 AND subject_type <> 'natural_person';

CREATE TABLE faulty AS
SELECT *, (md5_number(record_id) & 4095::UHUGEINT)::INTEGER AS fault FROM invented_records;

-- The same record delivered twice, unchanged and changed.
INSERT INTO invented_records
SELECT * EXCLUDE (fault) FROM faulty WHERE fault = 0
UNION ALL
SELECT * EXCLUDE (fault) REPLACE (CAST(recorded_on + 1 AS DATE) AS recorded_on) FROM faulty WHERE fault = 1
UNION ALL
-- Copies under an id of their own, each spoilt in one column.
SELECT * EXCLUDE (fault) REPLACE (
    'f' || substr(record_id, 2) || record_id[1] AS record_id,
    CASE fault WHEN 2 THEN NULL WHEN 3 THEN '91330000000000000X' ELSE subject_id END AS subject_id,
    -- What is not in the catalogue may not enter anyone's credit record.
    CASE fault WHEN 4 THEN 'social.complaints_heard' ELSE item END AS item,
    CASE fault WHEN 5 THEN CAST(recorded_on + 200 AS DATE) ELSE occurred_on END AS occurred_on,
    CASE fault WHEN 6 THEN 'grave' ELSE level END AS level,
    CASE fault WHEN 7 THEN CAST(occurred_on - 10 AS DATE) ELSE repaired_on END AS repaired_on)
FROM faulty WHERE fault BETWEEN 2 AND 7;
