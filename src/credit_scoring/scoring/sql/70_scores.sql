-- The score before overrides, and how much of it rests on sources that have delivered.

CREATE TABLE start_points AS
SELECT a.subject_no, arg_min(p.points, p.ordinal) AS points
FROM satisfied a JOIN starts p ON a.target = 'start' AND p.target_no = a.target_no
GROUP BY a.subject_no;

CREATE TABLE raw_scores AS
SELECT s.subject_no, s.scorecard_no, s.subject_id, s.region_code,
       coalesce(p.points, c.start) AS start,
       bounded(coalesce(p.points, c.start) + b.base + coalesce(d.delta, 0), c.floor, c.total)::BIGINT AS score,
       coalesce(d.unrated, false) AS unrated,
       CASE WHEN $coverage_given THEN
           CASE WHEN w.weight > 0 THEN round_div((w.weight - coalesce(m.weight, 0) + coalesce(d.seen_weight, 0)) * 1000, w.weight)
                ELSE 1000 END
       END AS completeness
FROM subjects s
JOIN scorecards c USING (scorecard_no)
JOIN (SELECT scorecard_no, sum(base)::BIGINT AS base FROM dimension_bases GROUP BY scorecard_no) b USING (scorecard_no)
JOIN (SELECT scorecard_no, sum(weight)::BIGINT AS weight FROM indicators GROUP BY scorecard_no) w USING (scorecard_no)
LEFT JOIN (
    SELECT u.region_code, i.scorecard_no, sum(i.weight)::BIGINT AS weight
    FROM uncovered u JOIN indicators i USING (indicator_no) GROUP BY ALL
) m ON m.scorecard_no = s.scorecard_no AND m.region_code = coalesce(s.region_code, '')
LEFT JOIN (
    SELECT subject_no, sum(delta)::BIGINT AS delta, bool_or(unrated) AS unrated, sum(seen_weight)::BIGINT AS seen_weight
    FROM (
        SELECT subject_no, delta, false AS unrated, 0 AS seen_weight FROM dimension_deltas
        UNION ALL
        SELECT subject_no, 0, true, 0 FROM indicator_states WHERE unrated
        UNION ALL
        SELECT t.subject_no, 0, false, i.weight
        FROM indicator_states t
        JOIN indicators i USING (indicator_no)
        JOIN subjects x ON x.subject_no = t.subject_no
        JOIN uncovered u ON u.indicator_no = t.indicator_no AND u.region_code = coalesce(x.region_code, '')
        WHERE t.state IN ('observed', 'not_applicable')
    )
    GROUP BY subject_no
) d ON d.subject_no = s.subject_no
LEFT JOIN start_points p ON p.subject_no = s.subject_no;
