-- Every outcome but this one follows from the verdict. (Actions have no index by verdict: they are read in the plan's
-- order, by which tiers lie together, and one more index made a million of them take twice as long to store.)
CREATE INDEX "outcome_superseded" ON "outcome" ("sweep_id", "account_no") WHERE "outcome" = 'superseded';
