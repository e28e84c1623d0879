-- The longest run of consecutive calendar months with an event.

INSERT INTO measure_values
SELECT subject_no, measure_no, max(months)::HUGEINT * 1000000, NULL
FROM (
    SELECT subject_no, measure_no, island, count(*) AS months
    FROM (
        SELECT subject_no, measure_no,
               month_no - row_number() OVER (PARTITION BY subject_no, measure_no ORDER BY month_no) AS island
        FROM (
            SELECT DISTINCT e.subject_no, e.measure_no, year(e.occurred_on) * 12 + month(e.occurred_on) AS month_no
            FROM reports e JOIN measures m USING (measure_no)
            WHERE m.kind = 'longest_run_months'
        )
    )
    GROUP BY subject_no, measure_no, island
)
GROUP BY subject_no, measure_no;
