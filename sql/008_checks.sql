-- What a row of a quote and of a verdict has to hold, as a trigger each. As
-- constraints of the table the same conditions took longer than storing the
-- row: PostgreSQL reads the text of each constraint anew for every statement,
-- and a function keeps its plan as long as the connection lasts. A row that
-- is refused is told as a constraint would, by the constraint's name.
--
-- As a foreign key's, they do not fire on replicas.

CREATE FUNCTION raise_violation(of_table name, of_constraint text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'new row for relation "%" violates check constraint "%"',
	    of_table, of_constraint USING ERRCODE = 'check_violation',
	    TABLE = of_table, CONSTRAINT = of_constraint;
END $$;

CREATE FUNCTION check_quote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	wrong CONSTANT text := CASE
	WHEN octet_length(NEW.checksum) <> 32 THEN 'quote_checksum_check'
	WHEN octet_length(NEW.raw) NOT BETWEEN 1 AND 20480
	    THEN 'quote_raw_check'
	WHEN sha256(NEW.raw) <> NEW.checksum THEN 'quote_check'
	WHEN octet_length(NEW.content_sha256) <> 32
	    THEN 'quote_content_sha256_check'
	WHEN NEW.tee NOT IN ('SGX', 'TDX') THEN 'quote_tee_check'
	WHEN NEW.version NOT BETWEEN 3 AND 5 THEN 'quote_version_check'
	WHEN octet_length(NEW.fmspc) <> 6 THEN 'quote_fmspc_check'
	WHEN NEW.ca NOT IN ('processor', 'platform') THEN 'quote_ca_check'
	WHEN octet_length(NEW.ppid) <> 16 THEN 'quote_ppid_check'
	WHEN octet_length(NEW.pce_id) <> 2 THEN 'quote_pce_id_check'
	-- From the PCK certificate; all NULL where the quote has none.
	WHEN num_nulls(NEW.fmspc, NEW.ca, NEW.ppid, NEW.pce_id) NOT IN (0, 4)
	    THEN 'quote_check1'
	END;
BEGIN
	IF wrong IS NOT NULL THEN
		PERFORM public.raise_violation(TG_TABLE_NAME, wrong);
	END IF;
	RETURN NEW;
END $$;

-- With what 006_upload.sql says of quote and collateral.
CREATE FUNCTION check_verdict() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	wrong CONSTANT text := CASE
	WHEN NEW.tcb_status NOT IN ('UpToDate', 'SWHardeningNeeded',
	    'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded',
	    'OutOfDate', 'OutOfDateConfigurationNeeded', 'Revoked')
	    THEN 'verdict_tcb_status_check'
	WHEN NEW.tcb_evaluation_data_number <= 0
	    THEN 'verdict_tcb_evaluation_data_number_check'
	WHEN cardinality(NEW.advisory_ids) > 192
	    OR array_position(NEW.advisory_ids, NULL) IS NOT NULL
	    THEN 'verdict_advisory_ids_check'
	WHEN NEW.reason !~ '^[a-z_]{1,40}$' THEN 'verdict_reason_check'
	WHEN octet_length(NEW.message) NOT BETWEEN 1 AND 400
	    THEN 'verdict_message_check'
	WHEN octet_length(NEW.policy) > 255 THEN 'verdict_policy_check'
	WHEN octet_length(NEW.engine_version) NOT BETWEEN 1 AND 63
	    THEN 'verdict_engine_version_check'
	WHEN octet_length(NEW.tcb::text) > 32768 THEN 'verdict_tcb_check'
	-- A refusal says why, and nothing verifies without collateral.
	WHEN NEW.verified <> (NEW.reason IS NULL) THEN 'verdict_check'
	WHEN NOT NEW.verified AND NEW.message IS NULL THEN 'verdict_check1'
	WHEN NEW.verified AND num_nulls(NEW.tcb_status, NEW.collateral_id) > 0
	    THEN 'verdict_check2'
	-- These say that there is no verdict.
	WHEN NEW.reason IN ('collateral_unavailable', 'internal')
	    THEN 'verdict_reason_check1'
	END;
	missing text;
BEGIN
	IF wrong IS NOT NULL THEN
		PERFORM public.raise_violation(TG_TABLE_NAME, wrong);
	END IF;
	SELECT CASE WHEN NOT EXISTS (SELECT FROM public.quote q
	    WHERE q.checksum = NEW.checksum) THEN 'verdict_checksum'
	WHEN NEW.collateral_id IS NOT NULL AND NOT EXISTS (SELECT
	    FROM public.collateral c WHERE c.id = NEW.collateral_id)
	    THEN 'verdict_collateral_id' END INTO missing;
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION '%: it is not there', missing
		    USING ERRCODE = 'foreign_key_violation';
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER holds BEFORE INSERT ON quote
    FOR EACH ROW EXECUTE FUNCTION check_quote();
CREATE TRIGGER holds BEFORE INSERT ON verdict
    FOR EACH ROW EXECUTE FUNCTION check_verdict();
DROP TRIGGER refers ON verdict;
DROP FUNCTION check_verdict_references;

DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT conrelid::regclass AS of_table, conname
	    FROM pg_constraint WHERE contype = 'c'
	    AND conrelid IN ('quote'::regclass, 'verdict'::regclass)
	LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of_table,
		    c.conname);
	END LOOP;
END $$;
