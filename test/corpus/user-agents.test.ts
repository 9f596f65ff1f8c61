import { agentReader, readUserAgent } from '../../src/logins/user-agent.js'
import { describeCorpus, readFixture } from './fixtures.js'

const LONGEST = 1_024

describeCorpus('user-agents', (dir) => {
  const read = <T>(name: string) => JSON.parse(readFixture(dir, `${name}.json`)) as T
  const browsers = [
    ...new Set(['desktop', 'mobile', 'index'].flatMap((name) => read<string[]>(name))),
  ]
  const crawlers = read<{ instances: string[] }[]>('crawler-user-agents').flatMap(
    ({ instances }) => instances,
  )

  test('browser and operating system of every common browser are known', () => {
    expect(browsers.length).toBeGreaterThan(90)
    const unknown = browsers.filter((text) => Object.values(readUserAgent(text)).includes(null))
    expect(unknown).toEqual([])
  })

  test('every user agent of a crawler is read', () => {
    expect(crawlers.length).toBeGreaterThan(2_000)
    for (const text of crawlers)
      for (const each of Object.values(readUserAgent(text))) expect(each).not.toBe('')
  })

  test('20,000 logins with these user agents are read in half a second', () => {
    const texts = [...browsers, ...crawlers]
    const agentOf = agentReader()
    const started = performance.now()
    for (let login = 0; login < 20_000; login += 1) agentOf(texts[login % texts.length] ?? null)
    expect(performance.now() - started).toBeLessThan(500)
  })

  test('a user agent made to be slow takes at most 50 ms', () => {
    const heads = ['', ...browsers.slice(0, 20)]
    const pieces = ['.', '0.', '_0', ' ', '\t', '/', '(', ';', 'Version/', 'Android ', 'Safari/5 ']
    const systems = [
      'Mac OS X ',
      'CPU OS 7_',
      'like Mac OS X',
      'Windows NT ',
      'Chrome/',
      'rv:',
      'a',
    ]
    const slow = heads.flatMap((head) =>
      [...pieces, ...systems].flatMap((piece) => {
        const text = (head + piece.repeat(LONGEST)).slice(0, LONGEST)
        return [text, `${text.slice(1)}!`, (piece.repeat(LONGEST) + head).slice(-LONGEST)]
      }),
    )
    const timeOf = (text: string) => {
      const started = performance.now()
      readUserAgent(text)
      return performance.now() - started
    }
    const millis = slow.map((text) => Math.min(timeOf(text), timeOf(text)))
    expect(Math.max(...millis)).toBeLessThan(50)
  })
})
