-- Simple tests on records and on the subject itself.

CREATE TABLE test_hits AS
SELECT v.subject_no, t.test_no
FROM measure_values v JOIN tests t ON t.source = 'measure' AND t.ref_no = v.measure_no
WHERE v.value IS NOT NULL
  AND (t.low IS NULL OR v.value > t.low OR (v.value = t.low AND NOT t.low_open))
  AND (t.high IS NULL OR v.value < t.high OR (v.value = t.high AND NOT t.high_open))
UNION ALL
SELECT DISTINCT s.subject_no, t.test_no
FROM subjects s JOIN subject_tests t USING (scorecard_no)
WHERE t.field <> 'public_grade' AND CASE t.field
    WHEN 'closed' THEN s.closed_on <= $on
    ELSE CASE t.operator
        WHEN 'missing' THEN CASE t.field WHEN 'region_code' THEN s.region_code WHEN 'industry_code' THEN s.industry_code
                            ELSE s.established_on::VARCHAR END IS NULL
        WHEN 'starts_with' THEN starts_with(CASE t.field WHEN 'region_code' THEN s.region_code
                            WHEN 'industry_code' THEN s.industry_code ELSE s.established_on::VARCHAR END, t.value)
        ELSE CASE t.field WHEN 'region_code' THEN s.region_code WHEN 'industry_code' THEN s.industry_code
             ELSE s.established_on::VARCHAR END = t.value
    END END;
