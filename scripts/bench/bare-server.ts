import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import pg from 'pg'

// The limit that the webhook is measured against: express, JSON, and one durable insert per request.
// No signature, no ids to remember, no partitions, one unique key.

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 })
const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.post('/v1/login-attempts', express.json(), async (req, res) => {
  const { id, account, at, ip, outcome, userAgent, device } = req.body.data
  await pool.query({
    name: 'insert',
    text: `INSERT INTO bare_attempt (source, id, account_id, at, ip, succeeded, user_agent, device)
           VALUES ('bench', $1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    values: [id, account.id, at, ip, outcome === 'success', userAgent, device],
  })
  res.status(202).json({ accepted: 1 })
})
const server = createServer(app)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ ready: true, public: `http://127.0.0.1:${port}` }))
})
