import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

it('the examples of the README talk to each other', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'protocol-readme-'))
  const [server, client] = await Promise.all(examples().map((code, index) => load(directory, `${index}.ts`, code)))
  const { server: listener } = server as { server: Server }
  const { ask } = client as { ask: (port: number, question: string) => Promise<string> }
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  expect(await ask((listener.address() as AddressInfo).port, 'Is anybody there?')).toBe('Is anybody there?')
  listener.close()
  await once(listener, 'close')
  rmSync(directory, { recursive: true })
})

function examples(): string[] {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  return [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '')
}

function load(directory: string, name: string, code: string): Promise<object> {
  const source = new URL('../src/index.ts', import.meta.url).href
  writeFileSync(join(directory, name), code.replace('@sluice/protocol', source))
  return import(/* @vite-ignore */ pathToFileURL(join(directory, name)).href)
}
