-- Plans are read by tier and by outcome, a page at a time, out of a million actions.
CREATE INDEX "action_verdict" ON "action" ("sweep_id", "verdict_no", "seq");
-- Every outcome but this one follows from the verdict.
CREATE INDEX "outcome_superseded" ON "outcome" ("sweep_id", "account_no") WHERE "outcome" = 'superseded';
