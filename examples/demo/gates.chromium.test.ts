import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { field, seen, startDemoInBrowser } from './test-browser.ts'

const SLOW = { timeout: 20_000 }

const demo = startDemoInBrowser()

it('opens the gate of members after the login, and closes it with the logout', SLOW, async () => {
  const page = await visit()
  const member = gate(page, 'member')
  await open(member)
  await shows(member, { state: 'Denied', close: '4401 Authentication required', stage: 'guards' })
  await shows(member, { http: /^401\nwww-authenticate: Bearer\n.*"ERR_NOT_AUTHENTICATED"/s })
  await seen(page, 'member: denied by the stage guards. Those behind it were not asked.')
  expect(await stages(page, 'denied')).toEqual(['✕guards'])
  expect(await stages(page, 'passed')).toContain('✓authentication')
  expect(await stages(page, 'unasked')).toEqual(['coercion', 'subprotocol', 'dependencies', 'handler'])

  await signIn(page, 'Ada')
  await seen(page, 'Signed in as Ada, a member')
  await open(member)
  await shows(member, { state: 'Open: “Welcome, Ada”', close: '–', http: '101 Switching Protocols' })
  await seen(page, 'member: passed every stage, and is open.')
  await press(member, 'Echo')
  await shows(member, { state: 'Open: “hello” came back' })

  await press(page, 'Renew')
  await shows(member, { state: 'Open: token renewed' })
  await seen(page, '{"type":"auth","token":"…"}')
  await press(member, 'Echo')
  await shows(member, { state: 'Open: “hello” came back' })

  await press(page, 'Sign out')
  await shows(member, { state: 'Ended', close: '4401 Signed out' })
  await open(member)
  await shows(member, { state: 'Denied', close: '4401 Authentication required' })
  expect(await demo.tabs.cookies()).toEqual([])
})

it('opens the gate of admins for an admin alone, by the cookie or a subprotocol', SLOW, async () => {
  const page = await visit()
  const admin = gate(page, 'admin')
  await signIn(page, 'Ada')
  await open(admin)
  await shows(admin, { state: 'Denied', close: '4403 Permission denied', stage: 'guards', http: /^403\n/ })

  await press(page, 'Sign out')
  await signIn(page, 'Bob', 'as an admin')
  await seen(page, 'Signed in as Bob, an admin')
  await open(admin)
  await shows(admin, { state: 'Open: “Welcome, Bob”' })
  await admin.getByLabel('token as subprotocol').check()
  await open(admin)
  await shows(admin, { state: 'Open: “Welcome, Bob”, subprotocol demo.gates' })
})

it('shows a rate limit, a full gate and a foreign origin', SLOW, async () => {
  const page = await visit()
  const limited = gate(page, 'limited')
  const close = limited.locator('[data-fact=close]')
  // Tokens come back while a slow machine opens: it opens again.
  for (let count = 0; count === 0 || !(await close.textContent())?.startsWith('4429'); count++) {
    await open(limited)
    await shows(limited, { state: /^(Open|Denied)/ })
    if (count < 3) await shows(limited, { state: 'Open: “Welcome, stranger”' })
  }
  await shows(limited, { close: '4429 Rate limit exceeded', stage: 'rateLimit' })

  const crowded = gate(page, 'crowded')
  await open(crowded)
  await shows(crowded, { state: 'Open: “Welcome, stranger”' })
  await open(crowded)
  await shows(crowded, { state: 'Denied, 1 open', close: '4503 Too many WebSocket connections', stage: 'capacity' })
  await shows(crowded, { http: /^503\nretry-after: 5\n/ })
  await press(crowded, 'Close')
  await shows(crowded, { state: 'Ended', close: '1000' })

  const origin = gate(page, 'origin')
  await open(origin)
  await shows(origin, { close: '4403 Origin not allowed', stage: 'origin', http: /^403\n/ })
  expect(await stages(page, 'passed')).toEqual(['✓upgrade', '✓draining'])
})

it('knows who is signed in after a reload, and in another tab', SLOW, async () => {
  const page = await visit()
  const other = await visit()
  await signIn(page, 'Ada')
  await seen(other, 'Signed in as Ada, a member')
  await page.reload()
  await seen(page, 'Signed in as Ada, a member')
  await press(other, 'Sign out')
  await seen(page, 'A demo asks for no password.')
})

/** Opens the page in a tab of its own. */
async function visit(): Promise<Page> {
  const page = await demo.tabs.newPage()
  await page.goto(`${demo.address}/#entrance`)
  await gate(page, 'member').waitFor()
  return page
}

async function signIn(page: Page, name: string, ...choices: string[]): Promise<void> {
  await field(page, 'Your name').fill(name)
  for (const choice of choices) await page.getByLabel(choice).check()
  await press(page, 'Sign in')
  await seen(page, 'Signed in as')
}

function gate(page: Page, name: string): Locator {
  return page.getByRole('article', { name })
}

function open(row: Locator): Promise<void> {
  return press(row, 'Open')
}

function press(where: Page | Locator, name: string): Promise<void> {
  return where.getByRole('button', { name, exact: true }).click()
}

/** Waits until a gate shows facts. */
async function shows(row: Locator, facts: Readonly<Record<string, string | RegExp>>): Promise<void> {
  for (const [name, text] of Object.entries(facts)) {
    const fact = row.locator(`[data-fact=${name}]`)
    await (typeof text === 'string' ? fact.getByText(text, { exact: true }) : fact.filter({ hasText: text })).waitFor()
  }
}

/** The stages of the line that are in a state. */
function stages(page: Page, state: string): Promise<string[]> {
  return page.getByRole('list', { name: 'Stages of a handshake' }).locator(`[data-state=${state}]`).allTextContents()
}
