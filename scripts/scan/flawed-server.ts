import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'

/**
 * A server with two flaws that every scanner must find, or what it says of Cordon is worth nothing:
 * words go into a statement as they come (by query and by JSON body), and a name is written back
 * into a page as it came. Never part of the product.
 */
export async function startFlawedServer(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  await pool.query('CREATE TABLE IF NOT EXISTS scan_scratch (word text, meaning text)')
  await pool.query(`INSERT INTO scan_scratch VALUES ('cordon', 'a line that nobody may cross')`)
  const find = (word: unknown) =>
    pool.query(`SELECT word, meaning FROM scan_scratch WHERE word = '${word}'`)

  const server = createServer(async (req, res) => {
    const url = new URL(req.url ?? '/', 'http://flawed')
    if (url.pathname === '/greet') {
      res.setHeader('content-type', 'text/html')
      return res.end(`<html><body><p>Hello ${url.searchParams.get('name')}</p></body></html>`)
    }
    try {
      const word = req.method === 'POST' ? await wordOf(req) : url.searchParams.get('word')
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify((await find(word)).rows))
    } catch {
      res.statusCode = 500
      res.end('{}')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await pool.query('DROP TABLE scan_scratch')
    await pool.end()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

async function wordOf(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()).word
}
