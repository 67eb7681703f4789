import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyInstance } from 'fastify'

const FOLDER = new URL('page/', import.meta.url)

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const HEADERS = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** Serves the files of the page, which are few and are read once. */
export async function page(app: FastifyInstance): Promise<void> {
  for (const name of await readdir(FOLDER)) {
    const content = await readFile(new URL(name, FOLDER))
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    const url = name === 'index.html' ? '/' : `/${name}`
    app.get(url, (_request, reply) => reply.headers(HEADERS).type(type).send(content))
  }
}
