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
    WHERE n.subject_no IS NULL
),
several AS (
    SELECT subject_no, event_group_no, event_id, alone
    FROM members
    GROUP BY subject_no, event_group_no, event_id, alone
    HAVING min(indicator_no) < max(indicator_no)
),
doubtful AS (
    SELECT m.* FROM members m
    JOIN several s ON s.subject_no = m.subject_no AND s.event_group_no = m.event_group_no AND s.alone = m.alone
                  AND s.event_id IS NOT DISTINCT FROM m.event_id
),
places AS (
    -- An indicator may count several reports of the event; together they are its weight there.
    SELECT subject_no, event_group_no, event_id, alone, indicator_no,
           row_number() OVER (PARTITION BY subject_no, event_group_no, event_id, alone
                              ORDER BY abs(sum(points)) DESC, indicator_no) AS place
    FROM doubtful
    GROUP BY subject_no, event_group_no, event_id, alone, indicator_no
)
SELECT m.record_no, m.measure_no, m.event_group_no, p.place > 1 AS elsewhere
FROM doubtful m
JOIN places p ON p.subject_no = m.subject_no AND p.event_group_no = m.event_group_no AND p.alone = m.alone
             AND p.event_id IS NOT DISTINCT FROM m.event_id AND p.indicator_no = m.indicator_no;
