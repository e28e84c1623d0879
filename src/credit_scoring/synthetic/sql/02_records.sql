-- Records: entries drawn from the plan, the same events reported again, and events that two items report.
-- In:  plan, plan_levels, echoes (see planning.py); invented_subjects.
-- Out: invented_records.

CREATE TABLE drawn AS
SELECT p.*, md5_number($seed || ':' || key || ':' || n) AS h
FROM (SELECT *, unnest(range(entries)) AS n FROM plan WHERE size > 0) p;

-- Where in its order an entry falls: denser to the front (x = among * v^1.5), or one by one.
CREATE TABLE placed AS
SELECT *, least(floor(CASE
           WHEN even THEN among * (n + v) / entries
           WHEN among < 1 THEN among * v * sqrt(v)
           ELSE v END * size)::BIGINT, size - 1) AS place
FROM (SELECT *, (h & 4294967295::UHUGEINT)::DOUBLE / 4294967296 AS v FROM drawn);

CREATE TABLE dated AS
SELECT p.plan_no, p.h, p.item, p.source, p.bad, p.has_event, p.twice, p.low, p.high, p.expires_months, s.subject_id,
       least(greatest(CAST($on - CAST(draw(h, 2) * p.days AS INTEGER) AS DATE), s.established_on),
             coalesce(s.closed_on, $on)) AS occurred_on
FROM placed p
JOIN invented_subjects s ON s.subject_type = p.subject_type
     AND s.no = CASE WHEN p.merit THEN (p.place + 1) * p.merit_step % p.size ELSE p.place END;

CREATE TABLE first_reports AS
SELECT 'r' || lower(to_hex((h >> 64::UHUGEINT)::UBIGINT)) AS record_id, d.subject_id, d.item, d.occurred_on,
       -- Nine in ten arrive within a month, the rest within a year: some only after the date of the register.
       CAST(d.occurred_on + CAST(CASE WHEN draw(h, 3) < 0.9 THEN draw(h, 3) * 33 ELSE 30 + (draw(h, 3) - 0.9) * 3350 END
            AS INTEGER) AS DATE) AS recorded_on,
       -- Most values are small (the fourth power of an even draw).
       round(d.low + (d.high - d.low) * draw(h, 5) * draw(h, 5) * draw(h, 5) * draw(h, 5), 2)::DECIMAL(18, 4) AS value,
       l.level,
       CASE WHEN has_event AND draw(h, 6) < 0.9 THEN 'e' || lower(to_hex((h >> 32::UHUGEINT) & 18446744073709551615::UHUGEINT)) END
           AS event_id,
       CASE WHEN expires_months IS NOT NULL AND draw(h, 7) >= 0.6
            THEN CAST(d.occurred_on + to_months(expires_months::INTEGER) AS DATE) END AS expires_on,
       -- One bad entry in eight is repaired within a year or so; one in a hundred was wrong and is withdrawn.
       CASE WHEN bad AND draw(h, 7) < 0.125 AND d.occurred_on + 20 + CAST(draw(h, 3) * 400 AS INTEGER) <= $on
            THEN CAST(d.occurred_on + 20 + CAST(draw(h, 3) * 400 AS INTEGER) AS DATE) END AS repaired_on,
       CASE WHEN bad AND draw(h, 7) >= 0.125 AND draw(h, 7) < 0.135 AND d.occurred_on + 45 <= $on
            THEN CAST(d.occurred_on + 45 AS DATE) END AS withdrawn_on,
       -- A few subjects object to an entry; it counts until the objection is upheld.
       CASE WHEN bad AND draw(h, 5) >= 0.98 AND d.occurred_on + 30 <= $on THEN CAST(d.occurred_on + 30 AS DATE) END AS contested_on,
       d.source, d.plan_no, d.twice, draw(h, 5) AS again
FROM dated d
LEFT JOIN plan_levels l ON l.plan_no = d.plan_no AND draw(h, 4) >= l.low AND draw(h, 4) < l.high;

CREATE TABLE invented_records AS
SELECT * EXCLUDE (plan_no, twice, again) FROM first_reports
UNION ALL
-- A second department reports the event a little later.
SELECT 's' || substr(record_id, 2), subject_id, item, occurred_on, CAST(recorded_on + 12 AS DATE), value, level, event_id,
       expires_on, repaired_on, withdrawn_on, NULL, '浙江省公共数据平台'
FROM first_reports WHERE event_id IS NOT NULL AND again < twice
UNION ALL
SELECT e.sign || substr(r.record_id, 2), r.subject_id, e.item, r.occurred_on, CAST(r.recorded_on + 3 AS DATE), r.value,
       CASE WHEN list_contains(e.levels, r.level) THEN r.level ELSE e.levels[1] END, r.event_id, r.expires_on, r.repaired_on,
       r.withdrawn_on, NULL, e.source
FROM first_reports r JOIN echoes e USING (plan_no)
WHERE r.event_id IS NOT NULL AND (again * 29) % 1 < e.share;
