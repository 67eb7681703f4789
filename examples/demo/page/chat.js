import { LoggedWebSocket } from './frame-log.js'

const MOST_MESSAGES = 200

const state = document.querySelector('#state')
const nameInput = document.querySelector('#name')
const roomInput = document.querySelector('#room')
const joinButton = document.querySelector('#join-button')
const leaveButton = document.querySelector('#leave')
const membersLine = document.querySelector('#members')
const messages = document.querySelector('#messages')
const textInput = document.querySelector('#text')
const sayButton = document.querySelector('#say-button')

/** The connection that the page talks on; events of an earlier one are late and are ignored. */
let socket = null
let ownId = ''

document.querySelector('#join').addEventListener('submit', (event) => {
  event.preventDefault()
  join(nameInput.value.trim(), roomInput.value.trim())
  socket.addEventListener('open', () => textInput.focus())
})
document.querySelector('#say').addEventListener('submit', (event) => {
  event.preventDefault()
  if (socket?.readyState !== WebSocket.OPEN) return
  const text = textInput.value
  socket.send(
    JSON.stringify(text.startsWith('/name ') ? { type: 'rename', name: text.slice(6) } : { type: 'say', text }),
  )
  textInput.value = ''
})
leaveButton.addEventListener('click', () => {
  socket?.close(1000, 'Left')
  joinButton.focus()
})

nameInput.value = sessionStorage.getItem('name') ?? `Guest ${Math.floor(Math.random() * 900) + 100}`
roomInput.value = roomOfAddress() || 'lobby'
join(nameInput.value, roomInput.value)

function join(name, room) {
  socket?.close(1000, 'Joins another room')
  sessionStorage.setItem('name', name)
  history.replaceState(null, '', `#${encodeURIComponent(room)}`)
  messages.replaceChildren()

  const opened = new LoggedWebSocket('chat', `/ws/chat/${encodeURIComponent(room)}?name=${encodeURIComponent(name)}`)
  socket = opened
  showState('connecting', `Connecting to ${room}`)
  opened.addEventListener('message', ({ data }) => {
    if (socket === opened) receive(JSON.parse(data), room)
  })
  opened.addEventListener('close', ({ code, reason }) => {
    if (socket === opened) ended(code, reason)
  })
}

function receive(event, room) {
  if (event.members) membersLine.textContent = `In the room: ${event.members.join(', ')}`
  switch (event.type) {
    case 'welcome':
      ownId = event.id
      showState('open', `Connected to ${room}`)
      addNotice(`You joined ${room}`)
      break
    case 'message':
      addMessage(event.name, event.text, event.id === ownId)
      break
    case 'renamed':
      addNotice(`${event.from} is now ${event.name}`)
      break
    case 'error':
      for (const { path, message } of event.issues ?? []) addNotice(`Not sent: ${path.join('.')}: ${message}`)
      break
    default:
      addNotice(`${event.name} ${event.type}`)
  }
}

function ended(code, reason) {
  socket = null
  const why = reason === '' ? code : `${code}, ${reason}`
  showState('closed', 'Not connected')
  membersLine.textContent = 'You are in no room.'
  addNotice(code === 1000 ? 'You left' : `The connection ended (${why})`)
  joinButton.textContent = code === 1000 ? 'Join' : 'Reconnect'
}

function showState(name, text) {
  state.dataset.state = name
  state.textContent = text
  joinButton.textContent = 'Join'
  const isOpen = name === 'open'
  for (const control of [leaveButton, textInput, sayButton]) control.disabled = !isOpen
}

function addMessage(name, text, isOwn) {
  const item = document.createElement('li')
  item.className = isOwn ? 'own' : 'other'
  item.append(textElement('b', isOwn ? 'You' : name), textElement('p', text))
  addToLog(item)
}

function addNotice(text) {
  const item = textElement('li', text)
  item.className = 'notice'
  addToLog(item)
}

function addToLog(item) {
  const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40
  messages.append(item)
  while (messages.children.length > MOST_MESSAGES) messages.firstElementChild.remove()
  if (isAtEnd) messages.scrollTop = messages.scrollHeight
}

/** The texts are from strangers: they are only ever text, and each keeps its writing direction to itself. */
function textElement(tag, text) {
  const element = document.createElement(tag)
  element.dir = 'auto'
  element.textContent = text
  return element
}

function roomOfAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1)).trim().slice(0, roomInput.maxLength)
  } catch {
    return ''
  }
}
