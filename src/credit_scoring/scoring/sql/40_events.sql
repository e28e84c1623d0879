-- Events: of several reports of one event the measure keeps one (`same_event`), unless it sums them.

UPDATE reports SET kept = false
FROM (
    SELECT record_no, measure_no
    FROM (
        SELECT r.record_no, r.measure_no,
               row_number() OVER (
                   PARTITION BY r.subject_no, r.measure_no, several.event_key
                   ORDER BY CASE m.same_event
                                WHEN 'first' THEN date_diff('day', DATE '1970-01-01', r.recorded_on)
                                ELSE -coalesce(abs(r.points), r.value, -1000000000000000000) END,
                            CASE WHEN m.same_event = 'largest' THEN r.points END NULLS LAST,
                            r.record_id) AS place
        FROM reports r
        JOIN measures m USING (measure_no)
        JOIN (
            SELECT x.subject_no, x.measure_no,
                   CASE n.one_event WHEN 'month' THEN strftime(x.occurred_on, '%Y-%m') ELSE x.event_id END AS event_key
            FROM reports x JOIN measures n USING (measure_no)
            WHERE n.same_event <> 'sum'
              AND (n.one_event = 'month' OR (n.one_event = 'event_id' AND x.event_id IS NOT NULL))
            GROUP BY ALL HAVING count(*) > 1
        ) several
          ON several.subject_no = r.subject_no AND several.measure_no = r.measure_no
         AND several.event_key = CASE m.one_event WHEN 'month' THEN strftime(r.occurred_on, '%Y-%m') ELSE r.event_id END
    )
    WHERE place > 1
) other
WHERE other.record_no = reports.record_no AND other.measure_no = reports.measure_no;

CREATE VIEW events AS SELECT * FROM reports WHERE kept;
