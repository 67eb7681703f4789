import { describe, expect, it, vi } from 'vitest'
import { createDenial } from '../../src/security/denial.ts'
import { createDenialReporter, type DeniedHandshake } from '../../src/security/denial-reporter.ts'
import { ManualClock, recordingLog, upgradeRequest } from './fixtures.ts'

function deniedBy(overrides: Partial<DeniedHandshake> = {}): DeniedHandshake {
  return {
    stage: 'origin',
    denial: createDenial('ERR_ORIGIN_NOT_ALLOWED', { cause: 'the origin is not allowed' }),
    route: '/ws/{room}',
    request: upgradeRequest({ url: '/ws/7?token=secret', headers: { origin: 'https://evil.example' } }),
    ...overrides,
  }
}

describe('createDenialReporter', () => {
  it('OR-01 writes one line with the stage, the origin and no query', () => {
    const log = recordingLog()
    createDenialReporter(new ManualClock(), log)(deniedBy())
    expect(log.lines).toEqual([
      {
        level: 'info',
        message: 'WebSocket handshake denied',
        fields: {
          stage: 'origin',
          code: 'ERR_ORIGIN_NOT_ALLOWED',
          status: 403,
          route: '/ws/{room}',
          path: '/ws/7',
          ip: '192.0.2.1',
          origin: 'https://evil.example',
          cause: 'the origin is not allowed',
          suppressed: 0,
        },
      },
    ])
    expect(JSON.stringify(log.lines)).not.toContain('secret')
  })

  it('OR-01 escapes and cuts what the peer wrote', () => {
    const log = recordingLog()
    const origin = `https://a\u001b[31m${'b'.repeat(1_000)}`
    createDenialReporter(new ManualClock(), log)(deniedBy({ request: upgradeRequest({ headers: { origin } }) }))
    expect(log.lines[0]?.fields.origin).toMatch(/^https:\/\/a\\u001b/)
    expect(String(log.lines[0]?.fields.origin).length).toBeLessThan(300)
  })

  it('OR-13 writes one line a window and counts the rest, but tells the hook of every one', () => {
    const clock = new ManualClock()
    const log = recordingLog()
    const onDenied = vi.fn()
    const report = createDenialReporter(clock, log, onDenied)
    for (let attempt = 0; attempt < 50_000; attempt++) report(deniedBy())
    expect(log.lines).toHaveLength(1)
    expect(onDenied).toHaveBeenCalledTimes(50_000)
    clock.advance(10_000)
    report(deniedBy())
    expect(log.lines.map((line) => line.fields.suppressed)).toEqual([0, 49_999])
  })

  it('keeps routes, stages and codes apart', () => {
    const log = recordingLog()
    const report = createDenialReporter(new ManualClock(), log)
    report(deniedBy())
    report(deniedBy({ route: '/other' }))
    report(deniedBy({ stage: 'guards', denial: createDenial('ERR_PERMISSION_DENIED') }))
    expect(log.lines).toHaveLength(3)
  })

  it('GD-03 writes a fault of the server as an error, in full', () => {
    const log = recordingLog()
    const cause = new Error('db password')
    createDenialReporter(new ManualClock(), log)(deniedBy({ denial: createDenial('ERR_INTERNAL', { cause }) }))
    expect(log.lines).toMatchObject([{ level: 'error', fields: { err: cause } }])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('metrics')
      },
    ],
    ['rejects', () => Promise.reject(new Error('metrics'))],
  ])('survives a hook that %s', async (_name, onDenied) => {
    const log = recordingLog()
    createDenialReporter(new ManualClock(), log, onDenied)(deniedBy())
    await vi.waitFor(() => expect(log.lines.map((line) => line.message)).toContain('onDenied failed'))
  })
})
