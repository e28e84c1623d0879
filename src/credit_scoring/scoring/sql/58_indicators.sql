-- Indicator points: start plus curve, within the indicator's bounds. Sparse: only subjects with something that counts.

CREATE TABLE indicator_states AS
SELECT v.subject_no, i.indicator_no, 'observed' AS state, coalesce(o.value, v.value) AS value, v.level,
       coalesce(o.points, bounded(within_reach(i.start + CASE i.curve
           WHEN 'identity' THEN round_div(v.value, 1000)
           WHEN 'steps' THEN b.points
           WHEN 'linear' THEN CASE n.units
               WHEN 'exact' THEN round_div(n.points::HUGEINT * (v.value - n.origin), n.per::HUGEINT)
               WHEN 'whole' THEN n.points::HUGEINT * sign(v.value - n.origin) * (abs(v.value - n.origin) // n.per)
               ELSE n.points::HUGEINT * sign(v.value - n.origin) * ((abs(v.value - n.origin) + n.per - 1) // n.per) END
           ELSE coalesce(p.points, 0)
       END), i.floor, i.points))::BIGINT AS points,
       false AS out, false AS unrated, i.points AS most
FROM measure_values v
JOIN indicators i USING (measure_no)
LEFT JOIN bins b ON b.indicator_no = i.indicator_no
                AND (b.low IS NULL OR v.value >= b.low) AND (b.high IS NULL OR v.value < b.high)
LEFT JOIN lines n ON n.indicator_no = i.indicator_no
LEFT JOIN level_points p ON p.indicator_no = i.indicator_no AND p.level = v.level
LEFT JOIN shared_outcomes o ON o.subject_no = v.subject_no AND o.indicator_no = i.indicator_no
LEFT JOIN not_applicable a ON a.subject_no = v.subject_no AND a.indicator_no = i.indicator_no
WHERE o.nothing_counts IS DISTINCT FROM true AND a.subject_no IS NULL AND i.curve <> 'model'
UNION ALL
SELECT n.subject_no, n.indicator_no, 'not_applicable', NULL, NULL, n.otherwise, n.otherwise_out, false, i.points
FROM not_applicable n JOIN indicators i USING (indicator_no);
