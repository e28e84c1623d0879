-- Events: several reports of one event count as the measure says (`same_event`).

CREATE TABLE events AS
SELECT r.*
FROM reports r JOIN measures m USING (measure_no)
WHERE r.event_key IS NULL OR m.same_event = 'sum'
UNION ALL
SELECT * EXCLUDE (place)
FROM (
    SELECT r.*,
           row_number() OVER (
               PARTITION BY r.subject_no, r.measure_no, r.event_key
               ORDER BY CASE m.same_event
                            WHEN 'first' THEN date_diff('day', DATE '1970-01-01', r.recorded_on)
                            ELSE -coalesce(abs(r.points), r.value, -1000000000000000000) END,
                        CASE WHEN m.same_event = 'largest' THEN r.points END NULLS LAST,
                        r.record_id) AS place
    FROM reports r JOIN measures m USING (measure_no)
    WHERE r.event_key IS NOT NULL AND m.same_event <> 'sum'
)
WHERE place = 1;

-- Filled by 42_event_groups.sql.
CREATE TABLE shared (record_no BIGINT, measure_no BIGINT, event_group_no BIGINT, elsewhere BOOLEAN);
