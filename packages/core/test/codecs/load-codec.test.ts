import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCodec } from '../../src/codecs/load-codec.ts'

describe.each(['msgpack', 'cbor'] as const)('the codec %s', async (name) => {
  const codec = await loadCodec(name)
  const write = (value: unknown) => Buffer.from(codec.encode(value) as Uint8Array)
  const read = (bytes: Uint8Array) => codec.decode(Buffer.from(bytes), 64)

  it('gives back what JSON can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue().filter(isHarmless).map(withoutNegativeZero), (value) => {
        expect(read(write(value))).toEqual(value)
      }),
    )
  })

  it('gives back bytes, and leaves out what is undefined', () => {
    const { data, ...others } = read(write({ data: Buffer.from([1, 2]), none: undefined })) as { data: Uint8Array }
    expect([...data]).toEqual([1, 2])
    expect(Object.keys(others)).toEqual([])
  })

  it('MS-21 says what it cannot hold', () => {
    for (const value of [() => {}, Symbol('x')]) {
      expect(() => codec.encode(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PAYLOAD' }))
    }
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => codec.encode(cycle)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PAYLOAD' }))
  })

  it('MS-09 refuses keys that pollute prototypes', () => {
    const marked = write({ __prot0__: { isAdmin: true } })
      .toString('latin1')
      .replace('__prot0__', '__proto__')
    expect(() => read(Buffer.from(marked, 'latin1'))).toThrow(/__proto__/)
    expect(() => read(write({ constructor: { prototype: 1 } }))).toThrow(/constructor/)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it('MS-10 refuses what is nested too deeply, and survives what is nested without end', () => {
    const nested = (levels: number) => Array.from({ length: levels }).reduce<unknown>((inside) => [inside], 1)
    expect(read(write(nested(64)))).toEqual(nested(64))
    expect(() => read(write(nested(65)))).toThrow('nested too deeply')
    const head = name === 'msgpack' ? 0x91 : 0x81
    expect(() => read(new Uint8Array(1_048_576).fill(head))).toThrow()
  })

  it('MS-08 throws for whatever bytes are none of it, and keeps its prototypes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          read(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(() => read(new Uint8Array(0))).toThrow()
    expect(() => read(Buffer.concat([write(1), write(2)]))).toThrow()
  })
})

it('names the package that is missing, and no other error', async () => {
  const failWith = (code: string) => async () => {
    throw Object.assign(new Error('hunter2'), { code })
  }
  const load = (code: string) => loadCodec('cbor', { name: 'cborg', load: failWith(code) })
  for (const code of ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']) {
    await expect(load(code)).rejects.toMatchObject({
      code: 'ERR_MISSING_PACKAGE',
      message: "the codec 'cbor' needs the package cborg: install it",
    })
  }
  await expect(load('EACCES')).rejects.toMatchObject({ code: 'EACCES' })
})

function isHarmless(value: unknown): boolean {
  return !/"(__proto__|constructor)":/.test(JSON.stringify(value))
}

/** JSON text has none, and MessagePack writes it as an integer. */
function withoutNegativeZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
