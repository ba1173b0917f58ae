-- A quote and its newest verdict: what is asked for most. To plan the
-- statement takes longer than to carry it out; inside a function each
-- connection plans it once, also where a pooler rules out prepared
-- statements. It runs with the caller's own rights.
--
-- The columns, and what they are turned into, are what src/store.c reads.
CREATE FUNCTION get_quote(wanted bytea, with_raw boolean) RETURNS TABLE (
	raw bytea, -- NULL unless it is wanted
	uploaded_at timestamptz,
	content_sha256 bytea,
	ppid bytea,
	has_verdict boolean, -- all that follows is NULL without one
	verified_at timestamptz,
	recorded_at timestamptz,
	fixed_time boolean,
	verified boolean,
	reason text,
	message text,
	tcb_status text,
	tcb_date timestamptz,
	tcb_evaluation_data_number bigint,
	expires_at timestamptz,
	advisory_ids text, -- a line each
	policy text,
	engine_version text,
	collateral_id bytea,
	tcb text)
    LANGUAGE plpgsql STABLE SECURITY INVOKER ROWS 1 AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT
	    CASE WHEN with_raw THEN q.raw END, q.uploaded_at, q.content_sha256, q.ppid,
	    v.checksum IS NOT NULL, v.verified_at, v.recorded_at,
	    v.fixed_time, v.verified, v.reason, v.message, v.tcb_status,
	    v.tcb_date, v.tcb_evaluation_data_number, v.expires_at,
	    array_to_string(v.advisory_ids, chr(10)), v.policy,
	    v.engine_version, v.collateral_id, v.tcb::text
	    FROM public.quote q LEFT JOIN LATERAL (SELECT *
	    FROM public.verdict WHERE verdict.checksum = q.checksum
	    ORDER BY recorded_at DESC LIMIT 1) v ON true
	    WHERE q.checksum = wanted;
END $$;

REVOKE ALL ON FUNCTION get_quote FROM PUBLIC;
GRANT EXECUTE ON FUNCTION get_quote TO attestry_worker, attestry_reader;
