-- Event groups: one event reported under several indicators counts in the one where it weighs most.
-- `elsewhere` marks the reports that give way; 57_shared_events.sql sees to it that no bound makes this a gift.

INSERT INTO shared
WITH members AS (
    -- A record without an event of its own stands alone, and is still one event under all indicators.
    SELECT e.record_no, e.measure_no, e.subject_no, e.event_id, CASE WHEN e.event_id IS NULL THEN e.record_no ELSE 0 END AS alone,
           e.points, g.event_group_no, i.indicator_no
    FROM events e
    JOIN indicators i ON i.measure_no = e.measure_no
    JOIN event_groups g ON g.indicator_no = i.indicator_no
    LEFT JOIN not_applicable n ON n.subject_no = e.subject_no AND n.indicator_no = i.indicator_no
    -- Only where a subject has more than one report in a group can two be the same event.
    JOIN (
        SELECT r.subject_no, h.event_group_no
        FROM events r JOIN indicators j ON j.measure_no = r.measure_no JOIN event_groups h ON h.indicator_no = j.indicator_no
        GROUP BY r.subject_no, h.event_group_no HAVING count(*) > 1
    ) several ON several.subject_no = e.subject_no AND several.event_group_no = g.event_group_no
    WHERE n.subject_no IS NULL
),
places AS (
    -- An indicator may count several reports of the event; together they are its weight there.
    SELECT subject_no, event_group_no, event_id, alone, indicator_no,
           row_number() OVER (PARTITION BY subject_no, event_group_no, event_id, alone
                              ORDER BY abs(sum(points)) DESC, indicator_no) AS place,
           count(*) OVER (PARTITION BY subject_no, event_group_no, event_id, alone) AS indicators
    FROM members
    GROUP BY subject_no, event_group_no, event_id, alone, indicator_no
)
SELECT m.record_no, m.measure_no, m.event_group_no, p.place > 1 AS elsewhere
FROM members m
JOIN places p ON p.subject_no = m.subject_no AND p.event_group_no = m.event_group_no
             AND p.event_id IS NOT DISTINCT FROM m.event_id AND p.alone = m.alone AND p.indicator_no = m.indicator_no
WHERE p.indicators > 1;
