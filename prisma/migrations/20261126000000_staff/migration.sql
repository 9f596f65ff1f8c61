-- Staff: who operates Cordon, how they prove it, and what keeps the API honest.

CREATE TABLE "staff" (
  "id" TEXT PRIMARY KEY,
  "email" TEXT COLLATE "C" NOT NULL UNIQUE,
  "name" TEXT NOT NULL,
  "roles" TEXT[] NOT NULL CHECK (cardinality("roles") > 0
    AND "roles" <@ ARRAY['admin', 'responder', 'approver', 'reviewer', 'auditor']),
  "version" INTEGER NOT NULL DEFAULT 1,
  "password_hash" TEXT,
  "totp_secret" BYTEA,
  "totp_last_step" BIGINT NOT NULL DEFAULT -1,
  "recovery_codes" TEXT[] NOT NULL DEFAULT '{}',
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "enrolled_at" TIMESTAMPTZ,
  "dismissed_at" TIMESTAMPTZ,
  CHECK (("password_hash" IS NULL) = ("totp_secret" IS NULL))
);

-- A one-time link by which somebody sets their own password and authenticator; nobody else knows either.
CREATE TABLE "staff_invitation" (
  "token_hash" BYTEA PRIMARY KEY,
  "staff_id" TEXT NOT NULL REFERENCES "staff",
  "sealed_secret" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "expires_at" TIMESTAMPTZ NOT NULL,
  "spent_at" TIMESTAMPTZ
);
CREATE UNIQUE INDEX "staff_invitation_one_live" ON "staff_invitation" ("staff_id") WHERE "spent_at" IS NULL;

CREATE TABLE "staff_session" (
  "token_hash" BYTEA PRIMARY KEY,
  "id" TEXT NOT NULL UNIQUE,
  "staff_id" TEXT NOT NULL REFERENCES "staff",
  "ip" INET NOT NULL,
  "user_agent" TEXT NOT NULL,
  "factor" TEXT NOT NULL CHECK ("factor" IN ('totp', 'recovery_code', 'passkey')),
  "factor_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "seen_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "ended_at" TIMESTAMPTZ
);
CREATE INDEX "staff_session_staff" ON "staff_session" ("staff_id", "created_at");

CREATE TABLE "staff_passkey" (
  "id" TEXT COLLATE "C" PRIMARY KEY,
  "staff_id" TEXT NOT NULL REFERENCES "staff",
  "name" TEXT NOT NULL,
  "public_key" BYTEA NOT NULL,
  "counter" BIGINT NOT NULL,
  "transports" TEXT[] NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "used_at" TIMESTAMPTZ
);
CREATE INDEX "staff_passkey_staff" ON "staff_passkey" ("staff_id");

-- What a browser must sign next; spent by the answer.
CREATE TABLE "passkey_challenge" (
  "challenge" TEXT COLLATE "C" PRIMARY KEY,
  "staff_id" TEXT REFERENCES "staff",
  "purpose" TEXT NOT NULL CHECK ("purpose" IN ('register', 'sign_in', 'step_up')),
  "expires_at" TIMESTAMPTZ NOT NULL DEFAULT now() + interval '5 minutes'
);

-- Failed sign-ins, by what they have in common: a digest, so that no address of a stranger is kept.
CREATE TABLE "sign_in_wait" (
  "key" BYTEA PRIMARY KEY,
  "failures" INTEGER NOT NULL,
  "until_at" TIMESTAMPTZ NOT NULL,
  "failed_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- keys of machines end, and show whether anybody uses them ----------------------------------------

ALTER TABLE "api_key" ADD COLUMN "expires_at" TIMESTAMPTZ, ADD COLUMN "used_at" TIMESTAMPTZ;

-- what all processes of the API share ---------------------------------------------------------------

CREATE TABLE "idempotency_key" (
  "actor" TEXT NOT NULL,
  "key" TEXT COLLATE "C" NOT NULL,
  "request" BYTEA NOT NULL,
  "answer" BYTEA,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY ("actor", "key")
);

-- Losing these in a crash forgives a few requests.
CREATE UNLOGGED TABLE "rate_limit" (
  "caller" TEXT PRIMARY KEY,
  "full_at" TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 60);

-- GCRA (ITU-T I.371): a caller's next request is due `every` seconds after the last one, and may be
-- early by `burst` of them. Returns 0, or for how many seconds to wait.
CREATE FUNCTION "cordon_take"("who" text, "every" double precision, "burst" integer) RETURNS double precision
LANGUAGE sql VOLATILE AS $$
  WITH taken AS (
    INSERT INTO rate_limit AS r (caller, full_at)
    VALUES ("who", clock_timestamp() + make_interval(secs => "every"))
    ON CONFLICT (caller) DO UPDATE
      SET full_at = greatest(r.full_at, clock_timestamp()) + make_interval(secs => "every")
      WHERE r.full_at + make_interval(secs => "every") <= clock_timestamp() + make_interval(secs => "every" * "burst")
    RETURNING 1)
  SELECT CASE WHEN EXISTS (SELECT FROM taken) THEN 0 ELSE greatest(0.001, coalesce(
    (SELECT extract(epoch FROM r.full_at - clock_timestamp()) - "every" * ("burst" - 1) FROM rate_limit r WHERE r.caller = "who"),
    "every")) END
$$;

-- cases: comments, and a second reviewer where much is at stake --------------------------------------

CREATE TABLE "case_comment" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "case_id" TEXT NOT NULL REFERENCES "review_case" ("id"),
  "author" TEXT NOT NULL,
  "says" TEXT NOT NULL,
  "at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX "case_comment_case" ON "case_comment" ("case_id", "no");
ALTER TABLE "review_case" ADD COLUMN "proposed_by" TEXT;
COMMENT ON COLUMN "review_case"."proposed_by" IS 'The first of two reviewers: decision, reason and note are theirs until a second one confirms them';

ALTER TABLE "incident" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1;

-- Plans asked for over HTTP are made by a worker, which needs to know what was asked.
ALTER TABLE "sweep" ADD COLUMN "exclude" TEXT[] NOT NULL DEFAULT '{}', ADD COLUMN "plan_attempts" INTEGER NOT NULL DEFAULT 0;

GRANT SELECT, INSERT, UPDATE ON "staff", "staff_invitation", "staff_session", "staff_passkey", "passkey_challenge",
  "sign_in_wait", "idempotency_key", "rate_limit", "case_comment" TO cordon_app;
GRANT DELETE ON "staff_passkey", "passkey_challenge", "sign_in_wait", "idempotency_key", "rate_limit" TO cordon_app;
REVOKE UPDATE ON "case_comment" FROM cordon_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO cordon_app;
