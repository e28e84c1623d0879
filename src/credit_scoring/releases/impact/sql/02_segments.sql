-- What each subject is grouped by. Equal rows of one subject are one; who differs under one identifier is not scored.

CREATE TABLE grouped AS
SELECT p.rowid AS pair_no, p.subject_type, nullif(s.region_code, '') AS region, left(nullif(s.region_code, ''), 4) AS prefecture,
       CASE WHEN regexp_full_match(left(s.industry_code, 1), '[A-Za-z]') THEN upper(left(s.industry_code, 1)) END AS industry,
       CASE WHEN regexp_full_match(left(s.industry_code, 3), '[A-Za-z][0-9]{2}') THEN upper(left(s.industry_code, 3))
            WHEN regexp_full_match(left(s.industry_code, 2), '[0-9]{2}') THEN left(s.industry_code, 2) END AS division,
       CASE WHEN s.established_on IS NULL THEN NULL
            WHEN whole_months(s.established_on, $on) < 12 THEN '0'
            WHEN whole_months(s.established_on, $on) < 36 THEN '1-2'
            WHEN whole_months(s.established_on, $on) < 60 THEN '3-4'
            WHEN whole_months(s.established_on, $on) < 120 THEN '5-9'
            WHEN whole_months(s.established_on, $on) < 240 THEN '10-19'
            ELSE '20+' END AS age
FROM pairs p
LEFT JOIN (
    SELECT subject_id, any_value(region_code) AS region_code, any_value(industry_code) AS industry_code,
           any_value(established_on) AS established_on
    FROM typed_subjects GROUP BY subject_id
) s ON s.subject_id = p.subject_id;
