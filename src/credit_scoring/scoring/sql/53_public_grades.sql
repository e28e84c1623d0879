-- Conditions on the grade by the public scorecard that a sector's scorecard extends.

INSERT INTO test_hits
SELECT DISTINCT s.subject_no, t.test_no
FROM subject_tests t
JOIN subjects s USING (scorecard_no)
LEFT JOIN public_points p ON p.subject_id = s.subject_id AND p.dimension IS NULL
WHERE t.field = 'public_grade'
  AND CASE t.operator WHEN 'missing' THEN p.grade IS NULL WHEN 'starts_with' THEN starts_with(p.grade, t.value)
      ELSE p.grade = t.value END;
