-- An upload and its verdict in one round trip. Planned once a connection, and
-- free of what only a server knows: which of two that come at the same time is
-- the first.

-- That a verdict's quote and collateral are there. A foreign key would ask the
-- same, and lock both rows until the commit, lest somebody delete them: every
-- upload of a platform would write to the one row of its collateral. Here
-- nothing is ever deleted, so looking is enough.
ALTER TABLE verdict DROP CONSTRAINT verdict_checksum_fkey;
ALTER TABLE verdict DROP CONSTRAINT verdict_collateral_id_fkey;

CREATE FUNCTION check_verdict_references() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM public.quote q
	    WHERE q.checksum = NEW.checksum) THEN
		RAISE EXCEPTION 'verdict_checksum: it is not there'
		    USING ERRCODE = 'foreign_key_violation';
	END IF;
	IF NEW.collateral_id IS NOT NULL AND NOT EXISTS (SELECT
	    FROM public.collateral c WHERE c.id = NEW.collateral_id) THEN
		RAISE EXCEPTION 'verdict_collateral_id: it is not there'
		    USING ERRCODE = 'foreign_key_violation';
	END IF;
	RETURN NEW;
END $$;

-- As a foreign key's, it does not fire on replicas: there tables are copied in
-- any order.
CREATE TRIGGER refers BEFORE INSERT ON verdict
    FOR EACH ROW EXECUTE FUNCTION check_verdict_references();

-- Keeps a quote, if it is not there and there is room for it (see
-- ATTESTRY_COPIES_MAX), and adds the verdict, if one is given and it is not
-- what the newest one says already, with the same collateral.
--
-- uploaded_at	when these bytes were first uploaded; NULL: no room, and
--		nothing is added
-- verified_at	of the verdict that counts; NULL: none was given
CREATE FUNCTION put_upload(
	the_checksum bytea, the_raw bytea, the_content_sha256 bytea,
	the_tee text, the_version bigint, the_fmspc bytea, the_ca text,
	the_ppid bytea, the_pce_id bytea,
	-- So many of one content; where only_verified, so many verified ones.
	copies_max bigint, only_verified boolean,
	-- The verdict; is_verified NULL: there is none.
	the_verified_at timestamptz, is_fixed_time boolean,
	is_verified boolean, the_reason text, the_message text,
	the_tcb_status text, the_tcb_date timestamptz,
	the_tcb_evaluation_data_number bigint, the_expires_at timestamptz,
	advisory_lines text, the_policy text, the_engine_version text,
	the_collateral_id bytea, the_tcb text,
	OUT uploaded_at timestamptz, OUT verified_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	newest public.verdict;
	is_new boolean := false;
	is_added boolean;
	num_copies bigint;
BEGIN
	SELECT q.uploaded_at INTO uploaded_at FROM public.quote q
	    WHERE q.checksum = the_checksum;
	IF uploaded_at IS NULL THEN
		SELECT count(*) INTO num_copies FROM (SELECT FROM public.quote q
		    WHERE q.content_sha256 = the_content_sha256
		    AND (NOT only_verified OR EXISTS (SELECT FROM public.verdict v
			WHERE v.checksum = q.checksum AND v.verified))
		    LIMIT copies_max) copies;
		IF num_copies >= copies_max THEN
			RETURN;
		END IF;
		INSERT INTO public.quote AS q (checksum, raw, content_sha256, tee,
		    version, fmspc, ca, ppid, pce_id)
		    VALUES (the_checksum, the_raw, the_content_sha256,
			the_tee, the_version, the_fmspc, the_ca, the_ppid,
			the_pce_id)
		    ON CONFLICT (checksum) DO NOTHING
		    RETURNING q.uploaded_at INTO uploaded_at;
		is_new := FOUND;
		-- Another one has added it meanwhile.
		IF NOT is_new THEN
			SELECT q.uploaded_at INTO uploaded_at FROM public.quote q
			    WHERE q.checksum = the_checksum;
		END IF;
	END IF;
	IF is_verified IS NULL THEN
		RETURN;
	END IF;
	IF NOT is_new THEN
		SELECT v.* INTO newest FROM public.verdict v
		    WHERE v.checksum = the_checksum
		    ORDER BY v.recorded_at DESC LIMIT 1;
		IF FOUND AND newest.verified = is_verified
		    AND newest.collateral_id
			IS NOT DISTINCT FROM the_collateral_id
		    AND newest.reason IS NOT DISTINCT FROM the_reason
		    AND newest.message IS NOT DISTINCT FROM the_message
		    AND (newest.tcb IS NOT NULL OR the_tcb IS NULL)
		    AND newest.policy = the_policy
		    AND newest.engine_version = the_engine_version
		    AND newest.fixed_time = is_fixed_time
		    AND newest.verified_at <= the_verified_at
		    AND (NOT is_fixed_time
			OR newest.verified_at = the_verified_at)
		    AND coalesce(newest.expires_at, 'infinity')
			>= the_verified_at THEN
			verified_at := newest.verified_at;
			RETURN;
		END IF;
	END IF;
	-- Two verdicts of one quote in the same microsecond.
	FOR try IN 1..10 LOOP
		INSERT INTO public.verdict (checksum, verified_at, fixed_time,
		    verified, reason, message, tcb_status, tcb_date,
		    tcb_evaluation_data_number, expires_at, advisory_ids,
		    policy, engine_version, collateral_id, tcb)
		    VALUES (the_checksum, the_verified_at, is_fixed_time,
			is_verified, the_reason, the_message, the_tcb_status,
			the_tcb_date, the_tcb_evaluation_data_number,
			the_expires_at,
			coalesce(string_to_array(advisory_lines, chr(10)),
			    '{}'),
			coalesce(the_policy, ''), the_engine_version,
			the_collateral_id, the_tcb::json)
		    ON CONFLICT (checksum, recorded_at) DO NOTHING;
		is_added := FOUND;
		EXIT WHEN is_added;
	END LOOP;
	IF NOT is_added THEN
		RAISE EXCEPTION 'ten verdicts in the same microsecond';
	END IF;
	verified_at := the_verified_at;
END $$;

REVOKE ALL ON FUNCTION put_upload FROM PUBLIC;
GRANT EXECUTE ON FUNCTION put_upload TO attestry_worker;
