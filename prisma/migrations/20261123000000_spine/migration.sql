-- The spine of Cordon. Hand-written SQL: Prisma's engine applies it and keeps its checksums.
-- Every lifetime below is measured by this database's clock, never by an application's.

-- incidents and what was exposed -------------------------------------------------------------

CREATE TABLE "incident" (
  "id" TEXT PRIMARY KEY,
  "title" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('open', 'closed')),
  "occurred_at" TIMESTAMPTZ NOT NULL,
  "detected_at" TIMESTAMPTZ NOT NULL,
  "summary" TEXT,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE "list" (
  "id" TEXT PRIMARY KEY,
  "incident_id" TEXT NOT NULL REFERENCES "incident",
  "sha256" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "format" TEXT NOT NULL,
  "entries" INTEGER NOT NULL,
  "accepted" INTEGER NOT NULL,
  "duplicates" INTEGER NOT NULL,
  "rejected" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  CHECK ("entries" = "accepted" + "duplicates" + "rejected"),
  UNIQUE ("incident_id", "sha256")
);

CREATE TABLE "batch" (
  "list_id" TEXT NOT NULL,
  "no" INTEGER NOT NULL,
  "at" TIMESTAMPTZ,
  "label" TEXT,
  PRIMARY KEY ("list_id", "no")
);

-- No key on purpose: it is filled by COPY, a million rows at a time, and only ever read per list.
CREATE TABLE "entry" (
  "list_id" TEXT NOT NULL,
  "line" INTEGER NOT NULL,
  "batch" INTEGER NOT NULL,
  "address" TEXT COLLATE "C",
  "match_key" TEXT COLLATE "C",
  "sha256" TEXT COLLATE "C",
  CHECK (("address" IS NULL) <> ("sha256" IS NULL))
);
CREATE INDEX "entry_list" ON "entry" ("list_id");

CREATE TABLE "rejection" (
  "list_id" TEXT NOT NULL,
  "line" INTEGER NOT NULL,
  "batch" INTEGER NOT NULL,
  "raw" TEXT NOT NULL,
  "reason" TEXT NOT NULL
);
CREATE INDEX "rejection_list" ON "rejection" ("list_id", "line");

-- accounts: the facts, what Cordon did to them, and (built-in directory) their credentials ----

CREATE TABLE "account" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "id" TEXT COLLATE "C" NOT NULL UNIQUE,
  "address" TEXT COLLATE "C" NOT NULL,
  "match_key" TEXT COLLATE "C" NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'active' CHECK ("status" IN ('active', 'locked', 'closed')),
  "locale" TEXT,
  "name" TEXT,
  "anti_phishing_phrase" TEXT,
  "wants_links" BOOLEAN NOT NULL DEFAULT true,
  "balance" NUMERIC CHECK ("balance" >= 0),
  "currency" TEXT,
  "second_factors" TEXT[],
  "password_changed_at" TIMESTAMPTZ,
  "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN "account"."balance" IS 'NULL: unknown, which is judged as nonzero';
COMMENT ON COLUMN "account"."second_factors" IS 'NULL: unknown, which is judged as absent; {}: known to have none';
CREATE INDEX "account_match_key" ON "account" ("match_key");

CREATE TABLE "standing" (
  "account_no" BIGINT PRIMARY KEY,
  "password_usable" BOOLEAN NOT NULL DEFAULT true,
  "value_held" BOOLEAN NOT NULL DEFAULT false,
  "held_until" TIMESTAMPTZ,
  "held_by" TEXT,
  "session_epoch" INTEGER NOT NULL DEFAULT 0,
  "locked" BOOLEAN NOT NULL DEFAULT false,
  "under_review" BOOLEAN NOT NULL DEFAULT false,
  "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
COMMENT ON TABLE "standing" IS 'No row: nothing was ever done to the account';

CREATE TABLE "credential" (
  "account_no" BIGINT PRIMARY KEY REFERENCES "account" ("no"),
  "password_hash" TEXT,
  "totp_secret" BYTEA,
  "totp_last_step" BIGINT NOT NULL DEFAULT -1,
  "recovery_codes" TEXT[] NOT NULL DEFAULT '{}',
  "changed_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE "session" (
  "token_hash" BYTEA PRIMARY KEY,
  "account_no" BIGINT NOT NULL REFERENCES "account" ("no"),
  "epoch" INTEGER NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "expires_at" TIMESTAMPTZ NOT NULL,
  "revoked_at" TIMESTAMPTZ
) WITH (fillfactor = 80);
CREATE INDEX "session_account" ON "session" ("account_no") WHERE "revoked_at" IS NULL;

-- login attempts and what is hostile about them ------------------------------------------------

CREATE TABLE "attempt" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "source" TEXT NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "account_no" BIGINT,
  "username" TEXT,
  "at" TIMESTAMPTZ NOT NULL,
  "ip" INET NOT NULL,
  "succeeded" BOOLEAN NOT NULL,
  "reason" TEXT,
  "user_agent" TEXT,
  "device" TEXT,
  "hostile" BOOLEAN NOT NULL DEFAULT false,
  "received_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE ("source", "id")
);
CREATE INDEX "attempt_account" ON "attempt" ("account_no", "at");
CREATE INDEX "attempt_ip" ON "attempt" ("ip", "at");
-- Sign-in counts failures for addresses nobody has just as it does for accounts.
CREATE INDEX "attempt_username" ON "attempt" ("username", "at") WHERE "source" = 'sign-in' AND "account_no" IS NULL;
CREATE INDEX "attempt_hostile" ON "attempt" ("account_no", "at") INCLUDE ("succeeded", "ip") WHERE "hostile";

CREATE TABLE "signal" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "account_no" BIGINT,
  "ip" INET,
  "first_at" TIMESTAMPTZ NOT NULL,
  "last_at" TIMESTAMPTZ NOT NULL,
  "attempts" INTEGER NOT NULL,
  "says" TEXT NOT NULL,
  "raised_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX "signal_once" ON "signal" ("kind", COALESCE("account_no", -1), COALESCE("ip", '0.0.0.0'::inet), "first_at");
CREATE INDEX "signal_account" ON "signal" ("account_no", "last_at");

-- sweeps: the plan is written once; what became of it is written beside it ----------------------

CREATE TABLE "policy" (
  "version" TEXT PRIMARY KEY,
  "sha256" TEXT NOT NULL,
  "body" JSONB NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE "sweep" (
  "id" TEXT PRIMARY KEY,
  "incident_id" TEXT NOT NULL REFERENCES "incident",
  "status" TEXT NOT NULL DEFAULT 'planning'
    CHECK ("status" IN ('planning', 'planned', 'approved', 'running', 'paused', 'finished', 'aborted', 'failed')),
  "policy_version" TEXT NOT NULL REFERENCES "policy",
  "list_ids" TEXT[] NOT NULL,
  "mail_revision" TEXT NOT NULL,
  "window_start" TIMESTAMPTZ NOT NULL,
  "plan_digest" TEXT,
  "counts" JSONB,
  "resets" INTEGER,
  "approvals_needed" INTEGER,
  "four_eyes" BOOLEAN NOT NULL,
  "requested_by" TEXT NOT NULL,
  "status_reason" TEXT,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "planned_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ,
  "finished_at" TIMESTAMPTZ
);

CREATE TABLE "approval" (
  "sweep_id" TEXT NOT NULL REFERENCES "sweep",
  "approver" TEXT NOT NULL,
  "plan_digest" TEXT NOT NULL,
  "expected_resets" INTEGER NOT NULL,
  "at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY ("sweep_id", "approver")
);

CREATE TABLE "verdict" (
  "sweep_id" TEXT NOT NULL REFERENCES "sweep",
  "no" INTEGER NOT NULL,
  "facts" JSONB NOT NULL,
  "score" SMALLINT NOT NULL CHECK ("score" BETWEEN 0 AND 100),
  "reasons" TEXT[] NOT NULL,
  "tier" TEXT NOT NULL,
  "priority" TEXT,
  "effects" TEXT[] NOT NULL,
  "outcome" TEXT NOT NULL,
  PRIMARY KEY ("sweep_id", "no")
);
COMMENT ON TABLE "verdict" IS 'One judgement per distinct set of facts; every action points at the one that fits its account';

CREATE TABLE "action" (
  "sweep_id" TEXT COLLATE "C" NOT NULL,
  "seq" INTEGER NOT NULL,
  "account_no" BIGINT NOT NULL,
  "verdict_no" INTEGER NOT NULL,
  "batches" INTEGER NOT NULL,
  "first_exposed_at" TIMESTAMPTZ NOT NULL,
  "hostile_attempts" INTEGER NOT NULL,
  "hostile_successes" INTEGER NOT NULL,
  "hostile_sources" INTEGER NOT NULL,
  "last_hostile_at" TIMESTAMPTZ,
  PRIMARY KEY ("sweep_id", "seq"),
  UNIQUE ("sweep_id", "account_no")
);

CREATE TABLE "chunk" (
  "sweep_id" TEXT NOT NULL REFERENCES "sweep",
  "no" INTEGER NOT NULL,
  "phase" TEXT NOT NULL CHECK ("phase" IN ('hold', 'canary', 'act')),
  "first_seq" INTEGER NOT NULL,
  "last_seq" INTEGER NOT NULL,
  "digest" TEXT NOT NULL,
  "done_at" TIMESTAMPTZ,
  "failures" INTEGER NOT NULL DEFAULT 0,
  "last_failure" TEXT,
  PRIMARY KEY ("sweep_id", "no")
);

CREATE TABLE "outcome" (
  "sweep_id" TEXT COLLATE "C" NOT NULL,
  "account_no" BIGINT NOT NULL,
  "outcome" TEXT NOT NULL,
  "reason" TEXT,
  "at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY ("sweep_id", "account_no")
);

-- The tables that a chunk fills carry no foreign keys: their rows are derived, in one statement each,
-- from the rows they would point at, and those are never deleted (docs/decisions/0007).

-- what a sweep sets in motion ------------------------------------------------------------------

CREATE TABLE "reset" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "account_no" BIGINT NOT NULL,
  "sweep_id" TEXT,
  "status" TEXT NOT NULL DEFAULT 'ordered' CHECK ("status" IN ('ordered', 'completed', 'cancelled')),
  "epoch" INTEGER NOT NULL,
  "ordered_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "token_hash" BYTEA,
  "token_expires_at" TIMESTAMPTZ,
  "token_spent_at" TIMESTAMPTZ,
  "opened_at" TIMESTAMPTZ,
  "enrolment_hash" BYTEA,
  "enrolment_expires_at" TIMESTAMPTZ,
  "enrolment_secret" BYTEA,
  "factor_tries" SMALLINT NOT NULL DEFAULT 0,
  "completed_at" TIMESTAMPTZ
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX "reset_one_live" ON "reset" ("account_no") WHERE "status" = 'ordered';
-- Partial: an order has neither yet, and a chunk of orders should not fill two indexes with nulls.
CREATE UNIQUE INDEX "reset_token" ON "reset" ("token_hash") WHERE "token_hash" IS NOT NULL;
CREATE UNIQUE INDEX "reset_enrolment" ON "reset" ("enrolment_hash") WHERE "enrolment_hash" IS NOT NULL;
CREATE INDEX "reset_account" ON "reset" ("account_no", "ordered_at");

CREATE TABLE "review_case" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "id" TEXT NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  "account_no" BIGINT NOT NULL REFERENCES "account" ("no"),
  "sweep_id" TEXT,
  "status" TEXT NOT NULL DEFAULT 'open'
    CHECK ("status" IN ('open', 'snoozed', 'claimed', 'awaiting_second', 'decided')),
  "tier" TEXT NOT NULL,
  "rank" SMALLINT NOT NULL,
  "score" SMALLINT NOT NULL,
  "value" NUMERIC,
  "because" TEXT[] NOT NULL,
  "opened_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "due_at" TIMESTAMPTZ NOT NULL,
  "snoozed_until" TIMESTAMPTZ,
  "claimed_by" TEXT,
  "lease_until" TIMESTAMPTZ,
  "fence" INTEGER NOT NULL DEFAULT 0,
  "decision" TEXT,
  "decision_reason" TEXT,
  "note" TEXT,
  "decided_by" TEXT,
  "decided_at" TIMESTAMPTZ
);
CREATE UNIQUE INDEX "review_case_once" ON "review_case" ("sweep_id", "account_no");
CREATE INDEX "review_case_next" ON "review_case" ("rank", "score" DESC, "value" DESC NULLS FIRST, "due_at", "no")
  WHERE "status" IN ('open', 'snoozed', 'claimed');
CREATE INDEX "review_case_account" ON "review_case" ("account_no");

CREATE TABLE "mail" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "id" UUID NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  "sweep_id" TEXT NOT NULL,
  "account_no" BIGINT NOT NULL,
  "purpose" TEXT NOT NULL CHECK ("purpose" IN ('reset', 'notice', 'confirmation')),
  "recipient" TEXT NOT NULL
    CHECK (length("recipient") <= 254 AND "recipient" ~ '^[^[:space:][:cntrl:]@,;:<>()"\\]+@[^[:space:][:cntrl:]@,;:<>()"\\]+$'),
  "reset_no" BIGINT,
  "status" TEXT NOT NULL DEFAULT 'staged'
    CHECK ("status" IN ('staged', 'sending', 'accepted', 'rejected', 'unknown', 'withdrawn')),
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "not_before" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "lease_owner" TEXT,
  "lease_until" TIMESTAMPTZ,
  "body_at" TIMESTAMPTZ,
  "accepted_at" TIMESTAMPTZ,
  "reply" TEXT,
  "wire_sha256" TEXT,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE ("sweep_id", "account_no", "purpose")
) WITH (fillfactor = 60);
CREATE INDEX "mail_due" ON "mail" ("no") WHERE "status" = 'staged';
CREATE INDEX "mail_sending" ON "mail" ("lease_until") WHERE "status" = 'sending';

CREATE TABLE "valve" (
  "scope" TEXT PRIMARY KEY,
  "state" TEXT NOT NULL CHECK ("state" IN ('open', 'closed')),
  "reason" TEXT NOT NULL,
  "changed_by" TEXT NOT NULL,
  "changed_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO "valve" ("scope", "state", "reason", "changed_by") VALUES ('global', 'open', 'first start', 'cordon');

-- intake: rows arrive here by COPY, a page at a time, and are merged by one statement -----------

CREATE UNLOGGED TABLE "account_intake" (
  "page" UUID NOT NULL,
  "index" INTEGER NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "address" TEXT COLLATE "C" NOT NULL,
  "match_key" TEXT COLLATE "C" NOT NULL,
  "status" TEXT,
  "locale" TEXT,
  "name" TEXT,
  "anti_phishing_phrase" TEXT,
  "wants_links" BOOLEAN,
  "balance" NUMERIC,
  "currency" TEXT,
  "second_factors" TEXT[],
  "password_hash" TEXT
);

CREATE INDEX "account_intake_page" ON "account_intake" ("page");

CREATE UNLOGGED TABLE "attempt_intake" (
  "page" UUID NOT NULL,
  "index" INTEGER NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "account_id" TEXT COLLATE "C",
  "address" TEXT COLLATE "C",
  "match_key" TEXT COLLATE "C",
  "at" TIMESTAMPTZ NOT NULL,
  "ip" INET NOT NULL,
  "succeeded" BOOLEAN NOT NULL,
  "reason" TEXT,
  "user_agent" TEXT,
  "device" TEXT
);

-- keys of machines -----------------------------------------------------------------------------

CREATE TABLE "api_key" (
  "id" TEXT PRIMARY KEY,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL CHECK ("role" IN ('ingest', 'platform', 'automation')),
  "key_hash" BYTEA NOT NULL UNIQUE,
  "sealed_secret" BYTEA,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "revoked_at" TIMESTAMPTZ
);

-- audit: append-only, sealed afterwards in commit-safe order -------------------------------------

CREATE TABLE "audit_event" (
  "id" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "tx" XID8 NOT NULL DEFAULT pg_current_xact_id(),
  "at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  "actor" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "detail" JSONB NOT NULL
);
CREATE INDEX "audit_event_order" ON "audit_event" ("tx", "id");
CREATE INDEX "audit_event_subject" ON "audit_event" ("subject", "id");

-- One row per event, in an order that no later commit can disturb: the chain's link. Separate from
-- the event because nobody, Cordon included, may update an event.
CREATE TABLE "audit_seal" (
  "index" BIGINT PRIMARY KEY CHECK ("index" >= 0),
  "event_id" BIGINT NOT NULL UNIQUE,
  "hash" BYTEA NOT NULL
);

-- the application's role -------------------------------------------------------------------------

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cordon_app') THEN
    BEGIN
      CREATE ROLE cordon_app NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration was faster
    END;
  END IF;
  IF NOT pg_has_role(current_user, 'cordon_app', 'MEMBER') THEN
    EXECUTE format('GRANT cordon_app TO %I', current_user);
  END IF;
END $$;

GRANT USAGE ON SCHEMA public TO cordon_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO cordon_app;
GRANT DELETE ON "account_intake", "attempt_intake", "entry", "rejection", "signal" TO cordon_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO cordon_app;
-- Facts, plans, outcomes and evidence are written once: not even Cordon can change them afterwards.
REVOKE UPDATE ON "audit_event", "audit_seal", "action", "verdict", "outcome", "approval", "policy"
  FROM cordon_app;
REVOKE ALL ON "_prisma_migrations" FROM cordon_app;
