import { type AuthContext, createAuthContext } from '@sluice/core/ports'
import { describe, expect, it } from 'vitest'
import { MemoryTicketStore, type Ticket, type TicketOptions, ticketAuthentication } from '../../src/index.ts'
import { ManualClock, NOW, upgradeRequest } from '../fixtures.ts'

const ADA: AuthContext = createAuthContext({
  userId: 'ada',
  permissions: ['read'],
  claims: { org: 'acme' },
  backend: 'jwt',
  expiresAt: NOW + 600_000,
})

function setUp(options: TicketOptions = {}) {
  const clock = new ManualClock()
  const tickets = ticketAuthentication({ clock, ...options })
  const redeem = async (ticket: string, headers: Record<string, string> = {}) =>
    tickets.authenticate(upgradeRequest(headers, { url: `/ws?ticket=${ticket}` }), clock)
  return { clock, tickets, redeem }
}

describe('a ticket', () => {
  it('opens a connection in the name of whom it was issued for', async () => {
    const { tickets, redeem } = setUp()
    expect(await redeem(await tickets.issue(ADA))).toEqual({ kind: 'ok', context: ADA })
  })

  it('opens one connection only', async () => {
    const { tickets, redeem } = setUp()
    const ticket = await tickets.issue(ADA)
    const answers = await Promise.all([redeem(ticket), redeem(ticket), redeem(ticket)])
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['invalid', 'invalid', 'ok'])
  })

  it('is void after its lifetime', async () => {
    const { clock, tickets, redeem } = setUp({ lifetime: 5_000 })
    const [early, late] = [await tickets.issue(ADA), await tickets.issue(ADA)]
    clock.advance(4_999)
    expect((await redeem(early)).kind).toBe('ok')
    clock.advance(1)
    expect((await redeem(late)).kind).toBe('invalid')
  })

  it('is void when what it stands for has expired', async () => {
    const { clock, tickets, redeem } = setUp({ lifetime: 60_000 })
    const [early, late] = [await tickets.issue({ ...ADA, expiresAt: NOW + 5_000 }), await tickets.issue(ADA)]
    clock.advance(5_000)
    expect((await redeem(early)).kind).toBe('invalid')
    expect((await redeem(late)).kind).toBe('ok')
  })

  it('is for somebody', async () => {
    await expect(setUp().tickets.issue(null)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
  })

  it('may be good for one website only', async () => {
    const { tickets, redeem } = setUp()
    const origin = 'https://app.example'
    expect((await redeem(await tickets.issue(ADA, { origin }), { origin })).kind).toBe('ok')
    expect((await redeem(await tickets.issue(ADA, { origin }), { origin: 'https://evil.example' })).kind).toBe(
      'invalid',
    )
    expect((await redeem(await tickets.issue(ADA, { origin }))).kind).toBe('invalid')
    expect((await redeem(await tickets.issue(ADA), { origin })).kind).toBe('ok')
  })

  it('is spent by a website that may not use it', async () => {
    const { tickets, redeem } = setUp()
    const ticket = await tickets.issue(ADA, { origin: 'https://app.example' })
    await redeem(ticket, { origin: 'https://evil.example' })
    expect((await redeem(ticket, { origin: 'https://app.example' })).kind).toBe('invalid')
  })

  it.each(['', 'x', 'a'.repeat(43), '__proto__'])('cannot be made up: %j', async (ticket) => {
    const { tickets, redeem } = setUp()
    await tickets.issue(ADA)
    expect((await redeem(ticket)).kind).toBe('invalid')
  })

  it('AU-22 carries no more than was proven, frozen', async () => {
    const { tickets, redeem } = setUp()
    const answer = await redeem(await tickets.issue(ADA))
    const context = answer.kind === 'ok' ? answer.context : undefined
    expect(Object.isFrozen(context)).toBe(true)
    expect(context).not.toHaveProperty('validUntil')
    expect(() => (context as { permissions: Set<string> } | undefined)?.permissions.add('write')).toThrow(TypeError)
  })

  it('renews an open connection', async () => {
    const { clock, tickets } = setUp()
    const ticket = await tickets.issue(ADA)
    expect(await tickets.authenticateToken?.(ticket, upgradeRequest(), clock)).toMatchObject({ kind: 'ok' })
    expect(tickets.expiryGrace).toBe(25_000)
  })

  it('AU-15 is redacted, though not warned of: it is worthless once it has been used', () => {
    const { tickets } = setUp()
    expect(tickets.secretQueryParams).toEqual(['ticket'])
    expect(tickets.warnings).toEqual([])
  })
})

describe('a ticket store', () => {
  it('never sees a ticket', async () => {
    const saved: [string, Ticket, number][] = []
    const store = { save: (...entry: [string, Ticket, number]) => void saved.push(entry), take: () => undefined }
    const { tickets } = setUp({ store, lifetime: 5_000 })
    const ticket = await tickets.issue(ADA)
    expect(saved).toHaveLength(1)
    expect(JSON.stringify(saved)).not.toContain(ticket)
    expect(saved[0]?.[2]).toBe(5_000)
  })

  it('may be far away: tickets survive being written down as JSON', async () => {
    const texts = new Map<string, string>()
    const store = {
      save: async (id: string, ticket: Ticket) => void texts.set(id, JSON.stringify(ticket)),
      take: async (id: string) => {
        const text = texts.get(id)
        texts.delete(id)
        return text === undefined ? undefined : (JSON.parse(text) as Ticket)
      },
    }
    const { tickets, redeem } = setUp({ store })
    expect(await redeem(await tickets.issue(ADA))).toEqual({ kind: 'ok', context: ADA })
  })

  it('in this process is bounded, and forgets the oldest', () => {
    const store = new MemoryTicketStore(100)
    const ticket: Ticket = { ...ADA, permissions: [], origin: null, validUntil: NOW }
    for (let index = 0; index < 1_000; index++) store.save(String(index), ticket)
    expect(store.size).toBeLessThanOrEqual(100)
    expect(store.take('0')).toBeUndefined()
    expect(store.take('999')).toBe(ticket)
  })
})

describe('options', () => {
  it.each([
    { lifetime: '30s' },
    { lifetime: -1 },
    { expiryGrace: Number.NaN },
    { authTimeout: Infinity },
    { sources: [] },
    { ttl: 5 },
  ])('refuses %j', (options) => {
    expect(() => ticketAuthentication(options as TicketOptions)).toThrow(
      expect.objectContaining({ name: 'SluiceError' }),
    )
  })
})
