import { Skeleton, Table, Text } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { count } from '../../components/number.js'
import { Section } from '../../components/section.js'
import type { File } from './words.js'

const NAMES = new Intl.DisplayNames(undefined, { type: 'region' })

/** A country's code as its name in the reader's language. */
export function countryName(code: string): string {
  try {
    return NAMES.of(code) ?? code
  } catch {
    return code
  }
}

/** The map is large and most of a case is read without it. */
const WorldMap = lazy(async () => ({ default: (await import('./world-map.js')).WorldMap }))

export type Place = { code: string; hostile: number; other: number }

/** Where logins came from, country by country. */
export function Places({ logins }: { logins: File['logins'] }) {
  const places = placesOf(logins)
  if (places.length === 0) return null
  const unknown = logins.filter(({ country }) => country === null).length
  return (
    <Section gap="xs" title="Where from">
      <Suspense fallback={<Skeleton h={180} aria-label="The map is loading" />}>
        <WorldMap places={places} />
      </Suspense>
      <Table verticalSpacing={2}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Country</Table.Th>
            <Table.Th ta="right">Hostile</Table.Th>
            <Table.Th ta="right">Other</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {places.map(({ code, hostile, other }) => (
            <Table.Tr key={code}>
              <Table.Td>{countryName(code)}</Table.Td>
              <Table.Td ta="right">{count(hostile)}</Table.Td>
              <Table.Td ta="right">{count(other)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {unknown > 0 && (
        <Text size="xs" c="dimmed">{`Of ${count(unknown)} more the country is not known.`}</Text>
      )}
    </Section>
  )
}

function placesOf(logins: File['logins']): Place[] {
  const places = new Map<string, Place>()
  for (const { country, isHostile } of logins) {
    if (country === null) continue
    const place = places.get(country) ?? { code: country, hostile: 0, other: 0 }
    places.set(country, place)
    if (isHostile) place.hostile += 1
    else place.other += 1
  }
  return [...places.values()].toSorted((a, b) => b.hostile - a.hostile || b.other - a.other)
}
