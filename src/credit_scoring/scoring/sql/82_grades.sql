-- Grades: the first of the list whose limits a score meets; then what the overrides make of it.

CREATE TABLE given AS
WITH reached AS (
    -- Per score, not per subject: the first grade that needs nothing but the score.
    SELECT d.scorecard_no, d.score, min(g.grade_no) AS grade_no
    FROM (SELECT DISTINCT scorecard_no, score FROM to_grade) d
    JOIN grades g ON g.scorecard_no = d.scorecard_no AND NOT g.by_override AND NOT g.conditional AND g.share IS NULL
                 AND (g.low IS NULL OR d.score >= g.low) AND (g.high IS NULL OR d.score < g.high)
    GROUP BY d.scorecard_no, d.score
),
earned AS (
    SELECT t.subject_no, t.stage, min(g.grade_no) AS grade_no
    FROM to_grade t
    JOIN grades g ON g.scorecard_no = t.scorecard_no AND NOT g.by_override AND (g.conditional OR g.share IS NOT NULL)
                 AND (g.low IS NULL OR t.score >= g.low) AND (g.high IS NULL OR t.score < g.high)
    LEFT JOIN (SELECT subject_no, target_no FROM satisfied WHERE target = 'requires') a
           ON a.subject_no = t.subject_no AND a.target_no = g.grade_no
    LEFT JOIN shares_met m ON m.subject_no = t.subject_no AND m.stage = t.stage AND m.grade_no = g.grade_no
    WHERE (NOT g.conditional OR a.subject_no IS NOT NULL) AND (g.share IS NULL OR m.subject_no IS NOT NULL)
    GROUP BY t.subject_no, t.stage
)
SELECT t.subject_no, t.stage, least(r.grade_no, e.grade_no) AS grade_no
FROM to_grade t
LEFT JOIN reached r ON r.scorecard_no = t.scorecard_no AND r.score = t.score
LEFT JOIN earned e ON e.subject_no = t.subject_no AND e.stage = t.stage;

CREATE TABLE final_grades AS
SELECT f.subject_no, r.grade_no AS grade_raw_no,
       CASE
           WHEN f.unrated THEN NULL
           WHEN e.subject_no IS NULL THEN coalesce(n.grade_no, r.grade_no)
           ELSE coalesce(e.grade, greatest(least(st.lower_no, e.grade_at_least), e.grade_at_most))
       END AS grade_no
FROM final_scores f
LEFT JOIN (SELECT subject_no, grade_no FROM given WHERE stage = 'raw') r ON r.subject_no = f.subject_no
LEFT JOIN (SELECT subject_no, grade_no FROM given WHERE stage = 'final') n ON n.subject_no = f.subject_no
LEFT JOIN override_effects e ON e.subject_no = f.subject_no
LEFT JOIN grade_steps st ON st.grade_no = coalesce(n.grade_no, r.grade_no)
                        AND st.steps = least(coalesce(e.grades_down, 0), 20);
