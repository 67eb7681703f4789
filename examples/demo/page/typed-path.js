import { LoggedWebSocket } from './frame-log.js'

const HIDDEN =
  'A browser hides this answer from the page, which learns only that the connection ended with 1006. To show it, the demo made the same handshake with itself.'

const input = document.querySelector('#user-id')
const answer = document.querySelector('#user-answer')

/** The last attempt; an answer to an earlier one is late and is not shown. */
let attempt = null

document.querySelector('#user').addEventListener('submit', (event) => {
  event.preventDefault()
  connect(input.value.toWellFormed())
})
document.querySelector('#samples').addEventListener('click', ({ target }) => {
  if (target.tagName !== 'BUTTON') return
  input.value = target.textContent
  connect(input.value)
})

function connect(value) {
  const socket = new LoggedWebSocket('user', `/ws/user/${encodeURIComponent(value)}`)
  let wasOpen = false
  attempt = socket
  socket.addEventListener('open', () => {
    wasOpen = true
  })
  socket.addEventListener('message', ({ data }) => {
    if (attempt === socket) showParams(JSON.parse(data))
  })
  socket.addEventListener('close', () => {
    if (!wasOpen) explainDenial(socket, value)
  })
}

function showParams({ user_id, type }) {
  show('allowed', '101 Switching Protocols', `user_id: ${user_id}\ntypeof user_id: ${type}`)
}

/** All that the page learns is 1006, so it asks the demo to make the same handshake with itself. */
async function explainDenial(socket, value) {
  try {
    const response = await fetch(`/handshake?${new URLSearchParams({ user_id: value })}`)
    const { status, body } = await response.json()
    if (attempt !== socket) return
    show('denied', `${status}, before the connection opened`, JSON.stringify(body, null, 2), HIDDEN)
  } catch {
    if (attempt === socket) show('denied', 'No answer', 'Is the demo still running?')
  }
}

function show(verdict, headline, details, note = '') {
  const title = element('p', headline)
  title.className = verdict
  answer.replaceChildren(title, element('pre', details), element('p', note))
}

function element(tag, text) {
  const made = document.createElement(tag)
  made.textContent = text
  return made
}
