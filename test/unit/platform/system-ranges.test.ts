import { readSystemRanges, writeSystemRanges } from '../../../src/platform/system-ranges.js'

test.each([
  [1, [1, 2, 5, 0xffff_ffff], [3, 0xffff_ffff]],
  [4, [0, 0, 0, 1, 0xffff_ffff, 0, 0, 2], [7]],
])('ranges of %i words are read as they were written', (width, bounds, systems) => {
  const ranges = { width, bounds: Uint32Array.from(bounds), systems: Uint32Array.from(systems) }
  expect(readSystemRanges(writeSystemRanges(ranges), width)).toEqual(ranges)
})

test('bytes are read wherever they lie in memory', () => {
  const bytes = writeSystemRanges({
    width: 1,
    bounds: Uint32Array.of(1, 2),
    systems: Uint32Array.of(3),
  })
  const within = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1)
  expect(readSystemRanges(within, 1)?.systems).toEqual(Uint32Array.of(3))
})
