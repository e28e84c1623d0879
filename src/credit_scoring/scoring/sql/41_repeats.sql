-- The same item again within its span: the event's points are multiplied (rounded once, all factors together).

CREATE TABLE repeated AS
SELECT e.record_no, e.measure_no, m.repeat_factor
FROM (
    SELECT record_no, measure_no, occurred_on,
           max(occurred_on) OVER (
               PARTITION BY subject_no, measure_no, item
               ORDER BY date_diff('day', DATE '1970-01-01', occurred_on)
               RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
    FROM events
    JOIN (SELECT DISTINCT kind_no, item FROM kinds) USING (kind_no)
    WHERE measure_no IN (SELECT measure_no FROM measures WHERE repeat_months IS NOT NULL)
) e JOIN measures m USING (measure_no)
WHERE e.earlier >= CAST(e.occurred_on - to_months(m.repeat_months::INTEGER) AS DATE);

UPDATE reports SET points = event_points(reports.fixed, reports.value, reports.per, reports.units, reports.decay,
                                         reports.repair, r.repeat_factor)
FROM repeated r WHERE r.record_no = reports.record_no AND r.measure_no = reports.measure_no;
