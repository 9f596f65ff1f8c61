import { Group, Text } from '@mantine/core'
import { geoEqualEarth, geoPath } from 'd3-geo'
import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import atlas from 'world-atlas/countries-110m.json' with { type: 'json' }
import { numberOf } from './country-numbers.js'
import type { Place } from './places.js'

const world = atlas as unknown as Topology<{ countries: GeometryCollection }>
const countries = feature(world, world.objects.countries).features
const WIDTH = 640
const HEIGHT = 300
const path = geoPath(
  geoEqualEarth().fitSize([WIDTH, HEIGHT], { type: 'FeatureCollection', features: countries }),
).digits(1)
/** Drawn once, however many cases are looked at. */
const shapes = countries.map((country) => ({
  id: String(country.id ?? ''),
  d: path(country) ?? '',
}))

const HOSTILE = 'light-dark(#b02525, #e8590c)'
const OTHER = 'light-dark(#1864ab, #74b0f4)'
const LAND = 'light-dark(#dde1e5, #3b4046)'

/** The world, with the countries from which somebody tried. The table below says the same in words. */
export function WorldMap({ places }: { places: readonly Place[] }) {
  const marked = new Map(places.map((place) => [numberOf(place.code), place]))
  const drawn = new Set(shapes.map(({ id }) => id))
  const isTooSmall = places.some(({ code }) => !drawn.has(numberOf(code) ?? '–'))
  return (
    <figure style={{ margin: 0 }}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        role="img"
        aria-label="Map of where logins came from; the table below says the same"
      >
        <defs>
          <pattern id="hostile" width={5} height={5} patternUnits="userSpaceOnUse">
            <rect width={5} height={5} style={{ fill: HOSTILE }} />
            <path d="M0 5 L5 0" stroke="#fff" strokeWidth={0.9} />
          </pattern>
        </defs>
        {shapes.map(({ id, d }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: some countries have no number, all keep their order
          <path key={index} d={d} style={{ fill: fillOf(marked.get(id)) }} />
        ))}
      </svg>
      <Group gap="md" mt={4}>
        <Sign fill="url(#hostile)" says="hostile, or both" />
        <Sign fill={OTHER} says="not hostile" />
        {isTooSmall && (
          <Text size="xs" c="dimmed">
            Some are too small for this map.
          </Text>
        )}
      </Group>
    </figure>
  )
}

const fillOf = (place: Place | undefined) =>
  place === undefined ? LAND : place.hostile > 0 ? 'url(#hostile)' : OTHER

const Sign = ({ fill, says }: { fill: string; says: string }) => (
  <Group gap={4}>
    <svg width={14} height={14} aria-hidden>
      <rect width={14} height={14} style={{ fill }} />
    </svg>
    <Text size="xs">{says}</Text>
  </Group>
)
