-- Ratios: a numerator without record is zero where it counts or sums; an empty denominator is what the policy says.

INSERT INTO measure_values
SELECT subject_no, measure_no,
       CASE WHEN denominator = 0 OR denominator IS NULL THEN empty
            ELSE round_div(numerator * 1000000, denominator) END AS value,
       NULL
FROM (
    SELECT s.subject_no, q.measure_no, q.empty,
           coalesce(n.value, CASE WHEN q.numerator_zero THEN 0 END)
               * CASE WHEN d.value < 0 THEN -1 ELSE 1 END AS numerator,
           abs(d.value) AS denominator
    FROM ratios q
    JOIN subjects s USING (scorecard_no)
    LEFT JOIN measure_values n ON n.subject_no = s.subject_no AND n.measure_no = q.numerator_no
    LEFT JOIN measure_values d ON d.subject_no = s.subject_no AND d.measure_no = q.denominator_no
)
WHERE CASE WHEN denominator = 0 OR denominator IS NULL THEN empty IS NOT NULL ELSE numerator IS NOT NULL END;
