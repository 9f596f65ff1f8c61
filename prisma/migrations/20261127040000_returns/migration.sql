-- what came back to a mail -------------------------------------------------------------------------------

-- The first failure that was reported of it, and the first complaint. Whether it was accepted stays in `status`.
ALTER TABLE "mail"
  ADD COLUMN "bounced_at" TIMESTAMPTZ,
  ADD COLUMN "bounce_status" TEXT CHECK ("bounce_status" ~ '^[45]\.\d{1,3}\.\d{1,3}$'),
  ADD COLUMN "bounce_class" TEXT,
  ADD COLUMN "complained_at" TIMESTAMPTZ,
  ADD CHECK (("bounced_at" IS NULL) = ("bounce_class" IS NULL));

-- One row a report. The same bytes again are the same report.
CREATE TABLE "mail_return" (
  "mail_no" BIGINT NOT NULL REFERENCES "mail" ("no"),
  "digest" BYTEA NOT NULL CHECK (length("digest") = 32),
  "kind" TEXT NOT NULL
    CHECK ("kind" IN ('failed', 'delayed', 'delivered', 'complaint', 'auto_reply', 'notice', 'unreadable')),
  "status" TEXT,
  "class" TEXT,
  -- What a server wrote, without addresses and tokens.
  "diagnostic" TEXT CHECK (length("diagnostic") <= 200 AND "diagnostic" !~ '@'),
  "received_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY ("mail_no", "digest")
);

-- What the mailbox of a seed received of its mail: the first copy, and over it the first bad one.
CREATE TABLE "mail_seed_copy" (
  "seed_id" UUID PRIMARY KEY,
  "received_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "ok" BOOLEAN NOT NULL,
  "problem" TEXT,
  CHECK ("ok" = ("problem" IS NULL))
);

-- How many messages were refused or shed, by reason: forged, not_ours, over_quota, busy, oversized, stray, failed.
CREATE TABLE "mail_intake" (
  "reason" TEXT COLLATE "C" PRIMARY KEY,
  "messages" BIGINT NOT NULL
);

GRANT SELECT, INSERT ON "mail_return" TO cordon_app;
GRANT SELECT, INSERT, UPDATE ON "mail_seed_copy", "mail_intake" TO cordon_app;
