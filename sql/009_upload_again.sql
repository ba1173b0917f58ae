-- What 006_upload.sql does, in half as many statements; and no function plans
-- to read a table through. A plan is kept as long as the connection, and one
-- that was made for a table of fifty rows would be used for fifty thousand,
-- until the next ANALYZE.

-- Keeps a quote, if it is not there and there is room for it (see
-- ATTESTRY_COPIES_MAX), and adds the verdict, if one is given and it is not
-- what the newest one says already, with the same collateral.
--
-- uploaded_at	when these bytes were first uploaded; NULL: no room, and
--		nothing is added
-- verified_at	of the verdict that counts; NULL: none was given
CREATE OR REPLACE FUNCTION put_upload(
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
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	newest public.verdict;
	is_new boolean;
	is_added boolean;
BEGIN
	INSERT INTO public.quote AS q (checksum, raw, content_sha256, tee,
	    version, fmspc, ca, ppid, pce_id)
	    SELECT the_checksum, the_raw, the_content_sha256, the_tee,
		the_version, the_fmspc, the_ca, the_ppid, the_pce_id
	    WHERE (SELECT count(*) FROM (SELECT FROM public.quote c
		WHERE c.content_sha256 = the_content_sha256
		AND (NOT only_verified OR EXISTS (SELECT FROM public.verdict v
		    WHERE v.checksum = c.checksum AND v.verified))
		LIMIT copies_max) copies) < copies_max
	    ON CONFLICT (checksum) DO NOTHING
	    RETURNING q.uploaded_at INTO uploaded_at;
	is_new := FOUND;
	IF NOT is_new THEN -- it is there, or there is no room
		SELECT q.uploaded_at INTO uploaded_at FROM public.quote q
		    WHERE q.checksum = the_checksum;
		IF NOT FOUND THEN
			RETURN;
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

ALTER FUNCTION get_quote SET enable_seqscan = off;
ALTER FUNCTION check_verdict SET enable_seqscan = off;
