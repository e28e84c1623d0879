-- Grades: the first of the list whose limits a score meets; then what the overrides make of it.

-- Per score, not per subject: the first grade that needs nothing but the score.
CREATE TABLE reached AS
SELECT d.scorecard_no, d.score, min(g.grade_no) AS grade_no
FROM (SELECT DISTINCT scorecard_no, score FROM to_grade) d
JOIN grades g ON g.scorecard_no = d.scorecard_no AND NOT g.by_override AND NOT g.conditional AND g.share IS NULL
             AND (g.low IS NULL OR d.score >= g.low) AND (g.high IS NULL OR d.score < g.high)
GROUP BY d.scorecard_no, d.score;

-- Per subject: the best grade that needs more than the score.
CREATE TABLE earned AS
SELECT t.subject_no, t.stage, min(g.grade_no) AS grade_no
FROM to_grade t
JOIN grades g ON g.scorecard_no = t.scorecard_no AND NOT g.by_override AND (g.conditional OR g.share IS NOT NULL)
             AND (g.low IS NULL OR t.score >= g.low) AND (g.high IS NULL OR t.score < g.high)
LEFT JOIN (SELECT subject_no, target_no FROM satisfied WHERE target = 'requires') a
       ON a.subject_no = t.subject_no AND a.target_no = g.grade_no
LEFT JOIN shares_met m ON m.subject_no = t.subject_no AND m.stage = t.stage AND m.grade_no = g.grade_no
WHERE (NOT g.conditional OR a.subject_no IS NOT NULL) AND (g.share IS NULL OR m.subject_no IS NOT NULL)
GROUP BY t.subject_no, t.stage;

CREATE VIEW given AS
SELECT t.subject_no, t.stage, least(r.grade_no, e.grade_no) AS grade_no
FROM to_grade t
LEFT JOIN reached r ON r.scorecard_no = t.scorecard_no AND r.score = t.score
LEFT JOIN earned e ON e.subject_no = t.subject_no AND e.stage = t.stage;

-- What overrides make of a grade, where there are any.
CREATE TABLE overridden AS
SELECT f.subject_no,
       CASE WHEN f.unrated THEN NULL
            ELSE coalesce(e.grade, greatest(least(st.lower_no, e.grade_at_least), e.grade_at_most)) END AS grade_no
FROM override_effects e
JOIN final_scores f USING (subject_no)
LEFT JOIN (SELECT subject_no, grade_no FROM given WHERE stage = 'raw') r ON r.subject_no = f.subject_no
LEFT JOIN (SELECT subject_no, grade_no FROM given WHERE stage = 'final') n ON n.subject_no = f.subject_no
LEFT JOIN grade_steps st ON st.grade_no = coalesce(n.grade_no, r.grade_no)
                        AND st.steps = least(e.grades_down, 20);

CREATE VIEW final_grades AS
SELECT r.subject_no, g.grade_no AS grade_raw_no,
       CASE WHEN o.subject_no IS NOT NULL THEN o.grade_no ELSE coalesce(n.grade_no, g.grade_no) END AS grade_no
FROM raw_scores r
LEFT JOIN (SELECT subject_no, grade_no FROM given WHERE stage = 'raw') g ON g.subject_no = r.subject_no
LEFT JOIN (SELECT subject_no, grade_no FROM given WHERE stage = 'final') n ON n.subject_no = r.subject_no
LEFT JOIN overridden o ON o.subject_no = r.subject_no;
