-- A read is a statement that each connection prepares (src/pg_prepared.h): a
-- function around it would cost a seventh of the read. And that no plan reads a
-- table through is a setting of the roles (roles.sql), rather than one that each
-- call of a function has to set and take back.
DROP FUNCTION get_quote;
ALTER FUNCTION put_upload RESET enable_seqscan;
ALTER FUNCTION check_verdict RESET enable_seqscan;
