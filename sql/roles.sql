-- The roles, and what they may do in this database. `attestry migrate` runs
-- this before anything else, every time: each statement can be repeated.
-- It needs a superuser, or the database's owner with CREATEROLE (and since
-- PostgreSQL 16 with ADMIN on these roles, where somebody else made them).
--
--   attestry_owner   owns the tables; nobody logs in as it
--   attestry_worker  the service: reads, and adds rows; changes nothing
--   attestry_reader  reads: replicas, statistics
--
-- Passwords, certificates or a peer mapping are the operator's business
-- (ALTER ROLE attestry_worker PASSWORD '…'; pg_hba.conf). The database
-- belongs to attestry alone: PUBLIC loses TEMPORARY and CREATE in it.

-- Roles belong to the whole cluster: a migration of another database may be
-- creating the same ones just now.
DO $$
BEGIN
	CREATE ROLE attestry_owner NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END $$;

DO $$
BEGIN
	CREATE ROLE attestry_worker LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END $$;

DO $$
BEGIN
	CREATE ROLE attestry_reader LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END $$;

-- Whoever migrates acts as the owner; a superuser does without being told.
DO $$
BEGIN
	IF NOT pg_has_role('attestry_owner', 'MEMBER') THEN
		EXECUTE format('GRANT attestry_owner TO %I', current_user);
	END IF;
END $$;

REVOKE attestry_owner FROM attestry_worker, attestry_reader;

-- A statement that hangs is ended by the server, before the worker gives up
-- on it (PG_TIMEOUT_MS in src/pg.h) and leaves it running.
ALTER ROLE attestry_worker SET statement_timeout = '4s';
ALTER ROLE attestry_worker SET lock_timeout = '3s';
ALTER ROLE attestry_worker SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE attestry_worker SET search_path = public;
-- A plan is kept as long as the connection, and one that reads a table of fifty
-- rows through would be used for fifty thousand, until the next ANALYZE.
ALTER ROLE attestry_worker SET enable_seqscan = off;
ALTER ROLE attestry_reader SET statement_timeout = '4s';
ALTER ROLE attestry_reader SET default_transaction_read_only = on;
ALTER ROLE attestry_reader SET search_path = public;
ALTER ROLE attestry_reader SET enable_seqscan = off;

DO $$
DECLARE
	db text := current_database();
BEGIN
	EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I'
	    ' FROM PUBLIC, attestry_worker, attestry_reader', db);
	EXECUTE format('GRANT CONNECT ON DATABASE %I'
	    ' TO attestry_worker, attestry_reader', db);
END $$;

-- Everybody may make large objects, and write into them even in transactions
-- that are read-only; nobody here has a use for that. Whose functions they are
-- takes it away: a superuser.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT oid FROM pg_proc
	    WHERE pronamespace = 'pg_catalog'::regnamespace
	    AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea',
	    'lo_open', 'lo_put', 'lo_truncate', 'lo_truncate64', 'lo_unlink',
	    'lowrite') AND pg_has_role(proowner, 'USAGE')
	LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
	END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC, attestry_worker, attestry_reader;
GRANT USAGE ON SCHEMA public TO attestry_worker, attestry_reader;
GRANT USAGE, CREATE ON SCHEMA public TO attestry_owner;
