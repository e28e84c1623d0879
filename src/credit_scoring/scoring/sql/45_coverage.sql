-- Where no source has delivered what an indicator needs: an item of it without a coverage row that reaches over the
-- window to the date, for the subject's region or one that contains it. Without a coverage table nothing is claimed.

CREATE TABLE uncovered AS
SELECT DISTINCT g.region_code, n.indicator_no
FROM (SELECT DISTINCT coalesce(region_code, '') AS region_code FROM subjects) g
CROSS JOIN indicator_items n
WHERE $coverage_given AND NOT EXISTS (
    SELECT 1 FROM coverage c
    WHERE c.item = n.item
      AND (c.region_code IS NULL OR starts_with(g.region_code, regexp_replace(c.region_code, '(00){1,2}$', '')))
      AND (c.covered_from IS NULL OR c.covered_from <= least($on, coalesce(n.needed_from + 1, $on)))
      AND (c.covered_until IS NULL OR c.covered_until >= $on));
