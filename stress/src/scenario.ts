import type { Server } from 'node:http'
import type { SluiceOptions } from '@sluice/core'
import type { FastifyHttpOptions, FastifyInstance } from 'fastify'
import type { Trial } from './trial.ts'

/** What the runner may ask of the server of a scenario. The answer has to survive JSON. */
export type Commands = Readonly<Record<string, (argument: number) => unknown>>

/** One attack or fault: the server that has to bear it, and the peers that cause it. */
export interface Definition {
  readonly name: string
  /** Of the plugin. */
  readonly options?: SluiceOptions
  readonly http?: FastifyHttpOptions<Server>['http']
  /** Adds the routes. Runs in the process of the server. */
  serve(app: FastifyInstance): Commands | Promise<Commands>
  /** Runs in the process of the runner. */
  run(trial: Trial): Promise<void>
}

export interface Scenario extends Definition {
  readonly title: string
  /** The ids in the title. */
  readonly threats: readonly string[]
}

/** @param title ids of the threats it covers, then what happens */
export function scenario(title: string, definition: Definition): Scenario {
  return { ...definition, title, threats: title.match(/\b[A-Z]{2}-\d\d\b/g) ?? [] }
}
