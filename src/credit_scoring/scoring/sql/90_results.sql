-- The result tables. Points leave as decimals with three places: exactly the integers, nothing rounded.

CREATE VIEW result_points AS
SELECT s.subject_id, c.scorecard, i.indicator, t.state,
       (t.value * 0.000001::DECIMAL(7, 6))::DECIMAL(30, 6) AS measure, t.level,
       (t.points * 0.001)::DECIMAL(18, 3) AS points, (t.most * 0.001)::DECIMAL(18, 3) AS most,
       ((t.most - t.points) * 0.001)::DECIMAL(18, 3) AS lost
FROM indicator_states t
JOIN indicators i USING (indicator_no)
JOIN scorecards c USING (scorecard_no)
JOIN subjects s USING (subject_no)
WHERE t.points <> i.no_record OR t.most <> i.points OR t.state NOT IN ('observed', 'no_record') OR t.out;

-- Each record behind an indicator or an override, with what is needed to name it to the party scored.
CREATE VIEW result_evidence AS
SELECT r.subject_id, r.record_id, g.indicator, g."override", r.event_id AS event,
       CASE WHEN g.indicator IS NULL THEN NULL ELSE (CASE WHEN r.kept THEN r.points ELSE r.points * 0 END * 0.001)::DECIMAL(18, 3) END
           AS points,
       CASE WHEN NOT r.kept THEN 'same_event' WHEN h.elsewhere AND sh.charged THEN 'counted_in_part'
            WHEN h.elsewhere THEN 'counted_elsewhere' ELSE 'counted' END AS treatment,
       g.item, r.level, r.occurred_on, (r.value * 0.0001)::DECIMAL(18, 4) AS value, r.source
FROM reports r
JOIN (
    SELECT DISTINCT x.measure_no, x.indicator_no, i.indicator, o.override_id AS "override", o.override_no, k.kind_no, k.item
    FROM readings x
    LEFT JOIN indicators i ON i.indicator_no = x.indicator_no
    LEFT JOIN overrides o ON o.override_no = x.override_no
    JOIN rules u ON u.measure_no = x.measure_no
    JOIN kinds k ON k.kind_no = u.kind_no
) g ON g.measure_no = r.measure_no AND g.kind_no = r.kind_no
LEFT JOIN shared h ON h.record_no = r.record_no AND h.measure_no = r.measure_no
LEFT JOIN shared_outcomes sh ON sh.subject_no = r.subject_no AND sh.indicator_no = g.indicator_no
LEFT JOIN (SELECT subject_no, target_no FROM satisfied WHERE target = 'override') a
       ON a.subject_no = r.subject_no AND a.target_no = g.override_no
WHERE g.indicator IS NOT NULL OR a.subject_no IS NOT NULL;

CREATE VIEW result_not_collected AS
SELECT c.scorecard, u.region_code, i.indicator
FROM uncovered u JOIN indicators i USING (indicator_no) JOIN scorecards c USING (scorecard_no);
