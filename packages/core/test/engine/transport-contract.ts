import { describe, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { checkEndings } from './contract/endings.ts'
import { checkFlow } from './contract/flow.ts'
import { checkMessages } from './contract/messages.ts'
import { openWire, type Wire, type WireOptions } from './support/open-wire.ts'
import type { StreamKind } from './support/streams.ts'

/** An engine over a kind of stream. */
export interface ContractSubject {
  createEngine(): Engine
  readonly streams: StreamKind
  /** Checks that it does not pass by design, and why. */
  readonly skip: Readonly<Record<string, string>>
  /** How often each way to end is tried. */
  readonly rounds: number
}

/** What the checks of one subject have at hand. */
export interface ContractChecks {
  readonly streams: StreamKind
  readonly rounds: number
  /** Declares a check. */
  check(name: string, run: () => Promise<void>): void
  /** A wire whose transport has not been started. */
  wire(options?: WireOptions): Promise<Wire>
  /** A wire that is open. */
  started(options?: WireOptions): Promise<Wire>
}

/** Declares what every transport does, whatever its engine and whatever stream it stands on. */
export function transportContract(name: string, { createEngine, streams, skip, rounds }: ContractSubject): void {
  describe(`the transport contract, ${name}`, () => {
    const engine = createEngine()
    const names = new Set<string>()
    const wire = async (options?: WireOptions) => openWire(engine, await streams.open(), options)
    const checks: ContractChecks = {
      streams,
      rounds,
      check(name, run) {
        names.add(name)
        const reason = skip[name]
        it(name, async (context) => (reason === undefined ? run() : context.skip(reason)))
      },
      wire,
      async started(options) {
        const opened = await wire(options)
        opened.transport.start(opened.listener)
        return opened
      },
    }
    for (const declare of [checkMessages, checkFlow, checkEndings]) declare(checks)
    for (const skipped of Object.keys(skip)) if (!names.has(skipped)) throw new Error(`no check is named '${skipped}'`)
  })
}
