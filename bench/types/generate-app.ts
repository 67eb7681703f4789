import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the app gets `createApi` from: the framework, or a declaration of nothing but the typed path. */
export type ApiSource = 'core' | 'stand-in'

export interface AppOptions {
  readonly folder: string
  readonly api: ApiSource
  readonly routes: number
  /** One expression, so that what a call returns is what the next is made on. */
  readonly chained: boolean
  /** Each route has a schema for its query, and some for headers, cookies and params. */
  readonly schemas: boolean
}

const REPOSITORY = join(import.meta.dirname, '..', '..')

/** Writes an app that a compiler can check, and answers its folder. */
export async function generateApp({ folder, api, routes, chained, schemas }: AppOptions): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'tsconfig.json'), tsconfig())
  await writeFile(join(folder, 'stand-in.ts'), STAND_IN)
  await writeFile(join(folder, 'app.ts'), app(api, routes, chained, schemas))
  return folder
}

const STAND_IN = `import type { PathParams } from 'path-params'
interface Api {
  websocket<Path extends string>(path: Path, handler: (ws: unknown, params: PathParams<Path>) => void): this
}
export declare function createApi(): Api
`

function tsconfig(): string {
  const source = join(REPOSITORY, 'packages', 'core', 'src')
  return JSON.stringify({
    extends: join(REPOSITORY, 'tsconfig.base.json'),
    compilerOptions: {
      types: ['node'],
      typeRoots: [join(REPOSITORY, 'node_modules', '@types')],
      paths: {
        '@sluice/core': [join(source, 'index.ts')],
        'path-params': [join(source, 'routing', 'path-params.ts')],
        typebox: [join(source, '..', 'node_modules', 'typebox', 'build', 'index.d.mts')],
      },
    },
    files: ['app.ts'],
  })
}

function app(api: ApiSource, routes: number, chained: boolean, schemas: boolean): string {
  const calls = Array.from({ length: routes }, (_, index) => websocketCall(index, schemas))
  const body = chained ? `api${calls.join('')}` : calls.map((call) => `api${call}`).join('\n')
  return `import { createApi } from '${api === 'core' ? '@sluice/core' : './stand-in.ts'}'
${schemas ? "import Type from 'typebox'\n" : ''}declare function use<Value>(value: Value): void
const api = createApi()
${routes > 0 ? body : ''}
export { api, use }
`
}

const PARAMETERS = [
  ['{user_id:int}', 'user_id', 'number'],
  [':room', 'room', 'string'],
  ['{mode:enum(read,write,admin)}', 'mode', "'read' | 'write' | 'admin'"],
  ['{at:datetime}', 'at', 'Date'],
  ['{live:bool}', 'live', 'boolean'],
  ['{key:uuid}', 'key', 'string'],
  ['{name}', 'name', 'string'],
  ['{price:float}', 'price', 'number'],
] as const

/**
 * A route with none to four parameters, each of which the handler uses at its exact type. Every tenth handler also
 * takes a name that the path has not: were the parameters `any`, that would be no error, and the app not compile.
 */
function websocketCall(index: number, schemas: boolean): string {
  const first = index % PARAMETERS.length
  const chosen = [...PARAMETERS.slice(first), ...PARAMETERS.slice(0, first)].slice(0, index % 5)
  const path = ['', 'ws', `feature${index}`, ...chosen.map(([declared, name]) => `${name}/${declared}`)].join('/')
  const names = chosen.map(([, name]) => name).join(', ')
  const uses = chosen.map(([, name, type]) => `  use<${type}>(${name})`)
  const mistake = index % 10 === 0 ? ['  // @ts-expect-error: no such name', '  use(params.misspelt)'] : []
  const options = schemas ? `${schemasOf(index)}, ` : ''
  const inputs = schemas ? usesOfSchemas(index) : []
  const body = [`  const { ${names} } = params`, ...uses, ...inputs, ...mistake].join('\n')
  return `.websocket('${path}', ${options}(_ws, params) => {\n${body}\n})`
}

/** Five keys of a query for every route; headers for every second, cookies for every third. */
function schemasOf(index: number): string {
  const query = `Type.Object({
    page: Type.Integer({ default: ${index} }), text: Type.String({ minLength: 1 }), live: Type.Optional(Type.Boolean()),
    sort: Type.Union([Type.Literal('up'), Type.Literal('down')]), tags: Type.Array(Type.String(), { default: [] }),
  })`
  const headers =
    index % 2 === 0 ? [`headers: Type.Object({ user_agent: Type.String(), x_count${index}: Type.Integer() })`] : []
  const cookies = index % 3 === 0 ? [`cookies: Type.Object({ theme: Type.Optional(Type.String()) })`] : []
  return `{ ${[`query: ${query}`, ...headers, ...cookies].join(', ')} }`
}

function usesOfSchemas(index: number): string[] {
  return [
    '  use<number>(_ws.query.page)',
    "  use<'up' | 'down'>(_ws.query.sort)",
    '  use<string[]>(_ws.query.tags)',
    ...(index % 2 === 0 ? [`  use<number>(_ws.headers.x_count${index})`] : []),
    ...(index % 3 === 0 ? ['  use<string | undefined>(_ws.cookies.theme)'] : []),
    ...(index % 10 === 0 ? ['  // @ts-expect-error: no such key', '  use(_ws.query.misspelt)'] : []),
  ]
}
