import { LoggedWebSocket } from './frame-log.js'

const textInput = document.querySelector('#echo-text')
const asBytes = document.querySelector('#echo-bytes')
const answer = document.querySelector('#echo-answer')

let socket = null
/** When each message was sent whose echo is to come, in order. */
let sentAt = []

document.querySelector('#echo').addEventListener('submit', async (event) => {
  event.preventDefault()
  const text = textInput.value
  const message = asBytes.checked ? new TextEncoder().encode(text) : text
  try {
    await openSocket()
    sentAt.push(performance.now())
    socket.send(message)
  } catch {
    answer.textContent = 'No connection. Is the demo still running?'
  }
})

/** Opens the connection with the first message, and again after it has ended. */
function openSocket() {
  if (socket?.readyState === WebSocket.OPEN) return undefined
  if (socket?.readyState !== WebSocket.CONNECTING) {
    socket = new LoggedWebSocket('echo', '/ws/echo')
    sentAt = []
    socket.addEventListener('message', showEcho)
  }
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('close', reject, { once: true })
  })
}

function showEcho({ data }) {
  const took = (performance.now() - sentAt.shift()).toFixed(1)
  const text = typeof data === 'string' ? `“${data}”` : `${data.byteLength} bytes`
  answer.textContent = `${text} came back in ${took} ms`
}
