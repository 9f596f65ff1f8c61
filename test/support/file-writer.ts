import { writeOnce } from '../../src/platform/write-once.js'

// Writes files of many bytes, one after the other, and says the name of each once it is durable.
const [folder = '', size = ''] = process.argv.slice(2)
for (let index = 0; ; index += 1) {
  const name = `${index}.checkpoint`
  await writeOnce(folder, name, `${String(index).repeat(Number(size))}\nend\n`)
  process.stdout.write(`${name}\n`)
}
