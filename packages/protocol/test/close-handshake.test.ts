import { describe, expect, it } from 'vitest'
import { type CloseState, type CloseStep, nextCloseState } from '../src/index.ts'

function walk(...steps: CloseStep[]): CloseState | undefined {
  return steps.reduce<CloseState | undefined>((state, step) => state && nextCloseState(state, step), 'open')
}

describe('the closing handshake', () => {
  it('PR-13 is clean when both close frames came before the end, whoever was first', () => {
    expect(walk('send-close', 'receive-close', 'end-transport')).toBe('clean')
    expect(walk('receive-close', 'send-close', 'end-transport')).toBe('clean')
  })

  it('PR-19 is unclean when the transport ends earlier', () => {
    expect(walk('end-transport')).toBe('unclean')
    expect(walk('send-close', 'end-transport')).toBe('unclean')
    expect(walk('receive-close', 'end-transport')).toBe('unclean')
  })

  it('PR-19 lets nobody send twice, and nothing happen after the end', () => {
    expect(walk('send-close', 'send-close')).toBeUndefined()
    expect(walk('receive-close', 'receive-close')).toBeUndefined()
    expect(walk('send-close', 'receive-close', 'send-close')).toBeUndefined()
    expect(walk('end-transport', 'end-transport')).toBeUndefined()
    expect(walk('end-transport', 'receive-close')).toBeUndefined()
  })
})
