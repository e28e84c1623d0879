-- Indicators that do not apply, whatever the records.

CREATE TABLE not_applicable AS
SELECT s.subject_no, i.indicator_no, i.otherwise, i.otherwise_out
FROM subjects s
JOIN indicators i USING (scorecard_no)
LEFT JOIN satisfied a ON a.target = 'applies' AND a.target_no = i.indicator_no AND a.subject_no = s.subject_no
WHERE i.otherwise IS NOT NULL AND a.subject_no IS NULL;

DELETE FROM indicator_states WHERE (subject_no, indicator_no) IN (SELECT subject_no, indicator_no FROM not_applicable);

INSERT INTO indicator_states
SELECT subject_no, indicator_no, 'not_applicable', NULL, NULL, otherwise, otherwise_out, false FROM not_applicable;
