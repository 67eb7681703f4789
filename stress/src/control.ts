import { setTimeout } from 'node:timers/promises'
import type { Peer } from './peer.ts'

/** Between an answer and the next message, in milliseconds. */
const PAUSE = 5

/** A connection that has nothing to do with the attack, and is served all the same: every echo, in order. */
export class Control {
  /** Echoes that came back. */
  answered = 0
  /** What was wrong, if anything. */
  fault: string | null = null
  /** Milliseconds of the slowest echo. */
  slowest = 0
  readonly #peer: Peer
  readonly #done: Promise<void>
  #isStopped = false
  #onEcho: () => void = () => {}

  constructor(peer: Peer) {
    this.#peer = peer
    peer.onMessage = (data) => this.#took(String(data))
    this.#done = this.#run()
  }

  /** Resolves when the last echo has come back, or never will. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#done
  }

  async #run(): Promise<void> {
    const gone = this.#peer.closed.then((code) => `the control connection was closed with ${code}`)
    while (!this.#isStopped && this.fault === null) {
      const start = performance.now()
      const echo = new Promise<void>((resolve) => {
        this.#onEcho = resolve
      })
      this.#peer.send(`echo ${this.answered}`)
      this.fault ??= (await Promise.race([echo, gone])) ?? null
      this.slowest = Math.max(this.slowest, performance.now() - start)
      await setTimeout(PAUSE)
    }
  }

  #took(text: string): void {
    if (text === `echo ${this.answered}`) this.answered++
    else this.fault = `'${text}' came where echo ${this.answered} should be`
    this.#onEcho()
  }
}
