-- lanes: one mailbox provider with its limits, shared by all processes (design §7) ---------------------

CREATE TABLE "mail_lane" (
  "lane" TEXT COLLATE "C" PRIMARY KEY,
  -- Messages a second and connections at once: now, and never more than the provider table allows.
  "rate" DOUBLE PRECISION NOT NULL CHECK ("rate" > 0),
  "rate_cap" DOUBLE PRECISION NOT NULL CHECK ("rate_cap" > 0),
  "connections" INTEGER NOT NULL CHECK ("connections" > 0),
  "connections_cap" INTEGER NOT NULL CHECK ("connections_cap" > 0),
  -- GCRA: when the next message may leave, and the same for mail of sweeps alone, which leaves a share
  -- of the lane to everyday mail.
  "next_at" TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
  "bulk_next_at" TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
  "paused_until" TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
  "pause_reason" TEXT,
  -- Accepted in a row since the rate last changed.
  "clean" INTEGER NOT NULL DEFAULT 0,
  "changed_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Which lane a domain's mail takes, from its MX or, where that cannot be asked, from the provider table.
CREATE TABLE "mail_domain" (
  "domain" TEXT COLLATE "C" PRIMARY KEY,
  "lane" TEXT COLLATE "C" NOT NULL,
  "source" TEXT NOT NULL CHECK ("source" IN ('mx', 'table', 'unresolved')),
  -- False for a null MX (RFC 7505): the domain says that it takes no mail.
  "takes_mail" BOOLEAN NOT NULL DEFAULT true,
  "resolved_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "expires_at" TIMESTAMPTZ NOT NULL
);

-- `lane`: null until its domain was looked up. `wave`: null until its wave was released; 0 is the canary.
-- `round`: a later mail of the same purpose to the same account, a second reminder say.
ALTER TABLE "mail" ADD COLUMN "lane" TEXT COLLATE "C", ADD COLUMN "wave" SMALLINT, ADD COLUMN "round" SMALLINT NOT NULL DEFAULT 0;
UPDATE "mail" SET "wave" = 0;
ALTER TABLE "mail" DROP CONSTRAINT "mail_sweep_id_account_no_purpose_key";
CREATE UNIQUE INDEX "mail_once" ON "mail" ("sweep_id", "account_no", "purpose", "round");
ALTER TABLE "mail" DROP CONSTRAINT "mail_purpose_check";
ALTER TABLE "mail" ADD CONSTRAINT "mail_purpose_check"
  CHECK ("purpose" IN ('reset', 'notice', 'confirmation', 'hold', 'reminder'));
DROP INDEX "mail_due";
CREATE INDEX "mail_due" ON "mail" ("no") WHERE "status" = 'staged' AND "wave" IS NOT NULL;
CREATE INDEX "mail_waiting" ON "mail" ("sweep_id", "no") WHERE "status" = 'staged' AND "wave" IS NULL;
CREATE INDEX "mail_unsorted" ON "mail" ("no") WHERE "status" = 'staged' AND "lane" IS NULL;

-- the valve: of all mail, of one sweep's, of one lane's --------------------------------------------------

ALTER TABLE "valve" ADD CHECK ("scope" = 'global' OR "scope" ~ '^(sweep|lane):.');

-- Whether a mail may leave now: the global valve is there and open, and neither its sweep's nor its lane's is closed.
CREATE FUNCTION "mail_may_leave"("of_sweep" text, "of_lane" text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM valve WHERE scope = 'global' AND state = 'open')
    AND NOT EXISTS (SELECT FROM valve WHERE state = 'closed' AND scope IN ('sweep:' || "of_sweep", 'lane:' || "of_lane"))
$$;

GRANT SELECT, INSERT, UPDATE ON "mail_lane", "mail_domain" TO cordon_app;
