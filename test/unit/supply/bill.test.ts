import { billOfMaterials } from '../../../scripts/supply/bill.js'
import {
  nameAt,
  productionPlaces,
  readLockfile,
  readManifest,
} from '../../../scripts/supply/lockfile.js'

test('the bill of materials lists exactly what production is made of, with address, sum and licence', async () => {
  const lock = readLockfile()
  const bill = await billOfMaterials(lock, readManifest())
  const listed = bill.components.map(({ name, version }) => `${name}@${version}`)
  const wanted = productionPlaces(lock).map((place) => {
    const found = lock.packages[place]!
    return `${nameAt(place, found)}@${found.version}`
  })
  expect(listed.sort()).toEqual([...new Set(wanted)].sort())
  for (const { name, version, purl, licenses, hashes } of bill.components) {
    expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`)
    expect(licenses).toEqual([{ license: { id: expect.any(String) } }])
    expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
  }
  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'cordon', type: 'application' } },
  })
})
