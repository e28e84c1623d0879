-- Number the rows just staged. `seq` counts well-formed rows; rows set aside by the reader stand between them.
-- In: malformed(number, columns_found) of this file. Parameters: $source_id, $file.

UPDATE staged
SET file = $file, row_no = seq + coalesce(
    (
        SELECT max(place)
        FROM (SELECT row_number() OVER (ORDER BY number) AS place, number FROM malformed)
        WHERE number - place < seq
    ), 0
)
WHERE source_id = $source_id AND file IS NULL;
