"""
Fills the database with stored quotes: each is a genuine one whose report data
and signature were replaced by noise, so that it takes as much room as a real
one and can be shown, and has the verdict of the one that it was made from.
"""

import concurrent.futures
import os
import time

# A row's number makes its noise: the same rows every time, and nothing that
# compresses.
QUOTES = """
INSERT INTO quote (checksum, raw, content_sha256, tee, version, fmspc, ca,
    ppid, pce_id, uploaded_at)
SELECT sha256(made.raw), made.raw, sha256(made.noise), q.tee, q.version,
    q.fmspc, q.ca, q.ppid, q.pce_id,
    q.uploaded_at - made.number * interval '1 millisecond'
FROM quote q, LATERAL (
    SELECT number, noise, overlay(overlay(q.raw
        PLACING noise FROM {report_data}) PLACING noise FROM {signature}) raw
    FROM generate_series({first}::bigint, {last}) number, LATERAL (
        SELECT sha256(int8send(number)) || sha256(int8send(-number)) noise
    ) noises
) made
WHERE q.checksum = '\\x{checksum}'
"""

# Of these same rows, which are found by their instants.
VERDICTS = """
INSERT INTO verdict (checksum, verified_at, verified, tcb_status, tcb_date,
    tcb_evaluation_data_number, expires_at, advisory_ids, reason, message,
    collateral_id, policy, engine_version, fixed_time, tcb)
SELECT q.checksum, v.verified_at, v.verified, v.tcb_status, v.tcb_date,
    v.tcb_evaluation_data_number, v.expires_at, v.advisory_ids, v.reason,
    v.message, v.collateral_id, v.policy, v.engine_version, v.fixed_time, v.tcb
FROM quote base JOIN verdict v USING (checksum), quote q
WHERE base.checksum = '\\x{checksum}'
    AND q.uploaded_at >= base.uploaded_at - {last} * interval '1 millisecond'
    AND q.uploaded_at <= base.uploaded_at - {first} * interval '1 millisecond'
"""

# In one transaction. The rows refer to each other rightly, so that the role
# "replica", which looks nothing up, does no harm.
BATCH = 20000

# Of a TDX quote, version 4: 48 bytes of header, 584 of TD report, which ends
# in 64 of report data, and four of length before the signature. From 1.
REPORT_DATA_AT = 1 + 48 + 584 - 64
SIGNATURE_AT = 1 + 48 + 584 + 4


def fill(service, checksum, first, last, until):
    """
    Adds rows number `first` to `last`, or as many as the time allows.

    checksum	hex, of a stored TDX quote of version 4 with its verdict
    until	instant, as time.time() tells it

    Returns the number of the last one.
    """
    def add(begin):
        """Returns whether there was time left for it."""
        if time.time() > until:
            return False
        place = {"checksum": checksum, "first": begin,
                 "last": min(begin + BATCH - 1, last),
                 "report_data": REPORT_DATA_AT, "signature": SIGNATURE_AT}
        service.sql("SET session_replication_role = replica; BEGIN;"
                    + QUOTES.format(**place) + ";"
                    + VERDICTS.format(**place) + "; COMMIT")
        return True

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        num_added = sum(pool.map(add, range(first, last + 1, BATCH)))
    end = min(first - 1 + num_added * BATCH, last)
    service.sql("ANALYZE quote, verdict")
    return end


def size_of(service):
    """Bytes on disk of quotes and verdicts, with indexes and all."""
    (quote, verdict), = service.sql(
        "SELECT pg_total_relation_size('quote'),"
        " pg_total_relation_size('verdict')")
    return int(quote), int(verdict)
