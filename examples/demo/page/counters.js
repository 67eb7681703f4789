const INTERVAL = 1_000
const list = document.querySelector('#counters')

/** What the server has counted, as the page shows it. */
function rowsOf({ open, accepted, denied, received, sent, dropped, conflated, slowConsumers }) {
  const messages = ({ text, binary }) => text.messages + binary.messages
  return {
    'open now': open,
    accepted,
    denied,
    'messages in': messages(received),
    'messages out': messages(sent),
    'not sent to slow peers': dropped.messages + conflated.messages,
    'slow peers closed': slowConsumers,
  }
}

async function refresh() {
  if (document.hidden) return
  const response = await fetch('/stats').catch(() => null)
  if (response?.ok !== true) return
  const entries = Object.entries(rowsOf(await response.json())).map(([name, count]) => {
    const item = document.createElement('li')
    item.textContent = `${name}: ${count}`
    return item
  })
  list.replaceChildren(...entries)
}

setInterval(refresh, INTERVAL)
void refresh()
