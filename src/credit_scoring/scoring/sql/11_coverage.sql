-- What sources have delivered. A faulty row would claim what nobody said: it is rejected, never read as "for ever".

CREATE TABLE checked_coverage AS
SELECT item, region_code, covered_from, covered_until,
       CASE
           WHEN item IS NULL THEN 'item_missing'
           WHEN item NOT IN (SELECT item FROM items) THEN 'item_unknown'
           WHEN region_code IS NOT NULL
                AND (length(region_code) <> 6 OR translate(region_code, '0123456789', '') <> '' OR region_code LIKE '00%')
               THEN 'region_code_malformed'
           WHEN covered_from_unreadable IS NOT NULL THEN 'covered_from_unreadable'
           WHEN covered_until_unreadable IS NOT NULL THEN 'covered_until_unreadable'
           WHEN covered_until < covered_from THEN 'covered_until_before_from'
       END AS reason,
       coalesce(covered_from_unreadable, covered_until_unreadable) AS unreadable
FROM typed_coverage;

INSERT INTO rejected
SELECT 'coverage', NULL, reason,
       CASE WHEN reason LIKE 'item%' THEN 'item' WHEN reason LIKE 'region%' THEN 'region_code'
            WHEN reason LIKE 'covered_from%' THEN 'covered_from' ELSE 'covered_until' END,
       shown_safely(CASE WHEN reason LIKE 'item%' THEN item WHEN reason LIKE 'region%' THEN region_code
                         ELSE coalesce(unreadable, covered_until::VARCHAR) END)
FROM checked_coverage WHERE reason IS NOT NULL;

CREATE VIEW coverage AS SELECT item, region_code, covered_from, covered_until FROM checked_coverage WHERE reason IS NULL;
