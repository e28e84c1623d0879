-- Events: of several reports of one event the measure keeps one (`same_event`), unless it sums them.

UPDATE reports SET kept = false
FROM (
    SELECT record_no, measure_no
    FROM (
        SELECT r.record_no, r.measure_no,
               row_number() OVER (
                   PARTITION BY r.subject_no, r.measure_no,
                                CASE m.one_event WHEN 'month' THEN strftime(r.occurred_on, '%Y-%m') ELSE r.event_id END
                   ORDER BY CASE m.same_event
                                WHEN 'first' THEN date_diff('day', DATE '1970-01-01', r.recorded_on)
                                ELSE -coalesce(abs(r.points), r.value, -1000000000000000000) END,
                            CASE WHEN m.same_event = 'largest' THEN r.points END NULLS LAST,
                            r.record_id) AS place
        FROM reports r
        JOIN measures m USING (measure_no)
        -- Only where a subject has more than one report under a measure can two be the same event.
        JOIN (SELECT subject_no, measure_no FROM reports GROUP BY subject_no, measure_no HAVING count(*) > 1) several
          ON several.subject_no = r.subject_no AND several.measure_no = r.measure_no
        WHERE m.same_event <> 'sum' AND (m.one_event = 'month' OR (m.one_event = 'event_id' AND r.event_id IS NOT NULL))
    )
    WHERE place > 1
) other
WHERE other.record_no = reports.record_no AND other.measure_no = reports.measure_no;

CREATE VIEW events AS SELECT * FROM reports WHERE kept;
