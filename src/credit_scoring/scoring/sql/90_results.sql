-- The result tables. Points leave as decimals with three places: exactly the integers, nothing rounded.

CREATE VIEW result_points AS
SELECT s.subject_id, c.scorecard, i.indicator, t.state,
       (t.value * 0.000001::DECIMAL(7, 6))::DECIMAL(24, 6) AS measure, t.level,
       (t.points * 0.001)::DECIMAL(12, 3) AS points, ((i.points - t.points) * 0.001)::DECIMAL(12, 3) AS lost
FROM indicator_states t
JOIN indicators i USING (indicator_no)
JOIN scorecards c USING (scorecard_no)
JOIN subjects s USING (subject_no)
WHERE t.points <> i.no_record OR t.state NOT IN ('observed', 'no_record') OR t.out;

-- Each record behind an indicator or an override, with what is needed to name it to the party scored.
CREATE VIEW result_evidence AS
WITH used AS (
    SELECT r.record_no, i.indicator, NULL::VARCHAR AS "override",
           (coalesce(e.points, CASE WHEN r.points IS NOT NULL THEN 0 END) * 0.001)::DECIMAL(12, 3) AS points,
           CASE
               WHEN e.record_no IS NULL THEN 'same_event'
               WHEN h.elsewhere THEN 'counted_elsewhere'
               ELSE 'counted'
           END AS treatment
    FROM reports r
    JOIN readings g ON g.measure_no = r.measure_no
    JOIN indicators i ON i.indicator_no = g.indicator_no
    LEFT JOIN events e ON e.record_no = r.record_no AND e.measure_no = r.measure_no
    LEFT JOIN shared h ON h.record_no = r.record_no AND h.measure_no = r.measure_no
    UNION ALL
    SELECT DISTINCT r.record_no, NULL, o.override_id, NULL::DECIMAL(12, 3), 'counted'
    FROM reports r
    JOIN readings g ON g.measure_no = r.measure_no
    JOIN overrides o ON o.override_no = g.override_no
    JOIN satisfied a ON a.target = 'override' AND a.target_no = o.override_no AND a.subject_no = r.subject_no
)
SELECT s.subject_id, x.record_id, u.indicator, u."override", x.event_id AS event, u.points, u.treatment,
       k.item, x.level, x.occurred_on, (x.value * 0.0001)::DECIMAL(18, 4) AS value, x.source
FROM used u
JOIN record_states x USING (record_no)
JOIN subjects s ON s.subject_no = x.subject_no
JOIN (SELECT DISTINCT kind_no, item FROM kinds) k USING (kind_no);

CREATE VIEW result_not_collected AS
SELECT c.scorecard, u.region_code, i.indicator
FROM uncovered u JOIN indicators i USING (indicator_no) JOIN scorecards c USING (scorecard_no);
