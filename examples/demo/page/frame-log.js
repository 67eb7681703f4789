const MOST_ENTRIES = 200
const LONGEST_PAYLOAD = 160
const WORDS = { sent: '↑ sent', received: '↓ received', opened: '• opened', closed: '• closed' }

const TIME = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})

const list = document.querySelector('#frames')
const totals = document.querySelector('#totals')
const counts = { sent: { frames: 0, bytes: 0 }, received: { frames: 0, bytes: 0 } }

document.querySelector('#clear').addEventListener('click', clear)

/**
 * A WebSocket to a path of this server, whose frames appear in the log.
 * The route is the name that they carry there.
 */
export class LoggedWebSocket extends WebSocket {
  #route

  constructor(route, path, subprotocols = []) {
    const url = new URL(path, location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    super(url, subprotocols)
    this.binaryType = 'arraybuffer'
    this.#route = route
    this.addEventListener('open', () => addEntry(route, 'opened', url.pathname))
    this.addEventListener('message', ({ data }) => addFrame(route, 'received', data))
    this.addEventListener('close', ({ code, reason }) => addEntry(route, 'closed', `${code} ${reason}`))
  }

  send(data) {
    super.send(data)
    addFrame(this.#route, 'sent', data)
  }

  /** Sends a token that renews what was proven. It is not shown. */
  sendToken(token) {
    const message = (text) => JSON.stringify({ type: 'auth', token: text })
    super.send(message(token))
    addFrame(this.#route, 'sent', message('…'))
  }
}

function addFrame(route, direction, data) {
  const isText = typeof data === 'string'
  const bytes = isText ? new TextEncoder().encode(data) : new Uint8Array(data)
  counts[direction].frames++
  counts[direction].bytes += bytes.length
  showTotals()
  addEntry(route, direction, isText ? data : hexOf(bytes), isText ? 'text' : 'binary', formatBytes(bytes.length))
}

function addEntry(route, event, payload, type = '', size = '') {
  const entry = document.createElement('li')
  entry.dataset.event = event
  const parts = { time: TIME.format(), route, event: WORDS[event], type, size, payload: cut(payload) }
  for (const [name, text] of Object.entries(parts)) {
    const part = document.createElement('span')
    part.className = name
    part.textContent = text
    // The space keeps the parts apart where they are read out or copied.
    entry.append(part, ' ')
  }
  list.prepend(entry)
  while (list.children.length > MOST_ENTRIES) list.lastElementChild.remove()
}

function clear() {
  for (const count of Object.values(counts)) Object.assign(count, { frames: 0, bytes: 0 })
  list.replaceChildren()
  showTotals()
}

function showTotals() {
  const { sent, received } = counts
  totals.textContent = `↑ ${sent.frames} sent, ${formatBytes(sent.bytes)} · ↓ ${received.frames} received, ${formatBytes(received.bytes)}`
}

function formatBytes(size) {
  return size < 1_000 ? `${size} B` : `${(size / 1_000).toFixed(1)} kB`
}

function hexOf(bytes) {
  return Array.from(bytes.subarray(0, LONGEST_PAYLOAD), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

function cut(text) {
  return text.length > LONGEST_PAYLOAD ? `${text.slice(0, LONGEST_PAYLOAD)}…` : text
}
