-- Reports: every counting record joined with every measure that reads it, with the points it would have alone.

CREATE TABLE counted AS
SELECT r.record_no, r.subject_no, k.measure_no, r.kind_no, r.occurred_on, r.recorded_on, r.value, r.weight, r.level,
       r.event_id, r.record_id, k.points, k.per, k.units,
       CASE k.one_event
           WHEN 'event_id' THEN r.event_id
           WHEN 'month' THEN strftime(r.occurred_on, '%Y-%m')
       END AS event_key,
       CASE WHEN r.state = 'repaired' AND k.repaired = 'factors' THEN date_diff('day', r.occurred_on, r.repaired_on) END
           AS repair_days
FROM record_states r
JOIN rules k ON k.scorecard_no = r.scorecard_no AND k.kind_no = r.kind_no
WHERE r.state IN ('counts', 'repaired')
  AND (k.after IS NULL OR r.occurred_on > k.after OR (k.own_term AND r.expires_on IS NOT NULL))
  AND r.occurred_on <= k.upto
  AND CASE k.repaired WHEN 'excluded' THEN r.state = 'counts' WHEN 'only' THEN r.state = 'repaired' ELSE true END
  AND (k.value_from IS NULL OR r.value >= k.value_from)
  AND (k.value_below IS NULL OR r.value < k.value_below);

CREATE TABLE repair_of AS
SELECT c.record_no, c.measure_no, arg_min(f.factor, f.ordinal) AS factor
FROM counted c JOIN repair_factors f ON f.measure_no = c.measure_no
WHERE c.repair_days IS NOT NULL
  AND (f.days_at_most IS NULL OR c.repair_days <= f.days_at_most)
  AND (f.value_at_most IS NULL OR c.value <= f.value_at_most)
GROUP BY c.record_no, c.measure_no;

-- `units` carries the points before factors in millionths of a thousandth, so that rounding happens once.
CREATE TABLE reports AS
SELECT c.record_no, c.subject_no, c.measure_no, c.kind_no, c.occurred_on, c.recorded_on, c.value, c.weight, c.level,
       c.event_id, c.record_id, c.event_key, c.points AS fixed, c.per, c.units,
       coalesce(d.factor, 1000000) AS decay, coalesce(p.factor, 1000000) AS repair,
       CASE
           WHEN c.points IS NULL THEN NULL
           WHEN c.per IS NULL AND d.factor IS NULL AND p.factor IS NULL THEN c.points
           ELSE event_points(c.points, c.value, c.per, c.units, coalesce(d.factor, 1000000), coalesce(p.factor, 1000000), 1000000)
       END AS points
FROM counted c
LEFT JOIN decays d ON d.measure_no = c.measure_no AND c.occurred_on > d.after AND c.occurred_on <= d.upto
LEFT JOIN repair_of p ON p.record_no = c.record_no AND p.measure_no = c.measure_no;

DROP TABLE counted;
