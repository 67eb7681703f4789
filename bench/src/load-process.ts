import { fileURLToPath } from 'node:url'
import { compileGenerator } from './load/native.ts'
import { encodePlan, type LoadEvent, type LoadPlan, type LoadResult } from './load/plan.ts'
import { type LineProcess, startProcess } from './processes.ts'
import { scratchDirectory } from './scratch.ts'

/** Which program makes the load. */
export interface Generator {
  readonly name: 'native' | 'node'
  readonly command: string
  readonly args: readonly string[]
}

/** What opening all connections may take, on top of warm-up and measurement. */
const OPENING_TIMEOUT = 30_000

/** The generator on Node. */
export const NODE_GENERATOR: Generator = {
  name: 'node',
  command: process.execPath,
  args: [fileURLToPath(new URL('load/generator.ts', import.meta.url))],
}

/** The compiled generator where there is a compiler, else the one on Node. */
export async function chooseGenerator(): Promise<Generator> {
  const command = await compileGenerator(scratchDirectory())
  return command === undefined ? NODE_GENERATOR : { name: 'native', command, args: [] }
}

/** A load under way. */
export interface Load {
  /** Resolves when the measured time begins. */
  started(): Promise<void>
  /** Resolves with what was measured, when the measured time is over. */
  finished(): Promise<LoadResult>
  end(): Promise<void>
}

/** Starts a load. It must be ended, whatever happens. */
export function startLoad(generator: Generator, core: number | undefined, plan: LoadPlan): Load {
  const load = startGenerator(generator, core, plan)
  return {
    started: async () => {
      const { event } = await load.next(OPENING_TIMEOUT + plan.warmup)
      if (event !== 'started') throw new Error(`the load generator said '${event}' before it started`)
    },
    finished: async () => {
      const event = await load.next(OPENING_TIMEOUT + plan.duration)
      if (event.event !== 'finished') throw new Error(`the load generator said '${event.event}' before it finished`)
      return event
    },
    end: () => load.end(),
  }
}

/** Opens connections and keeps them until `end` is called. */
export async function holdConnections(core: number | undefined, plan: LoadPlan): Promise<{ end(): Promise<void> }> {
  const load = startGenerator(NODE_GENERATOR, core, plan)
  try {
    await load.next(OPENING_TIMEOUT)
    return load
  } catch (error) {
    await load.end()
    throw error
  }
}

function startGenerator(generator: Generator, core: number | undefined, plan: LoadPlan): LineProcess<LoadEvent> {
  const { args, input } = encodePlan(plan)
  const load = startProcess<LoadEvent>(core, generator.command, [...generator.args, ...args])
  load.write(input)
  load.closeInput()
  return load
}
