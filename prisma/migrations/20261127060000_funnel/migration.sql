-- The valve tells senders at once, mail is counted as it moves, and open resets are looked at again.

-- Whoever turns the valve, and however: every sender hears it with the commit.
CREATE FUNCTION "tell_valve"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('cordon_valve', NEW."state" || ' ' || NEW."scope");
  RETURN NULL;
END $$;
CREATE TRIGGER "valve_tells" AFTER INSERT OR UPDATE ON "valve"
  FOR EACH ROW EXECUTE FUNCTION "tell_valve"();

-- How many mails there are: the sum of what each statement added to and took from a state. Rows are only ever
-- added, so that senders never wait for each other's counts; folding adds up rows of the same key now and then.
-- `sweep_id` is empty for mail of no sweep, `lane` until it is known; `released` is false until its wave is.
CREATE TABLE "mail_tally" (
  "sweep_id" TEXT COLLATE "C" NOT NULL,
  "lane" TEXT COLLATE "C" NOT NULL,
  "purpose" TEXT COLLATE "C" NOT NULL,
  "status" TEXT COLLATE "C" NOT NULL,
  "released" BOOLEAN NOT NULL,
  "mails" BIGINT NOT NULL
);

CREATE FUNCTION "tally_mail_added"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mail_tally ("sweep_id", "lane", "purpose", "status", "released", "mails")
  SELECT coalesce(s."id", ''), m."lane", m."purpose", m."status", m."released", m."mails"
  FROM (SELECT "sweep_id", coalesce("lane", '') AS "lane", "purpose", "status", "wave" IS NOT NULL AS "released",
               count(*) AS "mails"
        FROM "added" GROUP BY 1, 2, 3, 4, 5) m
  LEFT JOIN "sweep" s ON s."id" = m."sweep_id";
  RETURN NULL;
END $$;

CREATE FUNCTION "tally_mail_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mail_tally ("sweep_id", "lane", "purpose", "status", "released", "mails")
  SELECT coalesce(s."id", ''), m."lane", m."purpose", m."status", m."released", m."mails"
  FROM (SELECT "sweep_id", coalesce("lane", '') AS "lane", "purpose", "status", "wave" IS NOT NULL AS "released",
               sum("one") AS "mails"
        FROM (SELECT "sweep_id", "lane", "purpose", "status", "wave", 1 AS "one" FROM "after"
              UNION ALL
              SELECT "sweep_id", "lane", "purpose", "status", "wave", -1 FROM "before") moved
        GROUP BY 1, 2, 3, 4, 5 HAVING sum("one") <> 0) m
  LEFT JOIN "sweep" s ON s."id" = m."sweep_id";
  RETURN NULL;
END $$;

CREATE TRIGGER "mail_counted" AFTER INSERT ON "mail" REFERENCING NEW TABLE AS "added"
  FOR EACH STATEMENT EXECUTE FUNCTION "tally_mail_added"();
CREATE TRIGGER "mail_recounted" AFTER UPDATE ON "mail" REFERENCING OLD TABLE AS "before" NEW TABLE AS "after"
  FOR EACH STATEMENT EXECUTE FUNCTION "tally_mail_changed"();

INSERT INTO "mail_tally" ("sweep_id", "lane", "purpose", "status", "released", "mails")
SELECT coalesce(s."id", ''), coalesce(m."lane", ''), m."purpose", m."status", m."wave" IS NOT NULL, count(*)
FROM "mail" m LEFT JOIN "sweep" s ON s."id" = m."sweep_id" GROUP BY 1, 2, 3, 4, 5;

-- When an open reset is looked at next: whether its owner was mailed, must be reminded, or goes to people. Half of
-- the shortest wait before a reminder, so that the first look comes before the first reminder can be due.
ALTER TABLE "reset" ADD COLUMN "remind_at" TIMESTAMPTZ NOT NULL DEFAULT now() + interval '12 hours';
CREATE INDEX "reset_remind" ON "reset" ("remind_at") WHERE "status" = 'ordered';
CREATE INDEX "reset_sweep" ON "reset" ("sweep_id");

GRANT SELECT, INSERT, DELETE ON "mail_tally" TO cordon_app;
