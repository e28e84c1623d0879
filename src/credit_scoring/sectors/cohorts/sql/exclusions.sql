-- What became of every row: of each subject on each date, and of each label.

CREATE VIEW label_fates AS
SELECT subject_id, person, label_no,
       CASE
           WHEN reason IS NOT NULL THEN reason
           WHEN used THEN NULL
           WHEN spoke THEN 'subject_excluded'
           ELSE 'outside_every_window'
       END AS reason
FROM (
    SELECT l.subject_id, l.person, l.rowid AS label_no, l.reason, count(d.label_no) > 0 AS spoke,
           coalesce(bool_or(c.reason IS NULL AND c.subject_id IS NOT NULL), false) AS used
    FROM checked_labels l
    LEFT JOIN label_dates d ON d.label_no = l.rowid
    LEFT JOIN candidates c ON c.subject_id = d.subject_id AND c.observed_on = d.observed_on AND c.reason IS NULL
    GROUP BY ALL
);

CREATE VIEW exclusions AS
SELECT "table", observed_on, reason, count(*) AS rows, count(*)::DOUBLE / any_value(total) AS share,
       min(shown_as_example(subject_id, person)) AS example
FROM (
    SELECT 'subjects' AS "table", observed_on, reason, subject_id, person,
           count(*) OVER (PARTITION BY observed_on) AS total
    FROM candidates
    UNION ALL
    SELECT 'labels', NULL, reason, subject_id, person, count(*) OVER () FROM label_fates
)
WHERE reason IS NOT NULL
GROUP BY "table", observed_on, reason
ORDER BY "table" DESC, observed_on, rows DESC, reason;
