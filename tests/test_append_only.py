"""
The service's roles add rows and change nothing: every statement that would
do more is refused, for each table and each role. The superuser himself only
gets past the triggers by taking them off.
"""

import subprocess

from e2e import Service, psql
from tap import done, note, ok, same
from world import World

DONE = "00000"
DENIED = "42501"     # insufficient_privilege
READ_ONLY = "25006"  # read_only_sql_transaction

# Every table: what a worker may fill in, what the database fills in itself.
TABLES = {
    "migration": ([], ["version", "name", "applied_at"]),
    "quote": (["checksum", "raw", "content_sha256", "tee", "version", "fmspc",
               "ca", "ppid", "pce_id"], ["uploaded_at"]),
    "collateral": (["id", "tee", "fmspc", "ca", "pck_crl_issuer_chain",
                    "root_ca_crl", "pck_crl", "tcb_info_issuer_chain",
                    "tcb_info", "tcb_info_signature",
                    "qe_identity_issuer_chain", "qe_identity",
                    "qe_identity_signature", "issued_at", "expires_at"], []),
    "collateral_fetch": (["tee", "fmspc", "ca", "fixed_at", "collateral_id"],
                         ["fetched_at"]),
    "verdict": (["checksum", "verified_at", "verified", "tcb_status",
                 "tcb_date", "tcb_evaluation_data_number", "expires_at",
                 "advisory_ids", "reason", "message", "collateral_id",
                 "policy", "engine_version", "fixed_time", "tcb"],
                ["recorded_at"]),
    "document": (["id", "trust", "name", "number", "issued_at", "expires_at",
                  "issuer_chain", "body", "signature"], []),
    "document_fetch": (["trust", "name", "number", "issued_at", "fixed_at",
                        "document_id"], ["fetched_at"]),
    "document_miss": (["trust", "name", "reason"], ["missed_at"]),
    "source_outcome": (["source", "good", "retry_after_s"], ["recorded_at"]),
    "reverification": (["tee", "fmspc", "ca", "began_at", "collateral_id"],
                       ["finished_at"]),
}

# To be tried on each {table}; {column} is one of its columns.
TABLE_STATEMENTS = """
UPDATE {table} SET {column} = {column}
UPDATE {table} SET {column} = DEFAULT WHERE false
DELETE FROM {table}
DELETE FROM {table} WHERE false
WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) FROM gone
MERGE INTO {table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE
EXPLAIN ANALYZE DELETE FROM {table}
PREPARE d AS DELETE FROM {table}; EXECUTE d
DO $$ BEGIN DELETE FROM {table}; END $$
TRUNCATE {table}
TRUNCATE {table} CASCADE
SELECT * FROM {table} FOR UPDATE
SELECT * FROM {table} FOR SHARE
BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE
BEGIN; LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE
DROP TABLE {table}
DROP TABLE {table} CASCADE
DROP TRIGGER append_only ON {table}
ALTER TABLE {table} DISABLE TRIGGER append_only
ALTER TABLE {table} DISABLE TRIGGER ALL
ALTER TABLE {table} ENABLE REPLICA TRIGGER append_only
ALTER TABLE {table} ADD COLUMN x int
ALTER TABLE {table} DROP COLUMN {column}
ALTER TABLE {table} RENAME TO x
ALTER TABLE {table} RENAME COLUMN {column} TO x
ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL
ALTER TABLE {table} OWNER TO CURRENT_USER
ALTER TABLE {table} SET SCHEMA pg_temp
ALTER TABLE {table} SET UNLOGGED
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY
CREATE POLICY p ON {table} USING (false)
CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING
CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE INDEX ON {table} ({column})
CREATE STATISTICS s ON tableoid, {column} FROM {table}
CREATE VIEW v AS SELECT * FROM {table}
CREATE MATERIALIZED VIEW v AS SELECT * FROM {table}
CREATE TABLE x AS SELECT * FROM {table}
SELECT * INTO x FROM {table}
CREATE TEMP TABLE {table} ()
CREATE TABLE x () INHERITS ({table})
CLUSTER {table} USING {table}_pkey
REINDEX TABLE {table}
COMMENT ON TABLE {table} IS 'x'
COPY {table} TO '/tmp/x'
COPY {table} TO PROGRAM 'cat'
COPY {table} FROM '/etc/passwd'
COPY {table} FROM PROGRAM 'cat'
INSERT INTO {table} ({column}) SELECT {column} FROM {table} ON CONFLICT ON CONSTRAINT {table}_pkey DO UPDATE SET {column} = excluded.{column}
""".strip().splitlines()

# PostgreSQL answers these with a warning, and does nothing.
WARNED_STATEMENTS = """
GRANT DELETE ON {table} TO attestry_reader
GRANT ALL ON {table} TO PUBLIC
REVOKE SELECT ON {table} FROM attestry_reader
""".strip().splitlines()

# To be tried once.
STATEMENTS = """
CREATE TABLE x (y int)
CREATE TABLE pg_temp.x (y int)
CREATE TEMP TABLE x (y int)
CREATE UNLOGGED TABLE x (y int)
CREATE SEQUENCE x
CREATE TEMP SEQUENCE x
CREATE VIEW x AS SELECT 1
CREATE SCHEMA x
CREATE TYPE x AS (y int)
CREATE DOMAIN x AS int
CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE FUNCTION pg_temp.x() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE FUNCTION x() RETURNS int LANGUAGE c AS '/lib/x.so', 'x'
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'
CREATE OR REPLACE FUNCTION behind_length(value text) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT NULL'
CREATE AGGREGATE x(int) (SFUNC = int4pl, STYPE = int)
CREATE EXTENSION dblink
CREATE EXTENSION file_fdw
CREATE EXTENSION adminpack
CREATE FOREIGN DATA WRAPPER x
CREATE EVENT TRIGGER x ON ddl_command_start EXECUTE FUNCTION refuse_change()
CREATE PUBLICATION x FOR ALL TABLES
CREATE ROLE x
CREATE ROLE x SUPERUSER
CREATE DATABASE x
CREATE TABLESPACE x LOCATION '/tmp'
DROP DATABASE postgres
DROP SCHEMA public CASCADE
DROP ROLE attestry_reader
DROP OWNED BY attestry_owner
REASSIGN OWNED BY attestry_owner TO CURRENT_USER
ALTER DATABASE attestry SET fsync = off
ALTER DATABASE attestry SET session_replication_role = replica
ALTER SYSTEM SET fsync = off
ALTER SCHEMA public OWNER TO CURRENT_USER
ALTER DEFAULT PRIVILEGES FOR ROLE attestry_owner GRANT ALL ON TABLES TO PUBLIC
ALTER ROLE CURRENT_USER SUPERUSER
ALTER ROLE CURRENT_USER CREATEROLE
ALTER ROLE CURRENT_USER BYPASSRLS
ALTER ROLE postgres PASSWORD 'x'
GRANT attestry_owner TO CURRENT_USER
GRANT pg_write_server_files TO CURRENT_USER
GRANT pg_execute_server_program TO CURRENT_USER
SET ROLE attestry_owner
SET ROLE postgres
SET SESSION AUTHORIZATION postgres
SET session_replication_role = replica
SET allow_system_table_mods = on
SET zero_damaged_pages = on
SET ignore_checksum_failure = on
UPDATE pg_class SET relname = relname
DELETE FROM pg_trigger
UPDATE pg_authid SET rolsuper = true
INSERT INTO pg_auth_members VALUES (1, 2, 3, true)
SELECT * FROM pg_authid
SELECT * FROM pg_hba_file_rules
SELECT pg_read_file('/etc/passwd')
SELECT pg_read_binary_file('PG_VERSION')
SELECT pg_ls_dir('.')
SELECT pg_stat_file('PG_VERSION')
SELECT pg_ls_waldir()
SELECT pg_reload_conf()
SELECT pg_rotate_logfile()
SELECT pg_switch_wal()
SELECT pg_promote()
SELECT pg_create_restore_point('x')
SELECT pg_create_physical_replication_slot('x')
SELECT pg_create_logical_replication_slot('x', 'pgoutput')
SELECT pg_replication_origin_create('x')
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' AND pid <> pg_backend_pid()
SELECT lo_import('/etc/passwd')
SELECT lo_export(1, '/tmp/x')
SELECT lo_create(0)
SELECT lo_creat(-1)
SELECT lo_from_bytea(0, 'x')
SELECT lo_put(1, 0, 'x')
SELECT lo_unlink(1)
SELECT lowrite(0, 'x')
COPY (SELECT 1) TO '/tmp/x'
COPY (SELECT 1) TO PROGRAM 'cat'
LOAD '/tmp/x.so'
CHECKPOINT
""".strip().splitlines()


class Refusals:
    """What the database says to many statements of one role, in one psql."""

    def __init__(self, service, role):
        self.service = service
        self.role = role

    def states(self, statements):
        """(SQLSTATE, message) of each."""
        script = ["\\set VERBOSITY terse", "SET client_min_messages = error;"]
        for statement in statements:
            script += [statement + ";",
                       "\\echo ':' :SQLSTATE :LAST_ERROR_MESSAGE",
                       "ROLLBACK;", "DEALLOCATE ALL;"]
        run = subprocess.run(
            [psql(), "-XAtq", self.service.conninfo(self.role)],
            input="\n".join(script), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        found = [line[2:].split(" ", 1) for line in run.stdout.splitlines()
                 if line.startswith(": ")]
        if len(found) != len(statements):
            raise RuntimeError(f"{len(statements)} statements, "
                               f"{len(found)} answers: {run.stdout[-500:]}")
        return [(state, *rest, "")[:2] for state, *rest in found]

    def refuses(self, statements, states=(DENIED,), message=""):
        """A case for each of them."""
        for statement, (state, said) in zip(statements,
                                            self.states(statements)):
            if not ok(state in states and message in said,
                      f"{self.role}: {statement[:70]}"):
                note(f"{state} {said}; want {' or '.join(states)}")


def snapshot(service):
    """Rows, tables, functions, triggers, privileges, roles: all that must be
    the same afterwards."""
    rows = [service.sql(f"SELECT '{table}', count(*), md5(string_agg(t::text,"
                        f" '' ORDER BY t::text)) FROM {table} t")
            for table in TABLES]
    return rows + [service.sql(query) for query in (
        "SELECT relname, relkind, relowner, relacl FROM pg_class WHERE"
        " relnamespace = 'public'::regnamespace ORDER BY 1, 2",
        "SELECT attrelid, attname, attacl FROM pg_attribute WHERE attrelid >"
        " 16384 ORDER BY 1, 2",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace ="
        " 'public'::regnamespace ORDER BY 1",
        "SELECT tgrelid, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2",
        "SELECT rolname, rolsuper, rolcreaterole, rolconfig FROM pg_roles"
        " ORDER BY 1",
        "SELECT roleid, member FROM pg_auth_members ORDER BY 1, 2",
        "SELECT count(*) FROM pg_largeobject_metadata",
        "SELECT nspname FROM pg_namespace ORDER BY 1")]


def of_tables(statements):
    """Each on each table."""
    return [statement.format(table=table, column=(own or given)[0])
            for table, (given, own) in TABLES.items()
            for statement in statements]


def columns(service):
    """The tables here are all there are, and so are their columns."""
    there = service.sql(
        "SELECT c.relname, a.attname, has_column_privilege('attestry_worker',"
        " c.oid, a.attnum, 'INSERT') FROM pg_class c JOIN pg_attribute a ON"
        " a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace AND"
        " c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0"
        " AND NOT a.attisdropped ORDER BY 1, 2")
    same(there, sorted(
        [(table, column, "t") for table, (given, _) in TABLES.items()
         for column in given] +
        [(table, column, "f") for table, (_, own) in TABLES.items()
         for column in own]),
        "which columns of which tables a worker fills in")
    own = [f"INSERT INTO {table} ({column}) VALUES (NULL)"
           for table, (_, columns) in TABLES.items() for column in columns]
    Refusals(service, "attestry_worker").refuses(own)
    everything = [f"INSERT INTO {table} ({given[0]}) VALUES (NULL)"
                  for table, (given, _) in TABLES.items() if given]
    reader = Refusals(service, "attestry_reader")
    reader.refuses(own + everything, (READ_ONLY,))
    reader.refuses([f"BEGIN READ WRITE; {statement}"
                    for statement in own + everything])


def functions(service):
    """They do no more than whoever calls them may, and stay as they are."""
    there = service.sql(
        "SELECT oid::regprocedure, prosecdef FROM pg_proc WHERE pronamespace ="
        " 'public'::regnamespace ORDER BY 1")
    ok(len(there) > 1 and {definer for _, definer in there} == {"f"},
       "no function acts as its owner")
    changes = [f"ALTER FUNCTION {function} {change}" for function, _ in there
               for change in ("SECURITY DEFINER", "OWNER TO CURRENT_USER",
                              "RENAME TO x", "SET search_path = pg_temp")]
    changes += [f"DROP FUNCTION {function} CASCADE" for function, _ in there]
    Refusals(service, "attestry_worker").refuses(changes)
    Refusals(service, "attestry_reader").refuses(changes, (DENIED, READ_ONLY))


def roles(service):
    worker = Refusals(service, "attestry_worker")
    worker.refuses(of_tables(TABLE_STATEMENTS) + STATEMENTS)
    worker.refuses(of_tables(WARNED_STATEMENTS), (DONE,))
    # The reader's transactions are read-only, unless it wants otherwise.
    reader = Refusals(service, "attestry_reader")
    reader.refuses(of_tables(TABLE_STATEMENTS) + STATEMENTS,
                   (DENIED, READ_ONLY))
    reader.refuses(["SET default_transaction_read_only = off; " + statement
                    for statement in of_tables(TABLE_STATEMENTS)])
    # A superuser meets the triggers, whatever replica he plays.
    Refusals(service, "postgres").refuses(
        [before + statement for table, (given, own) in TABLES.items()
         for statement in (
             f"UPDATE {table} SET {(own or given)[0]} = DEFAULT",
             f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE")
         for before in ("", "SET session_replication_role = replica; ")],
        message="rows are only ever added")


def control(service):
    """What is allowed is not taken for a refusal, nor is a lost trigger."""
    worker = Refusals(service, "attestry_worker")
    same(worker.states(["SELECT count(*) FROM quote"])[0][0], DONE,
         "control: a worker reads")
    same(worker.states(["INSERT INTO source_outcome (source, good)"
                        " VALUES ('x', true)"])[0][0], DONE,
         "control: and adds rows")
    superuser = Refusals(service, "postgres")
    same(superuser.states([
        "BEGIN; ALTER TABLE source_outcome DISABLE TRIGGER append_only; "
        "DELETE FROM source_outcome"])[0][0], DONE,
        "control: without its trigger a table loses rows")


with World() as world, Service(**world.settings) as service:
    for name in "tdx-v4", "sgx-v3":
        service.upload(world.quote(name))
    before = snapshot(service)
    columns(service)
    functions(service)
    roles(service)
    same(snapshot(service), before, "and nothing has changed")
    control(service)
done()
