const WELCOME = 'A demo asks for no password. You get a token for two minutes, in a cookie that scripts cannot read.'

const form = document.querySelector('#login')
const nameInput = document.querySelector('#login-name')
const asAdmin = document.querySelector('#login-admin')
const signedIn = document.querySelector('#signed-in')
const visitor = document.querySelector('#visitor')
const signOutButton = document.querySelector('#sign-out')
const note = document.querySelector('#login-note')

/**
 * Who is signed in. `token` is null where only the cookie is known, after a reload.
 * Tells of a change with `changed`, and of a token that renews one with `renewed`.
 */
export const session = Object.assign(new EventTarget(), { token: null })

let countdown = 0

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const visitorNow = await post('/login', { name: nameInput.value, admin: asAdmin.checked })
  if (visitorNow === null) return
  remember(visitorNow)
  signOutButton.focus()
})

document.querySelector('#renew').addEventListener('click', async () => {
  const visitorNow = await post('/renew')
  if (visitorNow === null) return
  remember(visitorNow)
  session.dispatchEvent(new Event('renewed'))
})

signOutButton.addEventListener('click', async () => {
  if ((await post('/logout')) === null) return
  hide('Signed out. What the token had opened is closed.')
  nameInput.focus()
})

// Another tab signed in or out: it has the same cookie.
window.addEventListener('storage', ({ key }) => {
  if (key === 'signedInUntil') recall()
})

nameInput.value = sessionStorage.getItem('name') ?? ''
recall()

/** Scripts cannot see the cookie: they only know until when there is one. */
async function recall() {
  if (Number(localStorage.getItem('signedInUntil')) <= Date.now()) return hide(WELCOME)
  const response = await fetch('/me').catch(() => null)
  if (response?.ok) show(await response.json())
  else hide(WELCOME)
}

/** What the server answers, or null when it says no. */
async function post(path, body) {
  try {
    const content = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(path, { method: 'POST', ...content })
    if (response.ok) return response.status === 204 ? {} : await response.json()
    const { detail, message } = await response.json()
    if (response.status === 401) hide(`${detail}: sign in again.`)
    else note.textContent = message
  } catch {
    note.textContent = 'No answer. Is the demo still running?'
  }
  return null
}

function remember(visitorNow) {
  localStorage.setItem('signedInUntil', Date.now() + visitorNow.expiresIn)
  show(visitorNow)
}

function show({ name, isAdmin, expiresIn, token = null }) {
  const endsAt = Date.now() + expiresIn
  session.token = token
  form.hidden = true
  signedIn.hidden = false
  note.textContent = ''

  const user = document.createElement('b')
  user.dir = 'auto'
  user.textContent = name
  const clock = document.createElement('time')
  visitor.replaceChildren(
    'Signed in as ',
    user,
    isAdmin ? ', an admin' : ', a member',
    '. The token ends in ',
    clock,
    '.',
  )
  const tick = () => {
    const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1_000))
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
    if (left === 0) hide('The token has ended. What it had opened is closed soon, too.')
  }
  clearInterval(countdown)
  countdown = setInterval(tick, 1_000)
  tick()
  session.dispatchEvent(new Event('changed'))
}

function hide(text) {
  clearInterval(countdown)
  session.token = null
  localStorage.removeItem('signedInUntil')
  form.hidden = false
  signedIn.hidden = true
  note.textContent = text
  session.dispatchEvent(new Event('changed'))
}
