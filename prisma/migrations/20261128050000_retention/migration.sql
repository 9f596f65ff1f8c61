-- What nobody can use any more is forgotten after a while, by the workers.
CREATE INDEX "session_expires" ON "session" ("expires_at");
GRANT DELETE ON "session", "staff_session", "staff_invitation" TO cordon_app;
