import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { type Dependency, dependency, HttpDenial, type RouteOptions } from '../../src/index.ts'
import { asMessage, conversingGate } from '../gates/support/conversing.ts'
import { tokenOf } from '../gates/support/credentials.ts'
import { type Gate, openGate } from '../gates/support/gate.ts'
import { ENGINES } from '../support/site.ts'

afterEach(() => WebSocketTestClient.assertNoLeaks())

/** Notes what is made and disposed of. */
class Notebook {
  readonly notes: string[] = []
  readonly #waiting: { readonly note: string; readonly resolve: () => void }[] = []

  note(note: string): void {
    this.notes.push(note)
    for (const { resolve } of this.#waiting.filter((waiting) => waiting.note === note)) resolve()
  }

  /** Resolves once this was noted. */
  async noted(note: string): Promise<void> {
    if (this.notes.includes(note)) return
    await new Promise<void>((resolve) => this.#waiting.push({ note, resolve }))
  }

  /** A value that notes its end. */
  value(name: string, ends: () => Promise<void> | void = () => {}): AsyncDisposable {
    return {
      [Symbol.asyncDispose]: async () => {
        await ends()
        this.note(`-${name}`)
      },
    }
  }

  /** Three dependencies in a row, and one beside them that is disposed of synchronously. */
  chain(): { readonly a: Dependency; readonly b: Dependency; readonly c: Dependency; readonly d: Dependency } {
    const a = () => this.value('a', () => new Promise(setImmediate))
    const b = dependency({ a }, async () => this.value('b'))
    const c = dependency({ b, a }, () => this.value('c', () => new Promise(setImmediate)))
    const d = () => ({ [Symbol.dispose]: () => this.note('-d') })
    return { a, b, c, d }
  }
}

function gateOf(depends: RouteOptions['depends'], rest: Partial<Gate> = {}): Gate {
  return { ...rest, route: { depends: depends ?? {}, ...rest.route } }
}

const REVERSE = ['-d', '-c', '-b', '-a']

describe.each(ENGINES)(
  'what dependencies made, with the %s engine, is disposed of once and in reverse order',
  (engine) => {
    const plugin = { engine }

    it('after the connection and the handler have ended', async () => {
      const book = new Notebook()
      const mayEnd = Promise.withResolvers<void>()
      const site = await openGate(
        gateOf(book.chain(), {
          plugin,
          async handler(ws) {
            await ws.accept()
            await ws.closed
            book.note('closed')
            await mayEnd.promise
            book.note('handler ends')
          },
        }),
      )
      await using ws = await site.open()
      await ws.close()
      await book.noted('closed')
      await new Promise(setImmediate)
      mayEnd.resolve()
      await book.noted('-a')
      expect(book.notes).toEqual(['closed', 'handler ends', ...REVERSE])
    })

    it('after the handler has ended first, and the connection then', async () => {
      const book = new Notebook()
      const site = await openGate(gateOf(book.chain(), { plugin, handler: (ws) => ws.accept() }))
      await using ws = await site.open()
      await expect(ws.receive()).rejects.toMatchObject({ code: 1000 })
      await book.noted('-a')
      expect(book.notes).toEqual(REVERSE)
    })

    it('after onDisconnect has ended', async () => {
      const book = new Notebook()
      const site = await openGate({
        plugin,
        declare: (app) =>
          app.api.websocket('/callbacks', {
            depends: book.chain(),
            async onDisconnect() {
              await new Promise(setImmediate)
              book.note('onDisconnect ends')
            },
          }),
      })
      await using ws = await site.open({ target: '/callbacks' })
      await ws.close()
      await book.noted('-a')
      expect(book.notes).toEqual(['onDisconnect ends', ...REVERSE])
    })

    it.each([
      ['a batch style', { batch: { size: 10, timeout: 1_000 }, onBatch: () => {} }],
      ['callbacks of which onConnect fails', { onConnect: () => Promise.reject(new Error('onConnect')) }],
    ])('on a route with %s', async (_, style) => {
      const book = new Notebook()
      const site = await openGate({
        plugin,
        declare: (app) => app.api.websocket('/style', { depends: book.chain(), ...style }),
      })
      const ws = await site.open({ target: '/style', raiseServerErrors: false })
      await ws.close()
      await book.noted('-a')
      expect(book.notes).toEqual(REVERSE)
    })

    it('on a turbo route', async () => {
      const book = new Notebook()
      const site = await openGate({
        plugin,
        declare: (app) => app.api.turboWebsocket('/turbo', { mode: 'echo', depends: book.chain() }),
      })
      const ws = await site.open({ target: '/turbo' })
      await ws.sendText('x')
      expect(await ws.receiveText()).toBe('x')
      expect(book.notes).toEqual([])
      await ws.close()
      await book.noted('-a')
      expect(book.notes).toEqual(REVERSE)
    })

    it('after a crash of the peer, and after a throw of the handler', async () => {
      const book = new Notebook()
      const site = await openGate(
        gateOf(book.chain(), {
          plugin,
          async handler(ws) {
            await ws.accept()
            if ((await ws.receiveText()) === 'fail') throw new Error('handler')
            await ws.receive()
          },
        }),
      )
      const first = await site.open()
      await first.sendText('go on')
      await first.ping()
      first.terminate()
      await book.noted('-a')
      expect(book.notes.splice(0)).toEqual(REVERSE)

      const second = await site.open({ raiseServerErrors: false })
      await second.sendText('fail')
      await expect(second.receive()).rejects.toMatchObject({ code: 1011 })
      await book.noted('-a')
      expect(book.notes).toEqual(REVERSE)
    })

    it.each([
      ['throws before accept', () => Promise.reject(new HttpDenial(402)), 402],
      ['denies', (ws: { deny(options: object): Promise<void> }) => ws.deny({ status: 409 }), 409],
      ['does neither', async () => {}, 500],
    ])('when the handler %s', async (_, handler, status) => {
      const book = new Notebook()
      const site = await openGate(gateOf(book.chain(), { plugin, handler }))
      expect((await site.knock()).status).toBe(status)
      await book.noted('-a')
      expect(book.notes).toEqual(REVERSE)
    })
  },
)

describe('where not all dependencies are made', () => {
  it('those that are, are disposed of, and the others not begun', async () => {
    const book = new Notebook()
    const { a, b, c, d } = book.chain()
    const fails = dependency({ b }, () => {
      throw new HttpDenial(402)
    })
    const after = dependency({ fails }, () => book.note('after'))
    const site = await openGate(gateOf({ a, b, c, d, fails, after }))
    expect((await site.knock()).status).toBe(402)
    await book.noted('-a')
    expect(book.notes).toEqual(REVERSE)
    expect(site.calls).toEqual(['denied: dependencies'])
  })

  it('one that is made too late is disposed of then, and what it uses after it', async () => {
    const book = new Notebook()
    const late = Promise.withResolvers<void>()
    const a = () => book.value('a')
    const b = dependency({ a }, async () => {
      await late.promise
      return book.value('b')
    })
    const c = () => book.value('c')
    const never = dependency({ b }, () => book.note('never'))
    const fails = async () => {
      throw new HttpDenial(402)
    }
    const site = await openGate(gateOf({ a, b, c, never, fails }))
    expect((await site.knock()).status).toBe(402)
    await book.noted('-c')
    late.resolve()
    await book.noted('-a')
    expect(book.notes).toEqual(['-c', '-b', '-a'])
  })

  it('one that fails too late lets go of what it used', async () => {
    const book = new Notebook()
    const late = Promise.withResolvers<void>()
    const a = () => book.value('a')
    const b = dependency({ a }, () => late.promise)
    const fails = async () => {
      throw new HttpDenial(402)
    }
    const site = await openGate(gateOf({ a, b, fails }))
    expect((await site.knock()).status).toBe(402)
    expect(book.notes).toEqual([])
    late.reject(new Error('too late'))
    await book.noted('-a')
    expect(book.notes).toEqual(['-a'])
  })

  it('after the time is up they are disposed of, without waiting for one that hangs', async () => {
    const book = new Notebook()
    const { a } = book.chain()
    const site = await openGate(gateOf({ a, hangs: () => new Promise(() => {}) }))
    const answer = site.knock()
    await site.clock.timer(10_000)
    site.clock.advance(10_000)
    expect((await answer).status).toBe(503)
    await book.noted('-a')
  })

  it('after a first message they are disposed of when the connection has closed', async () => {
    const book = new Notebook()
    const fails = async () => {
      throw new HttpDenial(403, 'Not yours')
    }
    const site = await openGate(conversingGate(['message'], { depends: { ...book.chain(), fails } }))
    await using ws = await site.open()
    await ws.sendText(asMessage(tokenOf({ sub: 'ada' })))
    await expect(ws.receive()).rejects.toMatchObject({ code: 4403 })
    await book.noted('-a')
    expect(book.notes.filter((note) => note === '-a')).toHaveLength(1)
  })
})

describe('the disposal of a value', () => {
  it('that fails is logged with the name, and the others are disposed of all the same', async () => {
    const book = new Notebook()
    const { a } = book.chain()
    const broken = () => book.value('broken', () => Promise.reject(new Error('cannot end')))
    const worse = () => ({
      [Symbol.dispose]() {
        throw new Error('cannot end either')
      },
    })
    const site = await openGate(gateOf({ a, broken, worse }))
    await site.knock()
    await book.noted('-a')
    const lines = site.log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50)
    expect(lines).toMatchObject([
      { dependency: 'worse', msg: 'WebSocket dependency could not be disposed of' },
      { dependency: 'broken', msg: 'WebSocket dependency could not be disposed of' },
    ])
  })

  it('that two dependencies return happens once, in the place of the first', async () => {
    const book = new Notebook()
    const shared = book.value('shared')
    const first = () => shared
    const user = dependency({ first }, () => book.value('user'))
    const site = await openGate(gateOf({ first, user, again: () => shared }))
    await site.knock()
    await book.noted('-shared')
    expect(book.notes).toEqual(['-user', '-shared'])
  })

  it('is asynchronous where it can be, and of functions too', async () => {
    const book = new Notebook()
    const both = () => ({ ...book.value('async'), [Symbol.dispose]: () => book.note('sync') })
    const callable = () => Object.assign(() => {}, { [Symbol.dispose]: () => book.note('-callable') })
    const site = await openGate(gateOf({ both, callable, text: () => 'text', nothing: () => null }))
    await site.knock()
    await book.noted('-async')
    expect(book.notes).toEqual(['-callable', '-async'])
  })
})
