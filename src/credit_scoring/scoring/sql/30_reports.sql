-- Reports: every counting record joined with every measure that reads it, with the points it would have alone.
-- `kept` marks the report that stands for its event; 40_events.sql takes the mark from the others.

CREATE TABLE repair_of AS
SELECT r.record_no, f.measure_no, arg_min(f.factor, f.ordinal) AS factor
FROM record_states r
JOIN (SELECT DISTINCT scorecard_no, kind_no, measure_no FROM rules WHERE repaired = 'factors') k
  ON k.scorecard_no = r.scorecard_no AND k.kind_no = r.kind_no
JOIN repair_factors f ON f.measure_no = k.measure_no
WHERE r.state = 'repaired'
  AND (f.days_at_most IS NULL OR date_diff('day', r.occurred_on, r.repaired_on) <= f.days_at_most)
  AND (f.value_at_most IS NULL OR r.value <= f.value_at_most)
GROUP BY r.record_no, f.measure_no;

CREATE TABLE reports AS
SELECT r.record_no, r.subject_no, k.measure_no, r.kind_no, r.occurred_on, r.recorded_on, r.value, r.weight, r.level,
       r.event_id, r.record_id, r.subject_id, r.source, k.points AS fixed, k.per, k.units,
       coalesce(d.factor, 1000000) AS decay, coalesce(p.factor, 1000000) AS repair,
       CASE
           WHEN k.points IS NULL THEN NULL
           WHEN k.per IS NULL AND d.factor IS NULL AND p.factor IS NULL THEN k.points
           ELSE event_points(k.points, r.value, k.per, k.units, coalesce(d.factor, 1000000), coalesce(p.factor, 1000000), 1000000)
       END::BIGINT AS points,
       true AS kept
FROM record_states r
JOIN rules k ON k.scorecard_no = r.scorecard_no AND k.kind_no = r.kind_no
LEFT JOIN decays d ON d.measure_no = k.measure_no AND r.occurred_on > d.after AND r.occurred_on <= d.upto
LEFT JOIN repair_of p ON p.record_no = r.record_no AND p.measure_no = k.measure_no
WHERE r.state IN ('counts', 'repaired')
  AND (k.after IS NULL OR r.occurred_on > k.after OR (k.own_term AND r.expires_on IS NOT NULL))
  AND r.occurred_on <= k.upto
  AND CASE k.repaired WHEN 'excluded' THEN r.state = 'counts' WHEN 'only' THEN r.state = 'repaired' ELSE true END
  AND (k.value_from IS NULL OR r.value >= k.value_from)
  AND (k.value_below IS NULL OR r.value < k.value_below);
