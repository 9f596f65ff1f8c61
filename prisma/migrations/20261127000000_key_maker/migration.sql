-- Who made a key, and of a plan that a key asked for who made it: a person does not become two by
-- asking through a machine.
ALTER TABLE "api_key" ADD COLUMN "made_by" TEXT;
UPDATE "api_key" k SET "made_by" = e."actor"
FROM "audit_event" e WHERE e."kind" = 'key.added' AND e."subject" = 'key:' || k."id";

ALTER TABLE "sweep" ADD COLUMN "key_maker" TEXT;
UPDATE "sweep" s SET "key_maker" = k."made_by"
FROM "api_key" k WHERE s."requested_by" = 'key:' || k."id";
