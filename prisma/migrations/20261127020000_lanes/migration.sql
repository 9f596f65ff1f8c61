-- what a lane remembers, so that it finds a provider's limit again without hurting itself on it ----------

ALTER TABLE "mail_lane"
  -- Messages that may leave at once after a pause.
  ADD COLUMN "burst" INTEGER NOT NULL DEFAULT 1 CHECK ("burst" > 0),
  -- The rate at which the provider last complained, and until when the lane keeps below it.
  ADD COLUMN "hurt_rate" DOUBLE PRECISION,
  ADD COLUMN "hurt_until" TIMESTAMPTZ NOT NULL DEFAULT 'epoch',
  -- The highest rate that was clean for a while since then; null when nothing was.
  ADD COLUMN "proven_rate" DOUBLE PRECISION,
  -- Complaints since a rate was last proven.
  ADD COLUMN "strikes" SMALLINT NOT NULL DEFAULT 0,
  -- An infinite moment is none that a client can read.
  ALTER COLUMN "next_at" SET DEFAULT 'epoch',
  ALTER COLUMN "bulk_next_at" SET DEFAULT 'epoch',
  ALTER COLUMN "paused_until" SET DEFAULT 'epoch';

-- All lanes together: what the server of SMTP_URL takes. Without a limit of its own it is never read.
INSERT INTO "mail_lane" ("lane", "rate", "rate_cap", "connections", "connections_cap")
VALUES ('*', 1000000, 1000000, 1000, 1000);

-- A lane that mail is sorted into has limits: without them its mail would wait for ever.
ALTER TABLE "mail_domain" ADD FOREIGN KEY ("lane") REFERENCES "mail_lane" ("lane");

-- The first due mail of a lane without visiting those that wait for another attempt.
DROP INDEX "mail_due";
CREATE INDEX "mail_due" ON "mail" ("lane", "no", "not_before")
  WHERE "status" = 'staged' AND "wave" IS NOT NULL;
CREATE INDEX "mail_due_everyday" ON "mail" ("lane", "no", "not_before")
  WHERE "status" = 'staged' AND "wave" IS NOT NULL AND "purpose" = 'confirmation';

-- Takes due mails of these lanes for a lease of 60 s and gives each the moment it may leave, at most
-- `horizon` seconds ahead. Mail of sweeps keeps `bulk_share` of a lane; everyday mail has all of it, and
-- comes first. A mail is charged to its lane and to all lanes together, or to neither. Lanes are locked in
-- one order and before any mail, whose rows are never waited for.
CREATE FUNCTION "mail_claim"(
  "of_owner" text, "at_most" integer, "horizon" double precision, "bulk_share" double precision, "of_lanes" text[]
) RETURNS TABLE ("mail_no" bigint, "slot_at" timestamptz, "tried" integer, "lane_rate" double precision)
LANGUAGE plpgsql ROWS 100 AS $$
DECLARE
  moment timestamptz;
  lanes text[]; rates float8[]; bursts float8[]; tats float8[]; bulk_tats float8[];
  all_rate float8; all_burst float8; all_tat float8 := 0;
  due record; i integer; soonest float8; closed text[];
  nos bigint[] := '{}'; slots float8[] := '{}'; taken integer[] := '{}';
BEGIN
  PERFORM FROM mail_lane l
    WHERE l.lane = ANY(of_lanes) OR (l.lane = '*' AND l.rate < 100000)
    ORDER BY l.lane FOR UPDATE;
  moment := clock_timestamp();
  SELECT array_agg(l.lane ORDER BY l.lane), array_agg(l.rate ORDER BY l.lane),
    array_agg((l.burst - 1) / l.rate ORDER BY l.lane),
    array_agg(extract(epoch FROM greatest(l.next_at, moment) - moment)::float8 ORDER BY l.lane),
    array_agg(extract(epoch FROM greatest(l.bulk_next_at, moment) - moment)::float8 ORDER BY l.lane)
  INTO lanes, rates, bursts, tats, bulk_tats
  FROM mail_lane l
  WHERE l.lane = ANY(of_lanes) AND l.lane <> '*' AND l.paused_until <= moment;
  IF lanes IS NULL THEN RETURN; END IF;
  SELECT l.rate, (l.burst - 1) / l.rate, extract(epoch FROM greatest(l.next_at, moment) - moment)
  INTO all_rate, all_burst, all_tat
  FROM mail_lane l WHERE l.lane = '*' AND l.rate < 100000;

  closed := ARRAY(SELECT substr(v.scope, 7) FROM valve v WHERE v.state = 'closed' AND v.scope LIKE 'sweep:%');
  FOR due IN
    WITH room AS (
      SELECT lane, place,
        floor(least(at_most, greatest(0, horizon - tat + burst) * rate + 1))::int AS every,
        floor(least(at_most, greatest(0, horizon - greatest(tat, bulk_tat) + burst) * rate * bulk_share + 1))::int AS bulk
      FROM unnest(lanes, rates, bursts, tats, bulk_tats) WITH ORDINALITY AS u (lane, rate, burst, tat, bulk_tat, place)
      WHERE tat - burst <= horizon
    ), first AS (
      SELECT r.place, m.no, true AS everyday FROM room r, LATERAL (
        SELECT m.no FROM mail m
        WHERE m.lane = r.lane AND m.status = 'staged' AND m.wave IS NOT NULL AND m.not_before <= moment
          AND m.purpose = 'confirmation' AND m.sweep_id <> ALL(closed)
        ORDER BY m.no LIMIT r.every) m
      UNION ALL
      SELECT r.place, m.no, false FROM room r, LATERAL (
        SELECT m.no FROM mail m
        WHERE m.lane = r.lane AND m.status = 'staged' AND m.wave IS NOT NULL AND m.not_before <= moment
          AND m.purpose <> 'confirmation' AND m.sweep_id <> ALL(closed)
        ORDER BY m.no LIMIT r.bulk) m
      ORDER BY everyday DESC, no LIMIT at_most
    )
    SELECT f.place, f.no, f.everyday FROM first f JOIN mail m ON m.no = f.no
    WHERE m.status = 'staged' AND mail_may_leave(m.sweep_id, m.lane)
    ORDER BY f.everyday DESC, f.no
    FOR UPDATE OF m SKIP LOCKED
  LOOP
    i := due.place;
    soonest := greatest(0, tats[i] - bursts[i]);
    IF NOT due.everyday THEN soonest := greatest(soonest, bulk_tats[i] - bursts[i]); END IF;
    IF all_rate IS NOT NULL THEN soonest := greatest(soonest, all_tat - all_burst); END IF;
    CONTINUE WHEN soonest > horizon;
    tats[i] := greatest(soonest, tats[i]) + 1 / rates[i];
    IF NOT due.everyday THEN
      bulk_tats[i] := greatest(soonest, bulk_tats[i]) + 1 / (rates[i] * bulk_share);
    END IF;
    IF all_rate IS NOT NULL THEN all_tat := greatest(soonest, all_tat) + 1 / all_rate; END IF;
    nos := nos || due.no; slots := slots || soonest; taken := taken || i;
  END LOOP;
  IF nos = '{}' THEN RETURN; END IF;

  UPDATE mail m
  SET status = 'sending', attempts = m.attempts + 1, body_at = NULL,
    lease_owner = of_owner, lease_until = now() + interval '60 seconds'
  WHERE m.no = ANY(nos);
  UPDATE mail_lane l
  SET next_at = moment + make_interval(secs => u.tat), bulk_next_at = moment + make_interval(secs => u.bulk_tat)
  FROM unnest(lanes, tats, bulk_tats) WITH ORDINALITY AS u (lane, tat, bulk_tat, place)
  WHERE l.lane = u.lane AND u.place = ANY(taken);
  IF all_rate IS NOT NULL THEN
    UPDATE mail_lane l SET next_at = moment + make_interval(secs => all_tat) WHERE l.lane = '*';
  END IF;
  RETURN QUERY SELECT u.no, moment + make_interval(secs => u.slot), m.attempts, rates[u.place]
    FROM unnest(nos, slots, taken) AS u (no, slot, place) JOIN mail m ON m.no = u.no ORDER BY u.slot, u.no;
END $$;

GRANT SELECT, INSERT, UPDATE ON "mail_lane", "mail_domain" TO cordon_app;
