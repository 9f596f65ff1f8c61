-- Workers hear at once that a plan is asked for or a sweep may go on, and everybody sees how far a plan is.

-- Whoever asks, starts or resumes, and however: the notice comes with the commit, and only wakes.
CREATE FUNCTION "tell_sweep"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('cordon_sweep', NEW."status");
  RETURN NULL;
END $$;
CREATE TRIGGER "sweep_tells" AFTER INSERT OR UPDATE OF "status" ON "sweep"
  FOR EACH ROW WHEN (NEW."status" IN ('planning', 'running')) EXECUTE FUNCTION "tell_sweep"();

-- The steps of the plan that is being made: each with when it began, and how many rows it made once it ended.
-- Written beside the transaction that plans, so that it is seen while that is under way.
ALTER TABLE "sweep" ADD COLUMN "plan_steps" JSONB NOT NULL DEFAULT '[]';
