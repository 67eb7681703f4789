/** What one peer has sent, and whether what comes back is right: each message once, in order, as it was. */
export class Answers {
  sent = 0
  answered = 0
  /** What was wrong first, if anything. */
  fault: string | null = null
  readonly #name: string
  readonly #isFromAll: boolean
  readonly #texts = new Map<number, string>()
  /** The number of the last message of each sender. */
  readonly #last = new Map<string, number>()
  #pings = 0
  #pongs = 0
  #onAll: () => void = () => {}

  /** @param whose in a room the messages of others come too */
  constructor(name: string, whose: 'own' | 'from all') {
    this.#name = name
    this.#isFromAll = whose === 'from all'
  }

  /** The next message: who sent it, its number, and so many characters. */
  next(length: number): string {
    const text = `${this.#name} ${this.sent} ${'€'.repeat(length)}`
    this.#texts.set(this.sent++, text)
    return text
  }

  nextPing(): string {
    return String(this.#pings++)
  }

  took(text: string): void {
    const [sender = '', digits] = text.split(' ', 2)
    const number = Number(digits)
    if (sender === this.#name) this.#tookOwn(number, text)
    else if (!this.#isFromAll) this.fault ??= `a message of ${sender}`
    const last = this.#last.get(sender)
    if (last !== undefined && number !== last + 1) this.fault ??= `${number} of ${sender} came behind ${last}`
    this.#last.set(sender, number)
  }

  /** Some may be left out, but none may come that was not asked for, or in another order. */
  tookPong(payload: string): void {
    const number = Number(payload)
    if (!(number >= this.#pongs && number < this.#pings)) this.fault ??= `a pong '${payload}'`
    this.#pongs = number + 1
  }

  /** Resolves when every message has been answered. */
  all(): Promise<void> {
    if (this.answered === this.sent) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onAll = resolve
    })
  }

  #tookOwn(number: number, text: string): void {
    if (number !== this.answered || text !== this.#texts.get(number)) this.fault ??= `message ${number} came back wrong`
    this.#texts.delete(number)
    this.answered++
    if (this.answered === this.sent) this.#onAll()
  }
}
