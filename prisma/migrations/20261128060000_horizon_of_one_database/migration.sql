-- The order of the record is final up to the oldest transaction that may still write into it. A snapshot's xmin
-- is too careful: it counts the transactions of every database of the server, and one of somebody else's that is
-- open for an hour would hold sealing up for an hour. Those can write nothing here, and are passed over.
-- Sound because a transaction stays with its backend, and a backend with its database: who is named with a
-- transaction of this snapshot is who holds it. The list of backends is taken after the snapshot, hence the
-- clearing. Whatever is not in it (a prepared transaction, one that has just ended) holds the horizon.
CREATE OR REPLACE FUNCTION "cordon_horizon"() RETURNS xid8 LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen pg_snapshot := pg_current_snapshot();
  final xid8 := pg_snapshot_xmin(seen);
BEGIN
  IF final <> pg_snapshot_xmax(seen) THEN
    PERFORM pg_stat_clear_snapshot();
    SELECT coalesce(min(running::text::bigint)::text::xid8, pg_snapshot_xmax(seen)) INTO final
    FROM pg_snapshot_xip(seen) running
    WHERE NOT EXISTS (
      SELECT FROM pg_stat_activity a
      WHERE a.backend_xid = running::xid
        AND a.datid <> (SELECT oid FROM pg_database WHERE datname = current_database()));
  END IF;
  RETURN (final::text::bigint + cordon_tx_shift())::text::xid8;
END $$;
