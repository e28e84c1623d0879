-- Tests on points: of an indicator, a dimension, the score before overrides.

INSERT INTO test_hits
SELECT subject_no, test_no
FROM (
    SELECT s.subject_no, t.test_no, t.low, t.low_open, t.high, t.high_open, coalesce(x.points, i.no_record) AS points
    FROM tests t
    JOIN indicators i ON t.source = 'indicator' AND i.indicator_no = t.ref_no
    JOIN subjects s ON s.scorecard_no = t.scorecard_no
    LEFT JOIN indicator_states x ON x.subject_no = s.subject_no AND x.indicator_no = i.indicator_no
    UNION ALL
    SELECT s.subject_no, t.test_no, t.low, t.low_open, t.high, t.high_open, b.base + coalesce(d.delta, 0)
    FROM tests t
    JOIN dimension_bases b ON t.source = 'dimension' AND b.dimension_no = t.ref_no
    JOIN subjects s ON s.scorecard_no = t.scorecard_no
    LEFT JOIN dimension_deltas d ON d.subject_no = s.subject_no AND d.dimension_no = b.dimension_no
    UNION ALL
    SELECT r.subject_no, t.test_no, t.low, t.low_open, t.high, t.high_open, r.score
    FROM tests t JOIN raw_scores r ON t.source = 'score' AND r.scorecard_no = t.scorecard_no
)
WHERE (low IS NULL OR points * 1000 > low OR (points * 1000 = low AND NOT low_open))
  AND (high IS NULL OR points * 1000 < high OR (points * 1000 = high AND NOT high_open));
