import { LoggedWebSocket } from './frame-log.js'
import { session } from './login.js'
import { drawStages, showDenied, showPassed } from './stage-line.js'

const NO_ANSWER = 'No answer. Is the demo still running?'

const ADMITTED = { stage: 'passed them all', http: '101 Switching Protocols' }

const list = document.querySelector('#gate-list')
const template = document.querySelector('#gate')

drawGates()

async function drawGates() {
  try {
    const { stages, gates } = await ask('/gates')
    drawStages(stages)
    list.replaceChildren(...gates.map((gate) => new GateRow(gate).element))
  } catch {
    list.textContent = NO_ANSWER
  }
}

async function ask(path) {
  const response = await fetch(path)
  return response.json()
}

/** One gate: what it demands, and what came of the last attempt to open it. */
class GateRow {
  element = template.content.cloneNode(true).firstElementChild
  #name
  #takesTokenAsSubprotocol
  #subprotocols
  #asSubprotocol = this.element.querySelector('input')
  /** Those that the server has greeted. */
  #open = new Set()
  #attempt = ''

  constructor({ name, rule, hint, tokens, subprotocols }) {
    this.#name = name
    this.#subprotocols = subprotocols
    this.#takesTokenAsSubprotocol = tokens.includes('subprotocol')
    const title = this.element.querySelector('h3')
    title.textContent = name
    title.id = `gate-${name}`
    this.element.setAttribute('aria-labelledby', title.id)
    for (const button of this.element.querySelectorAll('button')) button.setAttribute('aria-describedby', title.id)
    this.element.querySelector('.about code').textContent = rule
    this.element.querySelector('.hint').textContent = hint
    this.element.querySelector('label').hidden = !this.#takesTokenAsSubprotocol

    this.#button('open').addEventListener('click', () => this.#connect())
    this.#button('echo').addEventListener('click', () => this.#newest()?.send('hello'))
    this.#button('close').addEventListener('click', () => {
      for (const socket of this.#open) socket.close(1000)
    })
    this.#sessionOnChanged()
    session.addEventListener('changed', () => this.#sessionOnChanged())
    if (tokens.length > 0) session.addEventListener('renewed', () => this.#sessionOnRenewed())
  }

  #connect() {
    const attempt = createAttempt()
    this.#attempt = attempt
    const subprotocols = this.#asSubprotocol.checked ? ['bearer', session.token, ...this.#subprotocols] : []
    const socket = new LoggedWebSocket('gate', `/ws/gates/${this.#name}/close?attempt=${attempt}`, subprotocols)
    this.#show('pending', { state: 'Connecting' })
    socket.addEventListener('message', ({ data }) => {
      if (this.#open.has(socket)) this.#show('open', { ...ADMITTED, state: `Open: “${data}” came back` })
      else this.#admitted(socket, data)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (this.#open.has(socket)) this.#ended(socket, code, reason)
      else this.#denied(attempt, code, reason)
    })
  }

  #admitted(socket, greeting) {
    this.#open.add(socket)
    const as = socket.protocol === '' ? '' : `, subprotocol ${socket.protocol}`
    this.#show('open', { ...ADMITTED, state: `Open: “${greeting}”${as}` })
    showPassed(this.#name)
  }

  #ended(socket, code, reason) {
    this.#open.delete(socket)
    const close = `${code} ${reason}`.trim()
    if (this.#open.size === 0) this.#show('ended', { ...ADMITTED, state: 'Ended', close })
    else this.#show('open', { ...ADMITTED, state: `Open: ${this.#open.size} left`, close })
  }

  /** The server tells which stage denied this attempt, and what it says over HTTP to the same handshake. */
  async #denied(attempt, code, reason) {
    if (attempt !== this.#attempt) return
    const close = `${code} ${reason}`.trim()
    const state = this.#open.size === 0 ? 'Denied' : `Denied, ${this.#open.size} open`
    this.#show('denied', { state, close })
    try {
      const answers = [ask(`/gates/denials/${attempt}`), ask(`/handshake/gates/${this.#name}`)]
      const [{ stage }, http] = await Promise.all(answers)
      if (attempt !== this.#attempt) return
      this.#show('denied', { state, close, stage: stage ?? 'unknown', http: textOf(http) })
      if (stage !== null) showDenied(this.#name, stage)
    } catch {
      this.#show('ended', { state: NO_ANSWER, close })
    }
  }

  #sessionOnChanged() {
    const canSend = this.#takesTokenAsSubprotocol && session.token !== null
    this.#asSubprotocol.disabled = !canSend
    if (!canSend) this.#asSubprotocol.checked = false
  }

  #sessionOnRenewed() {
    for (const socket of this.#open) socket.sendToken(session.token)
    if (this.#open.size > 0) this.#show('open', { ...ADMITTED, state: 'Open: token renewed' })
  }

  #show(state, given) {
    const facts = { close: '–', stage: '–', http: '–', ...given }
    this.element.dataset.state = state
    this.element.querySelector('dl').hidden = false
    for (const [name, text] of Object.entries(facts)) {
      this.element.querySelector(`[data-fact=${name}]`).textContent = text
    }
    for (const action of ['echo', 'close']) this.#button(action).disabled = this.#open.size === 0
  }

  #button(action) {
    return this.element.querySelector(`[data-do=${action}]`)
  }

  #newest() {
    return Array.from(this.#open).at(-1)
  }
}

/** A name that nobody guesses. (`randomUUID` is missing where a phone opens the page over plain http.) */
function createAttempt() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function textOf({ status, headers, body }) {
  if (body === null) return `${status}: it opens by now`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [status, ...lines, JSON.stringify(body, null, 1)].join('\n')
}
