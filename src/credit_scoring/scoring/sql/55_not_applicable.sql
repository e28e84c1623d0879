-- Indicators that do not apply, whatever the records.

INSERT INTO not_applicable
SELECT s.subject_no, i.indicator_no, i.otherwise, i.otherwise_out
FROM subjects s
JOIN indicators i USING (scorecard_no)
LEFT JOIN satisfied a ON a.target = 'applies' AND a.target_no = i.indicator_no AND a.subject_no = s.subject_no
WHERE i.otherwise IS NOT NULL AND a.subject_no IS NULL;
