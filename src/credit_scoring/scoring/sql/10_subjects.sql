-- Who is scored. Every row of `typed_subjects` becomes a subject or a row of `rejected`.

CREATE TABLE rejected ("table" VARCHAR, record_id VARCHAR, reason VARCHAR, "column" VARCHAR, value VARCHAR);

CREATE TABLE checked_subjects AS
SELECT t.subject_id, t.subject_type, t.region_code, t.industry_code, t.established_on, t.closed_on, c.scorecard_no,
       CASE
           WHEN t.subject_id IS NULL THEN 'subject_id_missing'
           WHEN t.subject_type IS NULL THEN 'subject_type_missing'
           WHEN t.subject_type NOT IN ('enterprise', 'natural_person', 'social_organisation', 'public_institution',
                                       'government_agency') THEN 'subject_type_unknown'
           WHEN t.subject_type = 'natural_person' AND length(t.subject_id) = 18 AND looks_like_identity_number(t.subject_id)
               THEN 'identity_number_in_clear'
           WHEN t.region_code IS NOT NULL
                AND (length(t.region_code) <> 6 OR translate(t.region_code, '0123456789', '') <> '')
               THEN 'region_code_malformed'
           WHEN t.established_on_unreadable IS NOT NULL THEN 'established_on_unreadable'
           WHEN t.closed_on_unreadable IS NOT NULL THEN 'closed_on_unreadable'
           WHEN t.closed_on < t.established_on THEN 'closed_before_established'
           WHEN t.established_on > $on THEN 'not_yet_established'
           WHEN c.scorecard_no IS NULL THEN 'no_scorecard'
       END AS reason,
       coalesce(t.established_on_unreadable, t.closed_on_unreadable) AS unreadable
FROM typed_subjects t
LEFT JOIN scorecards c ON c.subject_type = t.subject_type;

-- Equal rows are one subject said twice; rows that differ under one identifier are nobody we could name.
UPDATE checked_subjects SET reason = d.reason
FROM (
    SELECT row_no, CASE WHEN conflict THEN 'subject_id_conflict' ELSE 'subject_id_duplicate' END AS reason
    FROM (
        SELECT s.rowid AS row_no, row_number() OVER (PARTITION BY s.subject_id) AS copy,
               count(DISTINCT {'a': s.subject_type, 'b': s.region_code, 'c': s.industry_code, 'd': s.established_on,
                               'e': s.closed_on, 'f': s.unreadable}) OVER (PARTITION BY s.subject_id) > 1 AS conflict
        FROM checked_subjects s
        WHERE s.subject_id IN (SELECT subject_id FROM checked_subjects WHERE subject_id IS NOT NULL
                               GROUP BY subject_id HAVING count(*) > 1)
    )
    WHERE conflict OR copy > 1
) d
WHERE d.row_no = checked_subjects.rowid;

CREATE VIEW subjects AS
SELECT rowid AS subject_no, subject_id, subject_type, region_code, industry_code, established_on, closed_on, scorecard_no
FROM checked_subjects WHERE reason IS NULL;

INSERT INTO rejected
SELECT 'subjects', shown_safely(subject_id), reason,
       CASE
           WHEN reason LIKE 'subject_id%' OR reason = 'identity_number_in_clear' THEN 'subject_id'
           WHEN reason LIKE 'subject_type%' OR reason = 'no_scorecard' THEN 'subject_type'
           WHEN reason LIKE 'region_code%' THEN 'region_code'
           WHEN reason LIKE 'closed%' THEN 'closed_on'
           ELSE 'established_on' END,
       shown_safely(CASE
           WHEN reason LIKE 'subject_id%' OR reason = 'identity_number_in_clear' THEN NULL
           WHEN reason LIKE 'subject_type%' OR reason = 'no_scorecard' THEN subject_type
           WHEN reason LIKE 'region_code%' THEN region_code
           WHEN reason LIKE '%unreadable' THEN unreadable
           WHEN reason LIKE 'closed%' THEN closed_on::VARCHAR
           ELSE established_on::VARCHAR END)
FROM checked_subjects WHERE reason IS NOT NULL;
