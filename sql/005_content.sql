-- Uploads by what is signed in them: padded copies of one attestation share
-- it, and a put counts them (ATTESTRY_COPIES_MAX).
CREATE INDEX quote_content ON quote (content_sha256);
