import type { z } from 'zod'
import { createClient } from '../../../client/client.js'
import { addList } from '../../../contract/incidents.js'

export type AddedList = z.output<(typeof addList.answers)[201]>

type Sending = {
  file: File
  /** Told how much of the file has left, from 0 to 1; at 1 the server reads it. */
  onSent(part: number): void
  signal: AbortSignal
}

/** Adds a file to an incident. Rejects with the server's refusal, as every call does. */
export async function sendList(
  incidentId: string,
  sending: Sending,
): Promise<{ list: AddedList; isNew: boolean }> {
  const client = createClient({
    url: window.location.origin,
    fetch: (url) => post(String(url), sending),
  })
  const { status, body } = await client.call(addList, { params: { id: incidentId } })
  return { list: body, isNew: status === 201 }
}

/** `fetch` does not tell how much was sent; this does. */
function post(url: string, { file, onSent, signal }: Sending): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    form.append('file', file)
    request.upload.onprogress = ({ loaded, total }) => onSent(total > 0 ? loaded / total : 1)
    request.upload.onload = () => onSent(1)
    request.onload = () =>
      resolve(new Response(request.response as string, { status: request.status }))
    request.onerror = () => reject(new TypeError('The connection broke off.'))
    request.onabort = () => reject(signal.reason)
    signal.addEventListener('abort', () => request.abort())
    request.open('POST', url)
    request.setRequestHeader('Accept', 'application/json')
    request.send(form)
  })
}
