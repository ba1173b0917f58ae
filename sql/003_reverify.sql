-- Judging again: which quotes a platform has, and which collateral all of
-- them have been held against.

-- A platform's quotes in the order of their checksums; and, by going from one
-- platform to the next, which there are.
CREATE INDEX quote_platform ON quote (fmspc, tee, ca, checksum)
    INCLUDE (uploaded_at);

-- Each time that every quote of a platform had been held against one
-- collateral. A verdict that came out as before is not written again, so that
-- a history shows changes and nothing else; this row says, once for all of
-- them, that it was looked at.
CREATE TABLE reverification (
	tee text NOT NULL,
	fmspc bytea NOT NULL,
	ca text NOT NULL,
	finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	-- Verdicts recorded since then were not part of it.
	began_at timestamptz NOT NULL,
	collateral_id bytea NOT NULL,
	PRIMARY KEY (tee, fmspc, ca, finished_at),
	FOREIGN KEY (collateral_id, tee, fmspc, ca)
	    REFERENCES collateral (id, tee, fmspc, ca),
	CHECK (began_at <= finished_at)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON reverification FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE reverification ENABLE ALWAYS TRIGGER append_only;

GRANT SELECT ON reverification TO attestry_worker, attestry_reader;
GRANT INSERT (tee, fmspc, ca, began_at, collateral_id) ON reverification
    TO attestry_worker;
