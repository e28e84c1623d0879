-- Direct determinations. All that hold apply; the points underneath are kept.

CREATE TABLE override_effects AS
SELECT a.subject_no,
       list(o.override_id ORDER BY o.override_no) AS overrides,
       CASE WHEN any_value(c.sign) > 0 THEN min(o.points) FILTER (o.effect = 'score')
            ELSE max(o.points) FILTER (o.effect = 'score') END AS score,
       max(o.points) FILTER (o.effect = 'score_at_least') AS score_at_least,
       min(o.points) FILTER (o.effect = 'score_at_most') AS score_at_most,
       coalesce(sum(o.steps) FILTER (o.effect = 'grades_down'), 0)::BIGINT AS grades_down,
       min(o.grade_no) FILTER (o.effect = 'grade_at_least') AS grade_at_least,
       max(o.grade_no) FILTER (o.effect = 'grade_at_most') AS grade_at_most,
       max(o.grade_no) FILTER (o.effect = 'grade') AS grade,
       coalesce(bool_or(o.effect = 'unrated'), false) AS unrated
FROM satisfied a
JOIN overrides o ON a.target = 'override' AND o.override_no = a.target_no
JOIN scorecards c USING (scorecard_no)
GROUP BY a.subject_no;

CREATE VIEW final_scores AS
SELECT r.subject_no, r.scorecard_no, r.subject_id, r.region_code, r.start, r.score AS score_raw, r.unrated OR coalesce(e.unrated, false) AS unrated,
       r.unrated AS unrated_raw, r.completeness,
       CASE WHEN e.subject_no IS NULL THEN r.score
            ELSE least(greatest(coalesce(e.score, r.score), e.score_at_least), e.score_at_most) END AS score
FROM raw_scores r LEFT JOIN override_effects e USING (subject_no);

-- Each score that needs a grade, by stage: before overrides, and after them (where it moved, or ranks may have).
CREATE VIEW to_grade AS
SELECT subject_no, scorecard_no, 'raw' AS stage, score AS score FROM raw_scores WHERE NOT unrated
UNION ALL
SELECT subject_no, scorecard_no, 'final', score FROM final_scores
WHERE NOT unrated AND (score <> score_raw OR (SELECT bool_or(share IS NOT NULL) FROM grades));
