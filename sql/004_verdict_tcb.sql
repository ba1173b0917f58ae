-- Where platform, TDX module and QE stood, what was short of Intel's newest
-- level, and the dates that a verdict rests on, as they are shown: the text of
-- the member "tcb". NULL for verdicts of before, and where the PCK chain or
-- the collateral could not be read.
ALTER TABLE verdict ADD COLUMN tcb json COMPRESSION lz4
    CHECK (octet_length(tcb::text) <= 32768);

GRANT INSERT (tcb) ON verdict TO attestry_worker;
