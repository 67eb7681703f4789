import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { field, seen, startDemoInBrowser } from './test-browser.ts'

const SLOW = { timeout: 20_000 }

const demo = startDemoInBrowser()

it('lets two tabs of a room chat, and keeps it from another room', SLOW, async () => {
  const ada = await join('Ada', 'lobby')
  const bob = await join('Bob', 'lobby')
  const cleo = await join('Cleo', 'garden')
  await seen(ada, 'Bob joined')
  await seen(bob, 'In the room: Ada, Bob')

  await say(ada, 'Hello, Bob')
  await seen(bob, 'Hello, Bob')
  await say(bob, 'Hello, Ada')
  await seen(ada, 'Hello, Ada')
  expect(await texts(ada)).toEqual(['You joined lobby', 'Bob joined', 'YouHello, Bob', 'BobHello, Ada'])
  expect(await texts(bob)).toEqual(['You joined lobby', 'AdaHello, Bob', 'YouHello, Ada'])

  await say(cleo, 'Nobody is here')
  await seen(cleo, 'Nobody is here')
  expect(await texts(cleo)).toEqual(['You joined garden', 'YouNobody is here'])

  await bob.getByRole('button', { name: 'Leave' }).click()
  await seen(bob, 'You left')
  await seen(ada, 'Bob left')
})

it('shows what is wrong with a message, and goes on', SLOW, async () => {
  const ada = await join('Ada', 'lobby')
  await say(ada, `/name ${'a'.repeat(25)}`)
  await seen(ada, 'Not sent: name: String should have at most 24 characters')
  await say(ada, '/name Countess')
  await seen(ada, 'Ada is now Countess')
  await seen(ada, 'In the room: Countess')
  await seen(ada, 'Connected to lobby')
})

it('shows markup as the text that it is', SLOW, async () => {
  const page = await join('<b>Ada</b>', 'lobby')
  await say(page, '<img src=x onerror=alert(1)>')
  await seen(page, '<img src=x onerror=alert(1)>')
  await seen(page, 'In the room: <b>Ada</b>')
  expect(await page.getByRole('log').locator('img').count()).toBe(0)
})

it('says that the server ended the connection, and reconnects', SLOW, async () => {
  const page = await join('Ada', 'lobby')
  for (const connection of demo.app.api.connections) await connection.close(1012, 'Restart')
  await seen(page, 'The connection ended (1012, Restart)')
  await seen(page, 'Not connected')
  await page.getByRole('button', { name: 'Reconnect' }).click()
  await seen(page, 'Connected to lobby')
})

it('shows the typed value, or what a wrong one gets', SLOW, async () => {
  const page = await join('Ada', 'lobby')
  const value = field(page, 'user_id')

  await value.fill('42')
  await value.press('Enter')
  await seen(page, 'typeof user_id: number')

  await value.fill('4.2')
  await value.press('Enter')
  await seen(page, '422, before the connection opened')
  await seen(page, '"type": "int_parsing"')
  await seen(page, '"input": "4.2"')

  // The browser says itself that the handshake was denied; the page must not add anything.
  expect(demo.complaints.splice(0)).toEqual([expect.stringContaining('Unexpected response code: 422')])
})

it('logs the frames of both directions', SLOW, async () => {
  const page = await join('Ada', 'lobby')
  const frames = page.getByRole('list', { name: 'Frames' }).getByRole('listitem')
  await page.getByRole('button', { name: 'Clear' }).click()
  expect(await frames.count()).toBe(0)

  const text = field(page, 'Text to echo')
  await text.fill('Grüße')
  await text.press('Enter')
  await seen(page, '“Grüße” came back')
  await page.getByLabel('as a binary message').check()
  await text.press('Enter')
  await seen(page, '7 bytes came back')

  const payloads = ['Grüße', '47 72 c3 bc c3 9f 65']
  const time = expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}$/)
  const parts = async (index: number) => (await frames.nth(index).locator('span').allTextContents()) as unknown[]
  expect(await parts(4)).toEqual([time, 'echo', '• opened', '', '', '/ws/echo'])
  expect(await parts(3)).toEqual([time, 'echo', '↑ sent', 'text', '7 B', payloads[0]])
  expect(await parts(2)).toEqual([time, 'echo', '↓ received', 'text', '7 B', payloads[0]])
  expect(await parts(1)).toEqual([time, 'echo', '↑ sent', 'binary', '7 B', payloads[1]])
  expect(await parts(0)).toEqual([time, 'echo', '↓ received', 'binary', '7 B', payloads[1]])
  await seen(page, '↑ 2 sent, 14 B · ↓ 2 received, 14 B')
})

/** Opens the page in a tab of its own, where it waits in a room that no test looks at, and joins a room. */
async function join(name: string, room: string): Promise<Page> {
  const page = await demo.tabs.newPage()
  await page.goto(`${demo.address}/#entrance`)
  await seen(page, 'Connected to entrance')
  await field(page, 'Name').fill(name)
  await field(page, 'Room').fill(room)
  await page.getByRole('button', { name: 'Join' }).click()
  await seen(page, `Connected to ${room}`)
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await field(page, 'Message').fill(text)
  await page.keyboard.press('Enter')
}

/** What the chat shows. */
function texts(page: Page): Promise<string[]> {
  return page.getByRole('log').getByRole('listitem').allTextContents()
}
