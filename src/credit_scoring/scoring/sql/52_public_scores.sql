-- The score, or the points of a dimension, by the public scorecard that a sector's scorecard extends.

INSERT INTO measure_values
SELECT s.subject_no, m.measure_no, p.points::HUGEINT * 1000, NULL
FROM public_measures m
JOIN subjects s USING (scorecard_no)
JOIN public_points p ON p.subject_id = s.subject_id AND p.dimension IS NOT DISTINCT FROM m.dimension
WHERE NOT p.unrated;
