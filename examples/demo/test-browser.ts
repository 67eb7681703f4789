import type { FastifyInstance } from 'fastify'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { build } from './demo.ts'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The demo and a browser, during the tests of a file. */
export interface DemoInBrowser {
  app: FastifyInstance
  address: string
  /** Fresh for each test: no cookies, no memory. */
  tabs: BrowserContext
  /** What the browser has complained about. A test that leaves some fails. */
  complaints: string[]
}

/** Starts both before the tests of a file, and stops them afterwards. */
export function startDemoInBrowser(): DemoInBrowser {
  const demo = {} as DemoInBrowser
  let browser: Browser

  beforeAll(async () => {
    demo.app = await build()
    demo.address = await demo.app.listen({ host: '127.0.0.1', port: 0 })
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
  }, 20_000)

  afterAll(async () => {
    await browser?.close()
    await demo.app?.close()
  })

  beforeEach(async () => {
    demo.complaints = []
    demo.tabs = await browser.newContext()
    demo.tabs.setDefaultTimeout(10_000)
    demo.tabs.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') demo.complaints.push(message.text())
    })
    demo.tabs.on('weberror', (error) => demo.complaints.push(String(error.error())))
  })

  afterEach(async () => {
    await demo.tabs.close()
    expect(demo.complaints).toEqual([])
  })

  return demo
}

export function field(page: Page, name: string): Locator {
  return page.getByRole('textbox', { name, exact: true })
}

/** Waits until the page shows a text. */
export async function seen(page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor()
}
