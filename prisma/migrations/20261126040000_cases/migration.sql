-- Cases, the valve and the audit, as several people work with them over HTTP.

-- The queue as pages of a list go through it: one direction for every column, so that a row
-- comparison finds where a page begins. An amount has at most 24 digits; unknown stands before all.
CREATE INDEX "review_case_queue" ON "review_case"
  ("rank", (-"score"), (coalesce(-"value", -1e25)), "due_at", "no");
CREATE INDEX "review_case_status" ON "review_case"
  ("status", "rank", (-"score"), (coalesce(-"value", -1e25)), "due_at", "no");

-- When a case may be claimed: at once, when it wakes, when its claim ran out. As the last column of
-- the index it is compared without a look at the row: thousands that sleep in front cost nothing.
ALTER TABLE "review_case" ADD COLUMN "free_at" TIMESTAMPTZ GENERATED ALWAYS AS (
  CASE "status" WHEN 'open' THEN '-infinity'::timestamptz WHEN 'snoozed' THEN "snoozed_until"
                WHEN 'claimed' THEN "lease_until" END) STORED;
DROP INDEX "review_case_next";
CREATE INDEX "review_case_next" ON "review_case"
  ("rank", "score" DESC, "value" DESC NULLS FIRST, "due_at", "no", "free_at") WHERE "free_at" IS NOT NULL;

-- Two reviewers are two people.
ALTER TABLE "review_case"
  ADD CHECK ("status" <> 'awaiting_second' OR "proposed_by" IS NOT NULL),
  ADD CHECK ("proposed_by" <> "decided_by");

-- Opening takes two people: who asked first, and when.
ALTER TABLE "valve"
  ADD COLUMN "opening_asked_by" TEXT,
  ADD COLUMN "opening_asked_at" TIMESTAMPTZ,
  ADD COLUMN "opening_reason" TEXT,
  ADD CHECK ("opening_asked_by" IS NULL OR "state" = 'closed');

-- What is read about one account when somebody looks at its case.
CREATE INDEX "entry_match_key" ON "entry" ("match_key") WHERE "match_key" IS NOT NULL;
CREATE INDEX "entry_sha256" ON "entry" ("sha256") WHERE "sha256" IS NOT NULL;
CREATE INDEX "mail_account" ON "mail" ("account_no", "no");
