-- Event groups: one event reported under several indicators counts in the one where it weighs most.
-- `elsewhere` marks the reports that give way; 56_shared_events.sql sees to it that no bound makes this a gift.

INSERT INTO shared
SELECT record_no, measure_no, event_group_no, place > 1 AS elsewhere
FROM (
    SELECT e.record_no, e.measure_no, g.event_group_no,
           row_number() OVER (
               PARTITION BY e.subject_no, g.event_group_no, e.event_id
               ORDER BY abs(e.points) DESC, i.indicator_no, e.record_id) AS place,
           count(*) OVER (PARTITION BY e.subject_no, g.event_group_no, e.event_id) AS reports
    FROM events e
    JOIN indicators i ON i.measure_no = e.measure_no
    JOIN event_groups g ON g.indicator_no = i.indicator_no
    WHERE e.event_id IS NOT NULL
)
WHERE reports > 1;
