-- staging: what was foreseen of a sweep's mail, and the waves it is let go in (design §7) -----------------

-- `text_revision`: what the mails of the plan say, apart from who sends them how. Null for plans from
-- before; their mail revision is just that.
ALTER TABLE "sweep" ADD COLUMN "forecast" JSONB, ADD COLUMN "text_revision" TEXT;

-- The mass mail of a sweep with a row here waits for its wave; all other mail leaves at once. Written with
-- the plan, so that the policy in force is the one that was approved.
CREATE TABLE "mail_run" (
  "sweep_id" TEXT PRIMARY KEY,
  "policy" JSONB NOT NULL,
  "seeds" TEXT[] NOT NULL,
  "planned" INTEGER NOT NULL CHECK ("planned" >= 0),
  -- The mailer that people agreed to: that of the plan, or a later one they opened the valve for.
  "mail_revision" TEXT NOT NULL,
  "begun_at" TIMESTAMPTZ,
  "ended_at" TIMESTAMPTZ CHECK ("ended_at" IS NULL OR "begun_at" IS NOT NULL)
);
CREATE INDEX "mail_run_active" ON "mail_run" ("sweep_id") WHERE "begun_at" IS NOT NULL AND "ended_at" IS NULL;

-- `no`: 0 is the canary. Its mails are those numbered from first to last whose wave it is.
CREATE TABLE "mail_wave" (
  "sweep_id" TEXT NOT NULL,
  "no" SMALLINT NOT NULL CHECK ("no" >= 0),
  "mails" INTEGER NOT NULL CHECK ("mails" > 0),
  "first_no" BIGINT NOT NULL,
  "last_no" BIGINT NOT NULL,
  "released_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  "ended_at" TIMESTAMPTZ,
  "verified_at" TIMESTAMPTZ,
  "stopped_at" TIMESTAMPTZ,
  "stop_reason" TEXT,
  PRIMARY KEY ("sweep_id", "no"),
  CHECK (("stopped_at" IS NULL) = ("stop_reason" IS NULL))
);

-- Copies for mailboxes of our own that end a wave. They belong to no account and hold no live token, and
-- are kept apart from mail so that what is counted there are people.
CREATE TABLE "mail_seed" (
  "id" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  "sweep_id" TEXT NOT NULL,
  "wave" SMALLINT NOT NULL,
  "recipient" TEXT NOT NULL
    CHECK (length("recipient") <= 254 AND "recipient" ~ '^[^[:space:][:cntrl:]@,;:<>()"\\]+@[^[:space:][:cntrl:]@,;:<>()"\\]+$'),
  "purpose" TEXT NOT NULL CHECK ("purpose" IN ('reset', 'notice', 'hold')),
  "locale" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'staged'
    CHECK ("status" IN ('staged', 'sending', 'accepted', 'rejected', 'unknown')),
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "not_before" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "lease_owner" TEXT,
  "lease_until" TIMESTAMPTZ,
  "body_at" TIMESTAMPTZ,
  "accepted_at" TIMESTAMPTZ,
  "reply" TEXT,
  UNIQUE ("sweep_id", "wave", "recipient")
);
CREATE INDEX "mail_seed_due" ON "mail_seed" ("not_before") WHERE "status" IN ('staged', 'sending');

-- What is open of a wave, whatever else is due; and which of a sweep's mails were refused.
CREATE INDEX "mail_open" ON "mail" ("sweep_id", "wave", "no")
  WHERE "status" IN ('staged', 'sending') AND "wave" IS NOT NULL;
CREATE INDEX "mail_refused" ON "mail" ("sweep_id", "wave") WHERE "status" = 'rejected';

GRANT SELECT, INSERT, UPDATE ON "mail_run", "mail_wave", "mail_seed" TO cordon_app;
