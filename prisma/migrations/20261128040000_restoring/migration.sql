-- A dump that is restored into another cluster meets smaller transaction numbers than the record holds. What is
-- recorded then must still come after what was, so the record counts on from where it stood: transaction numbers
-- plus this shift. A constant, so that it costs nothing; only the owner of the tables can raise it.
CREATE FUNCTION "cordon_tx_shift"() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0::bigint';

CREATE FUNCTION "cordon_tx"() RETURNS xid8 LANGUAGE sql VOLATILE
AS 'SELECT (pg_current_xact_id()::text::bigint + cordon_tx_shift())::text::xid8';

-- What is smaller was committed or never will be: the order of the record is final up to here.
CREATE FUNCTION "cordon_horizon"() RETURNS xid8 LANGUAGE sql STABLE
AS 'SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + cordon_tx_shift())::text::xid8';

ALTER TABLE "audit_event" ALTER COLUMN "tx" SET DEFAULT cordon_tx();

-- By how much the record is ahead of this cluster: 0 but after such a restore.
CREATE FUNCTION "cordon_tx_missing"() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT greatest(0, 1 - cordon_tx_shift() - pg_snapshot_xmax(pg_current_snapshot())::text::bigint + greatest(
    coalesce((SELECT "tx"::text::bigint FROM "audit_event" ORDER BY "tx" DESC LIMIT 1), 0),
    coalesce((SELECT max("cursor_tx"::text::bigint) FROM "event_endpoint"), 0)))
$$;

CREATE FUNCTION "cordon_follow_record"() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE missing bigint := cordon_tx_missing();
BEGIN
  IF missing > 0 THEN
    EXECUTE format('CREATE OR REPLACE FUNCTION cordon_tx_shift() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
      format('SELECT %s::bigint', cordon_tx_shift() + missing));
  END IF;
  RETURN missing;
END $$;
