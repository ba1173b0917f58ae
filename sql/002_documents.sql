-- The documents that collateral is made of, kept one by one: platforms share
-- them. A platform's collateral is put together from the newest document of
-- each kind, and kept in `collateral` when it is first used; a row of
-- collateral_fetch says since when that was the platform's. What version 1
-- fetched serves on where there is no document yet.

-- As they were served, once their signatures had led to the trust anchor.
CREATE TABLE document (
	id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
	-- SHA-256 of the trust anchor's name and key: which Intel's it is.
	trust bytea NOT NULL CHECK (octet_length(trust) = 32),
	name text NOT NULL CHECK (name ~ '^(root_ca_crl'
	    '|pck_crl/(processor|platform)|qe_identity/(SGX|TDX)'
	    '|tcb_info/(SGX|TDX)/[0-9a-f]{12})$'),
	-- Which of two is the newer one: tcbEvaluationDataNumber or CRL
	-- number, big-endian, and then issueDate or thisUpdate.
	number bytea NOT NULL CHECK (octet_length(number) = 20),
	issued_at timestamptz NOT NULL,
	-- The earliest end, that of its certificates included.
	expires_at timestamptz NOT NULL,
	issuer_chain text COMPRESSION lz4,
	body text COMPRESSION lz4 NOT NULL,
	signature text,
	UNIQUE (id, trust, name, number, issued_at),
	CHECK ((issuer_chain IS NULL) = (name = 'root_ca_crl')),
	CHECK ((signature IS NULL) = (name ~ '_crl')),
	CHECK (sha256(trust || behind_length(name) ||
	    behind_length(coalesce(issuer_chain, '')) ||
	    behind_length(body) ||
	    behind_length(coalesce(signature, ''))) = id)
);

-- Each time that a document was fetched: the same one may come again, and
-- then only the instant is new. Of a name's rows the one that is highest in
-- number, issued_at and fetched_at counts, so that an older document never
-- takes the place of a newer one, whenever it comes.
CREATE TABLE document_fetch (
	trust bytea NOT NULL,
	name text NOT NULL,
	number bytea NOT NULL,
	issued_at timestamptz NOT NULL,
	fetched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	-- As in collateral_fetch.
	fixed_at timestamptz,
	document_id bytea NOT NULL,
	PRIMARY KEY (trust, name, number, issued_at, fetched_at),
	FOREIGN KEY (document_id, trust, name, number, issued_at)
	    REFERENCES document (id, trust, name, number, issued_at)
);

-- Each time that sources were asked in vain and said so: they do not know
-- it, or what they have is older than what is here.
CREATE TABLE document_miss (
	trust bytea NOT NULL CHECK (octet_length(trust) = 32),
	name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 40),
	missed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	reason text NOT NULL CHECK (reason IN ('unknown', 'older')),
	PRIMARY KEY (trust, name, missed_at)
);

-- How asking a source ended: each failure, and what ends a row of failures.
-- While all goes well nothing is written.
CREATE TABLE source_outcome (
	source text NOT NULL CHECK (octet_length(source) BETWEEN 1 AND 2000),
	recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	good boolean NOT NULL,
	-- How long it wants to be left alone; NULL: it did not say.
	retry_after_s bigint CHECK (retry_after_s > 0),
	PRIMARY KEY (source, recorded_at),
	CHECK (NOT good OR retry_after_s IS NULL)
);

-- The last ones of all sources.
CREATE INDEX source_outcome_recent ON source_outcome (recorded_at DESC);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['document', 'document_fetch',
	    'document_miss', 'source_outcome']
	LOOP
		EXECUTE format('CREATE TRIGGER append_only'
		    ' BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
		    ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
		EXECUTE format('ALTER TABLE %I'
		    ' ENABLE ALWAYS TRIGGER append_only', t);
	END LOOP;
END $$;

GRANT SELECT ON document, document_fetch, document_miss, source_outcome
    TO attestry_worker, attestry_reader;

GRANT INSERT (id, trust, name, number, issued_at, expires_at, issuer_chain,
    body, signature) ON document TO attestry_worker;

GRANT INSERT (trust, name, number, issued_at, fixed_at, document_id)
    ON document_fetch TO attestry_worker;

GRANT INSERT (trust, name, reason) ON document_miss TO attestry_worker;

GRANT INSERT (source, good, retry_after_s) ON source_outcome
    TO attestry_worker;
