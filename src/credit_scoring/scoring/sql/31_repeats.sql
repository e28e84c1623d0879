-- The same item again within its span: a report's points are multiplied where another event of the item, any counting
-- report of it, happened strictly earlier. All factors are rounded together, once.

UPDATE reports SET points = event_points(reports.fixed, reports.value, reports.per, reports.units, reports.decay,
                                         reports.repair, a.repeat_factor)
FROM (
    SELECT DISTINCT r.record_no, r.measure_no, m.repeat_factor
    FROM reports r
    JOIN measures m ON m.measure_no = r.measure_no AND m.repeat_months IS NOT NULL
    JOIN (SELECT DISTINCT kind_no, item FROM kinds) k ON k.kind_no = r.kind_no
    JOIN (SELECT x.*, y.item FROM reports x JOIN (SELECT DISTINCT kind_no, item FROM kinds) y USING (kind_no)) earlier
      ON earlier.subject_no = r.subject_no AND earlier.measure_no = r.measure_no AND earlier.item = k.item
    WHERE earlier.occurred_on < r.occurred_on
      AND earlier.occurred_on >= CAST(r.occurred_on - to_months(m.repeat_months::INTEGER) AS DATE)
      AND CASE m.one_event
          WHEN 'record' THEN true
          WHEN 'month' THEN strftime(earlier.occurred_on, '%Y-%m') <> strftime(r.occurred_on, '%Y-%m')
          ELSE earlier.event_id IS NULL OR r.event_id IS NULL OR earlier.event_id <> r.event_id END
) a
WHERE a.record_no = reports.record_no AND a.measure_no = reports.measure_no;
