-- Outgoing events. The audit is the outbox: what an endpoint is told of is the audit rows behind its
-- cursor (docs/decisions/0013-the-audit-is-the-outbox.md).

CREATE TABLE "event_endpoint" (
  "no" INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "id" TEXT NOT NULL UNIQUE,
  "format" TEXT NOT NULL CHECK ("format" IN ('webhook', 'ssf_push', 'ssf_poll')),
  "url" TEXT CHECK (("url" IS NULL) = ("format" = 'ssf_poll')),
  "audience" TEXT CHECK (("audience" IS NULL) = ("format" = 'webhook')),
  "types" TEXT[] NOT NULL CHECK (cardinality("types") > 0),
  -- The last audit row that was looked at, in commit-safe order.
  "cursor_tx" XID8 NOT NULL,
  "cursor_event" BIGINT NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "disabled_at" TIMESTAMPTZ,
  "disabled_because" TEXT,
  CHECK (("disabled_at" IS NULL) = ("disabled_because" IS NULL))
);

-- What an endpoint's messages are signed with (webhook), sent with (ssf_push) or asked for with
-- (ssf_poll, hash only). Two are live while one is replaced.
CREATE TABLE "event_secret" (
  "id" TEXT PRIMARY KEY,
  "endpoint_no" INTEGER NOT NULL REFERENCES "event_endpoint" ("no"),
  "sealed_secret" BYTEA,
  "token_hash" BYTEA UNIQUE,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  "expires_at" TIMESTAMPTZ,
  CHECK (("sealed_secret" IS NULL) <> ("token_hash" IS NULL))
);
CREATE INDEX "event_secret_endpoint" ON "event_secret" ("endpoint_no");

-- One message to one endpoint: an audit row, and as what it is told. The content is made when it is
-- sent, from the audit row, which nobody can change.
CREATE TABLE "event_delivery" (
  "no" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "id" UUID NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  "event_id" BIGINT NOT NULL,
  "endpoint_no" INTEGER NOT NULL REFERENCES "event_endpoint" ("no"),
  "type" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'pending' CHECK ("status" IN ('pending', 'accepted', 'dead')),
  "attempts" SMALLINT NOT NULL DEFAULT 0,
  -- When it is due; while somebody sends it, when their lease ends.
  "not_before" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "lease" UUID,
  "answer" SMALLINT,
  "reason" TEXT CHECK (length("reason") <= 64),
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "settled_at" TIMESTAMPTZ,
  CHECK (("status" = 'pending') = ("settled_at" IS NULL)),
  UNIQUE ("endpoint_no", "event_id", "type")
);
CREATE INDEX "event_delivery_due" ON "event_delivery" ("endpoint_no", "not_before", "no") WHERE "status" = 'pending';
CREATE INDEX "event_delivery_dead" ON "event_delivery" ("endpoint_no") WHERE "status" = 'dead';
CREATE INDEX "event_delivery_settled" ON "event_delivery" ("settled_at") WHERE "status" <> 'pending';

-- Keys that sign security event tokens. One signs; those before it stay published for a while.
CREATE TABLE "signing_key" (
  "kid" TEXT PRIMARY KEY,
  "public_jwk" JSONB NOT NULL,
  "sealed_private" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  "retired_at" TIMESTAMPTZ
);
CREATE UNIQUE INDEX "signing_key_current" ON "signing_key" ((true)) WHERE "retired_at" IS NULL;

GRANT SELECT, INSERT, UPDATE ON "event_endpoint", "event_secret", "event_delivery", "signing_key" TO cordon_app;
GRANT DELETE ON "event_delivery" TO cordon_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO cordon_app;
