import { chromium } from 'playwright-core'
import { expect, it } from 'vitest'
import { startExample } from '../support/start-example.ts'

it('a visitor logs in, and the page connects with a ticket', { timeout: 30_000 }, async () => {
  await using example = await startExample('browser-tickets')
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox'] })
  try {
    const page = await browser.newPage()
    await page.goto(example.address)
    await page.getByLabel('Name').fill('Grace')
    await page.getByRole('button', { name: 'Log in and connect' }).click()
    await page.getByText('Hello, Grace').waitFor()
    expect(await example.stop('SIGINT')).toBe(0)
    await page.getByText('The connection ended with 1001').waitFor()
  } finally {
    await browser.close()
  }
})
