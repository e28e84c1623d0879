-- Where a condition holds: every positive literal hit, no negated one. One row per subject and target.

CREATE OR REPLACE TABLE satisfied AS
WITH candidates AS (
    SELECT h.subject_no, c.clause_no
    FROM test_hits h
    JOIN literals l ON l.test_no = h.test_no AND NOT l.negated
    JOIN clauses c ON c.clause_no = l.clause_no
    WHERE c.late = $late
    GROUP BY h.subject_no, c.clause_no, c.positive
    HAVING count(*) = c.positive
    UNION ALL
    SELECT s.subject_no, c.clause_no
    FROM subjects s JOIN clauses c USING (scorecard_no)
    WHERE c.late = $late AND c.positive = 0
)
SELECT DISTINCT d.subject_no, c.target, c.target_no
FROM candidates d
JOIN clauses c USING (clause_no)
WHERE NOT EXISTS (
    SELECT 1 FROM literals l JOIN test_hits h ON h.test_no = l.test_no
    WHERE l.negated AND l.clause_no = d.clause_no AND h.subject_no = d.subject_no);
