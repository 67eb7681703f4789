import createRouter, { type HTTPVersion, type Instance } from 'find-my-way'
import { SluiceError } from './errors.ts'
import type { PathTemplate } from './routing/path-template.ts'

/** How a router tells paths apart; the names are Fastify's. */
export interface PathReading {
  readonly caseSensitive?: boolean | undefined
  readonly maxParamLength?: number | undefined
  readonly ignoreDuplicateSlashes?: boolean | undefined
}

/**
 * The paths of all WebSocket routes of a server. Fastify's router holds the routes themselves, but only for upgrade requests:
 * this tells a plain request on such a path, which found no HTTP route, that it should have asked for an upgrade.
 */
export class RoutePaths {
  readonly #shapes = new Set<string>()
  readonly #isCaseSensitive: boolean
  readonly #router: Instance<HTTPVersion.V1>

  constructor({ caseSensitive = true, maxParamLength = 100, ignoreDuplicateSlashes = false }: PathReading = {}) {
    this.#isCaseSensitive = caseSensitive
    this.#router = createRouter({ caseSensitive, maxParamLength, ignoreDuplicateSlashes, ignoreTrailingSlash: true })
  }

  /** @throws SluiceError `ERR_DUPLICATE_ROUTE` for a path that no request can tell from an earlier one */
  add(prefix: string, template: PathTemplate): void {
    const path = prefix + template.shape
    const shape = this.#isCaseSensitive ? path : path.toLowerCase()
    if (this.#shapes.has(shape)) {
      throw new SluiceError(
        'ERR_DUPLICATE_ROUTE',
        `there is a WebSocket route for '${prefix}${template.template}' already`,
      )
    }
    this.#shapes.add(shape)
    this.#router.on('GET', prefix + template.url, NOTHING)
  }

  has(path: string): boolean {
    return this.#router.find('GET', path)?.handler === NOTHING
  }
}

const NOTHING = (): void => {}
