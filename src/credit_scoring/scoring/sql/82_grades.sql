-- Grades: the first of the list whose limits a score meets; then what the overrides make of it.

CREATE TABLE given AS
SELECT t.subject_no, t.stage, min(g.grade_no) AS grade_no
FROM to_grade t
JOIN grades g ON g.scorecard_no = t.scorecard_no AND NOT g.by_override
             AND (g.low IS NULL OR t.score >= g.low) AND (g.high IS NULL OR t.score < g.high)
LEFT JOIN (SELECT subject_no, target_no FROM satisfied WHERE target = 'requires') a
       ON a.subject_no = t.subject_no AND a.target_no = g.grade_no
LEFT JOIN shares_met m ON m.subject_no = t.subject_no AND m.stage = t.stage AND m.grade_no = g.grade_no
WHERE (NOT g.conditional OR a.subject_no IS NOT NULL) AND (g.share IS NULL OR m.subject_no IS NOT NULL)
GROUP BY t.subject_no, t.stage;

CREATE TABLE final_grades AS
SELECT f.subject_no, r.grade_no AS grade_raw_no,
       CASE
           WHEN f.unrated THEN NULL
           WHEN e.subject_no IS NULL THEN coalesce(n.grade_no, r.grade_no)
           ELSE coalesce(e.grade, greatest(least(st.lower_no, e.grade_at_least), e.grade_at_most))
       END AS grade_no
FROM final_scores f
LEFT JOIN given r ON r.subject_no = f.subject_no AND r.stage = 'raw'
LEFT JOIN given n ON n.subject_no = f.subject_no AND n.stage = 'final'
LEFT JOIN override_effects e ON e.subject_no = f.subject_no
LEFT JOIN grade_steps st ON st.grade_no = coalesce(n.grade_no, r.grade_no)
                        AND st.steps = least(coalesce(e.grades_down, 0), 20);
