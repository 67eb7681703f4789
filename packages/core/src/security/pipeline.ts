import { isPending } from '../is-pending.ts'
import { createDenial, type Denial, denialOfError } from './denial.ts'
import type { Handshake, Interruption } from './handshake.ts'
import { STAGE_ORDER, type Stage, type StageName, type Verdict } from './stage.ts'

/** The stages that one route needs, in order. */
export type Pipeline = readonly PipelineStep[]

export interface PipelineStep {
  readonly name: StageName
  readonly check: Stage
}

/** How a handshake's pipeline ended. Unless it was admitted, its leases are released already. */
export type Outcome =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'denied'; readonly stage: StageName; readonly denial: Denial }
  /** The peer has gone: nobody is left to be answered. */
  | { readonly kind: 'aborted'; readonly stage: StageName }

/** Puts the stages of a route into order. A stage that the route does not need is left out. */
export function createPipeline(stages: Readonly<Partial<Record<StageName, Stage | undefined>>>): Pipeline {
  const steps: PipelineStep[] = []
  for (const name of STAGE_ORDER) {
    const check = stages[name]
    if (check !== undefined) steps.push(Object.freeze({ name, check }))
  }
  return Object.freeze(steps)
}

/** Runs the stages one after the other until one denies. Without a stage that has to wait, no promise is made. */
export function runPipeline(pipeline: Pipeline, handshake: Handshake): Outcome | Promise<Outcome> {
  return runFrom(pipeline, 0, handshake)
}

/** Runs some stages of a handshake again or late: those that need `auth` after the first message, the guards after a refresh. */
export function runStages(
  pipeline: Pipeline,
  names: ReadonlySet<StageName>,
  handshake: Handshake,
): Outcome | Promise<Outcome> {
  return runFrom(
    pipeline.filter((step) => names.has(step.name)),
    0,
    handshake,
  )
}

/** The stages that wait for the first message where the credentials come with it. What authenticates runs again then. */
export const STAGES_AFTER_AUTHENTICATION: ReadonlySet<StageName> = new Set(['userRateLimit', 'userCapacity', 'guards'])

const ADMITTED: Outcome = Object.freeze({ kind: 'admitted' })

function runFrom(pipeline: Pipeline, start: number, handshake: Handshake): Outcome | Promise<Outcome> {
  for (let index = start; index < pipeline.length; index++) {
    const step = pipeline[index] as PipelineStep
    if (handshake.awaitsFirstMessage && STAGES_AFTER_AUTHENTICATION.has(step.name)) continue
    const verdict = check(step, handshake)
    if (isPending(verdict)) return finishLater(pipeline, index, verdict, handshake)
    if (!verdict.ok) return deny(step, verdict.denial, handshake)
  }
  return ADMITTED
}

function check(step: PipelineStep, handshake: Handshake): Verdict | Promise<Verdict> {
  try {
    return step.check(handshake)
  } catch (error) {
    return { ok: false, denial: denialOfError(error) }
  }
}

async function finishLater(
  pipeline: Pipeline,
  index: number,
  pending: Promise<Verdict>,
  handshake: Handshake,
): Promise<Outcome> {
  const step = pipeline[index] as PipelineStep
  const verdict = await settle(pending, handshake)
  if (verdict === 'aborted') return abort(step, handshake)
  if (verdict === 'timedOut') return deny(step, createDenial('ERR_HANDSHAKE_TIMEOUT'), handshake)
  if (!verdict.ok) return deny(step, verdict.denial, handshake)
  return runFrom(pipeline, index + 1, handshake)
}

async function settle(pending: Promise<Verdict>, handshake: Handshake): Promise<Verdict | Interruption> {
  try {
    const verdict = await handshake.waitFor(pending)
    // The peer may have gone in the very turn in which the stage answered (HS-13).
    return handshake.interruption ?? verdict
  } catch (error) {
    return { ok: false, denial: denialOfError(error) }
  }
}

function deny(step: PipelineStep, denial: Denial, handshake: Handshake): Outcome {
  handshake.deny()
  return { kind: 'denied', stage: step.name, denial }
}

function abort(step: PipelineStep, handshake: Handshake): Outcome {
  handshake.deny()
  return { kind: 'aborted', stage: step.name }
}
