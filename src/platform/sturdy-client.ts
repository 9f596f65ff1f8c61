import pg from 'pg'

/**
 * A Postgres connection whose end is no event of its own: whatever is asked on it then fails, which
 * is where it is dealt with. An ordinary one that breaks between two statements of a transaction
 * ends the whole process, unless whoever holds it listens (BullMQ 6.7 does not).
 */
export class SturdyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    this.on('error', () => undefined)
  }
}
