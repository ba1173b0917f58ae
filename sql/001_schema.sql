-- The tables. Applied once, as attestry_owner, by `attestry migrate`.
--
-- Rows are added and never changed: the workers' role has no other right, and
-- triggers refuse UPDATE, DELETE and TRUNCATE to everybody else. Nothing is
-- keyed by a sequence: everything is found by a hash of its content, so that
-- the tables can be partitioned, sharded or replicated as they are.
--
-- Columns with a default instant (uploaded_at, recorded_at, fetched_at) are
-- the database's to set: the workers may not name them.

-- Which of the files in sql/ this database has.
CREATE TABLE migration (
	version integer PRIMARY KEY,
	name text NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The uploads, byte for byte.
CREATE TABLE quote (
	checksum bytea PRIMARY KEY CHECK (octet_length(checksum) = 32),
	raw bytea COMPRESSION lz4 NOT NULL
	    CHECK (octet_length(raw) BETWEEN 1 AND 20480),
	-- Over what is signed: padded copies of one attestation share it.
	content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
	tee text NOT NULL CHECK (tee IN ('SGX', 'TDX')),
	version smallint NOT NULL CHECK (version BETWEEN 3 AND 5),
	-- From the PCK certificate; all NULL where the quote has none.
	fmspc bytea CHECK (octet_length(fmspc) = 6),
	ca text CHECK (ca IN ('processor', 'platform')),
	ppid bytea CHECK (octet_length(ppid) = 16),
	pce_id bytea CHECK (octet_length(pce_id) = 2),
	uploaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	CHECK (sha256(raw) = checksum),
	CHECK (num_nulls(fmspc, ca, ppid, pce_id) IN (0, 4))
);

-- The recent ones, newest first.
CREATE INDEX quote_recent ON quote (uploaded_at DESC, checksum);

-- What each text adds to a collateral's id: its length, four bytes with the
-- highest first, and itself.
CREATE FUNCTION behind_length(value text) RETURNS bytea LANGUAGE sql IMMUTABLE
    AS $$ SELECT int4send(octet_length(value)) || convert_to(value, 'UTF8') $$;

-- The nine documents that a verdict was reached with, as they were fetched.
-- Text, never jsonb: the exact bytes are what Intel signed.
CREATE TABLE collateral (
	id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
	tee text NOT NULL CHECK (tee IN ('SGX', 'TDX')),
	fmspc bytea NOT NULL CHECK (octet_length(fmspc) = 6),
	ca text NOT NULL CHECK (ca IN ('processor', 'platform')),
	pck_crl_issuer_chain text COMPRESSION lz4 NOT NULL,
	root_ca_crl text COMPRESSION lz4 NOT NULL,
	pck_crl text COMPRESSION lz4 NOT NULL,
	tcb_info_issuer_chain text COMPRESSION lz4 NOT NULL,
	tcb_info text COMPRESSION lz4 NOT NULL,
	tcb_info_signature text NOT NULL,
	qe_identity_issuer_chain text COMPRESSION lz4 NOT NULL,
	qe_identity text COMPRESSION lz4 NOT NULL,
	qe_identity_signature text NOT NULL,
	issued_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	UNIQUE (id, tee, fmspc, ca),
	CHECK (sha256(behind_length(pck_crl_issuer_chain) ||
	    behind_length(root_ca_crl) ||
	    behind_length(pck_crl) ||
	    behind_length(tcb_info_issuer_chain) ||
	    behind_length(tcb_info) ||
	    behind_length(tcb_info_signature) ||
	    behind_length(qe_identity_issuer_chain) ||
	    behind_length(qe_identity) ||
	    behind_length(qe_identity_signature)) = id)
);

-- Each time that documents were fetched for a platform. Apart from the
-- documents, because the same ones may come again, and then only the instant
-- is new. The newest row of a platform counts.
CREATE TABLE collateral_fetch (
	tee text NOT NULL,
	fmspc bytea NOT NULL,
	ca text NOT NULL,
	fetched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	-- The instant that the service judged by, where that was a fixed one
	-- (ATTESTRY_TIME); NULL: the clock's.
	fixed_at timestamptz,
	collateral_id bytea NOT NULL,
	PRIMARY KEY (tee, fmspc, ca, fetched_at),
	FOREIGN KEY (collateral_id, tee, fmspc, ca)
	    REFERENCES collateral (id, tee, fmspc, ca)
);

-- What verification said, each time. The newest *recorded* verdict of a quote
-- counts: verified_at is the instant it was reached for, which may be a fixed
-- one (ATTESTRY_TIME) and then says nothing about the order.
CREATE TABLE verdict (
	checksum bytea NOT NULL REFERENCES quote (checksum),
	recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	verified_at timestamptz NOT NULL,
	verified boolean NOT NULL,
	-- NULL where verification did not get that far.
	tcb_status text CHECK (tcb_status IN ('UpToDate', 'SWHardeningNeeded',
	    'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded',
	    'OutOfDate', 'OutOfDateConfigurationNeeded', 'Revoked')),
	tcb_date timestamptz,
	tcb_evaluation_data_number bigint
	    CHECK (tcb_evaluation_data_number > 0),
	-- The earliest end of the evidence.
	expires_at timestamptz,
	advisory_ids text[] NOT NULL CHECK (cardinality(advisory_ids) <= 192
	    AND array_position(advisory_ids, NULL) IS NULL),
	reason text CHECK (reason ~ '^[a-z_]{1,40}$'),
	message text CHECK (octet_length(message) BETWEEN 1 AND 400),
	collateral_id bytea REFERENCES collateral (id),
	policy text NOT NULL CHECK (octet_length(policy) <= 255),
	engine_version text NOT NULL
	    CHECK (octet_length(engine_version) BETWEEN 1 AND 63),
	fixed_time boolean NOT NULL,
	PRIMARY KEY (checksum, recorded_at),
	-- A refusal says why, and nothing verifies without collateral.
	CHECK (verified = (reason IS NULL)),
	CHECK (verified OR message IS NOT NULL),
	CHECK (NOT verified OR num_nulls(tcb_status, collateral_id) = 0),
	-- These say that there is no verdict.
	CHECK (reason NOT IN ('collateral_unavailable', 'internal'))
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% of %: rows are only ever added', TG_OP, TG_TABLE_NAME
	    USING ERRCODE = 'insufficient_privilege';
END $$;

-- ALWAYS: also where session_replication_role says "replica".
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['migration', 'quote', 'collateral',
	    'collateral_fetch', 'verdict']
	LOOP
		EXECUTE format('CREATE TRIGGER append_only'
		    ' BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
		    ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
		EXECUTE format('ALTER TABLE %I'
		    ' ENABLE ALWAYS TRIGGER append_only', t);
	END LOOP;
END $$;

GRANT SELECT ON migration, quote, collateral, collateral_fetch, verdict
    TO attestry_worker, attestry_reader;

GRANT INSERT (checksum, raw, content_sha256, tee, version, fmspc, ca, ppid,
    pce_id) ON quote TO attestry_worker;

GRANT INSERT (id, tee, fmspc, ca, pck_crl_issuer_chain, root_ca_crl, pck_crl,
    tcb_info_issuer_chain, tcb_info, tcb_info_signature,
    qe_identity_issuer_chain, qe_identity, qe_identity_signature, issued_at,
    expires_at) ON collateral TO attestry_worker;

GRANT INSERT (tee, fmspc, ca, fixed_at, collateral_id) ON collateral_fetch
    TO attestry_worker;

GRANT INSERT (checksum, verified_at, verified, tcb_status, tcb_date,
    tcb_evaluation_data_number, expires_at, advisory_ids, reason, message,
    collateral_id, policy, engine_version, fixed_time) ON verdict
    TO attestry_worker;
