-- Grades for the best share: 1 + number of better rated subjects <= floor(share x rated subjects). Ties stand together.

INSERT INTO shares_met
SELECT subject_no, stage, grade_no
FROM (
    SELECT t.subject_no, t.stage, g.grade_no, g.share,
           rank() OVER (PARTITION BY t.stage, g.grade_no, member ORDER BY t.score * c.sign DESC) AS place,
           count(*) OVER (PARTITION BY t.stage, g.grade_no, member) AS rated
    FROM (
        SELECT t.*, g.grade_no AS g_no,
               CASE g.within WHEN 'industry_code' THEN coalesce(s.industry_code, '')
                             WHEN 'region_code' THEN coalesce(s.region_code, '') ELSE '' END AS member
        FROM to_grade t
        JOIN grades g ON g.scorecard_no = t.scorecard_no AND g.share IS NOT NULL
        JOIN subjects s USING (subject_no)
    ) t
    JOIN grades g ON g.grade_no = t.g_no
    JOIN scorecards c ON c.scorecard_no = t.scorecard_no
)
WHERE place * 1000000 <= share * rated;
