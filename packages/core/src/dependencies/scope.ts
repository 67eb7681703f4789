import { quiet } from '../connection/sendable.ts'
import { isPending } from '../is-pending.ts'
import type { Lease } from '../security/stage.ts'
import type { WebSocketConnection } from '../upgrade/websocket-connection.ts'
import type { UnknownDeps } from './dependency.ts'
import { dispose, isDisposable } from './dispose.ts'
import type { DependencyPlan, DependencyStep, StepName } from './plan.ts'

/** Where a step stands. One that failed, or whose value was disposed of, is over. */
type StepState = 'waiting' | 'running' | 'made' | 'over'

/** Learns when there is something to be disposed of, and when it has been. */
export interface ScopeObserver {
  scopeOnHold(): void
  scopeOnDisposed(): void
}

/**
 * What the dependencies of one connection have made. It is a lease of the handshake: when the connection and the handler have both
 * ended, the values are disposed of, one after the other, each before those that it was made from.
 */
export class DependencyScope implements Lease {
  readonly #plan: DependencyPlan
  readonly #ws: WebSocketConnection
  readonly #observer: ScopeObserver
  readonly #states: StepState[]
  readonly #values: unknown[] = []
  #running: (Promise<void> | undefined)[] = []
  #holders = 1
  #isHolding = false
  #isStopped = false
  #disposal: Promise<void> | null = null
  #results: UnknownDeps = NOTHING
  #failed = ''

  constructor(plan: DependencyPlan, ws: WebSocketConnection, observer: ScopeObserver) {
    this.#plan = plan
    this.#ws = ws
    this.#observer = observer
    this.#states = plan.steps.map(() => 'waiting')
  }

  /** The values by name, once all are there. */
  get values(): UnknownDeps {
    return this.#results
  }

  /** The name of the dependency that failed first. */
  get failed(): string {
    return this.#failed
  }

  /** Runs the dependencies, side by side where none uses the other. Where none of them has to wait, no promise is made. */
  resolve(): void | Promise<void> {
    for (let index = 0; index < this.#plan.steps.length; index++) this.#running[index] = this.#begin(index)
    const running = this.#running.filter((step) => step !== undefined)
    if (running.length === 0) this.#finish()
    else return Promise.all(running).then(() => this.#finish())
  }

  /** No further dependency is begun. */
  stop(): void {
    this.#isStopped = true
  }

  /** Keeps the values until the returned function is called. There is none where nothing will be disposed of. */
  retain(): (() => void) | undefined {
    if (!this.#isHolding) return undefined
    this.#holders++
    return () => this.release()
  }

  release(): void {
    this.#holders--
    if (this.#holders > 0) return
    this.stop()
    this.#disposeSoon()
  }

  #begin(index: number): Promise<void> | undefined {
    const inputs = this.#stepAt(index).inputs.map(({ step }) => this.#running[step])
    const running = inputs.filter((input) => input !== undefined)
    if (running.length === 0) return this.#run(index)
    return quiet(Promise.all(running).then(() => (this.#isStopped ? undefined : this.#run(index))))
  }

  #run(index: number): Promise<void> | undefined {
    const { inputs, resolve } = this.#stepAt(index)
    try {
      const made = resolve(this.#ws, this.#named(inputs))
      if (!isPending(made)) {
        this.#made(index, made)
        return undefined
      }
      this.#states[index] = 'running'
      const settled = Promise.resolve(made).then(
        (value) => this.#made(index, value),
        (error: unknown) => this.#fail(index, error),
      )
      return quiet(settled)
    } catch (error) {
      return this.#fail(index, error)
    }
  }

  #made(index: number, value: unknown): void {
    this.#states[index] = 'made'
    this.#values[index] = value
    if (!this.#isHolding && isDisposable(value)) {
      this.#isHolding = true
      this.#observer.scopeOnHold()
    }
    this.#disposeSoon()
  }

  #fail(index: number, error: unknown): never {
    const { name } = this.#stepAt(index)
    this.#states[index] = 'over'
    if (this.#isStopped) this.#ws.log.debug({ err: error, dependency: name }, 'WebSocket dependency failed too late')
    else this.#failed = name
    this.stop()
    this.#disposeSoon()
    throw error
  }

  #finish(): void {
    this.#results = this.#named(this.#plan.results)
    this.#running = []
  }

  #named(names: readonly StepName[]): UnknownDeps {
    return Object.fromEntries(names.map(({ name, step }) => [name, this.#values[step]]))
  }

  #disposeSoon(): void {
    if (this.#holders > 0 || !this.#isHolding) return
    const disposal = this.#disposal === null ? this.#dispose() : this.#disposal.then(() => this.#dispose())
    this.#disposal = disposal
  }

  /** Disposes of what there is, from the last to the first. What a running dependency uses stays until that one has ended. */
  async #dispose(): Promise<void> {
    for (let index = this.#plan.steps.length - 1; index >= 0; index--) {
      if (this.#states[index] !== 'made' || this.#isUsed(index)) continue
      await this.#disposeOf(index)
      this.#states[index] = 'over'
    }
    if (!this.#isHolding || this.#states.includes('made')) return
    this.#isHolding = false
    this.#observer.scopeOnDisposed()
  }

  #isUsed(index: number): boolean {
    return this.#stepAt(index).users.some((user) => this.#states[user] === 'running' || this.#states[user] === 'made')
  }

  async #disposeOf(index: number): Promise<void> {
    const value = this.#values[index]
    // What several dependencies have returned belongs to the first of them.
    if (!isDisposable(value) || this.#values.indexOf(value) < index) return
    try {
      await dispose(value)
    } catch (error) {
      const dependency = this.#stepAt(index).name
      this.#ws.log.error({ err: error, dependency }, 'WebSocket dependency could not be disposed of')
    }
  }

  #stepAt(index: number): DependencyStep {
    return this.#plan.steps[index] as DependencyStep
  }
}

const NOTHING: UnknownDeps = Object.freeze({})
