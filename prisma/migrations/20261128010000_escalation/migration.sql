-- A case that wants other eyes stands in front of those of its urgency that nobody escalated.

ALTER TABLE "review_case"
  ADD COLUMN "escalated_at" TIMESTAMPTZ,
  ADD COLUMN "escalated_by" TEXT,
  ADD CHECK (("escalated_at" IS NULL) = ("escalated_by" IS NULL));

-- The indexes on the queue, in its new order.
DROP INDEX "review_case_queue";
DROP INDEX "review_case_status";
DROP INDEX "review_case_next";
CREATE INDEX "review_case_queue" ON "review_case"
  ("rank", ("escalated_at" IS NULL), (-"score"), (coalesce(-"value", -1e25)), "due_at", "no");
CREATE INDEX "review_case_status" ON "review_case"
  ("status", "rank", ("escalated_at" IS NULL), (-"score"), (coalesce(-"value", -1e25)), "due_at", "no");
CREATE INDEX "review_case_next" ON "review_case"
  ("rank", ("escalated_at" IS NULL), "score" DESC, "value" DESC NULLS FIRST, "due_at", "no", "free_at")
  WHERE "free_at" IS NOT NULL;

-- The list of what is escalated, among a hundred thousand that are not.
CREATE INDEX "review_case_escalated" ON "review_case"
  ("status", "rank", ("escalated_at" IS NULL), (-"score"), (coalesce(-"value", -1e25)), "due_at", "no")
  WHERE "escalated_at" IS NOT NULL;

-- What Cordon itself has to escalate; what it escalated is not looked at again.
CREATE INDEX "review_case_overdue" ON "review_case" ("rank", "due_at")
  WHERE "status" <> 'decided' AND "escalated_by" IS DISTINCT FROM 'cordon';
