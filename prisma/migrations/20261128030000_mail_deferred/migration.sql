-- What a server put off, by when it is tried again; the status of mail reads nothing else of the mails.
CREATE INDEX "mail_deferred" ON "mail" ("not_before") WHERE "status" = 'staged' AND "reply" IS NOT NULL;
