import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Converter } from '../../src/coercion/converter.ts'
import { BUILT_IN_CONVERTERS, createEnumConverter } from '../../src/coercion/converters.ts'

const { bool, decimal, float, int, path, str, uuid } = BUILT_IN_CONVERTERS

describe('int', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['-1', -1],
    ['10', 10],
    ['42', 42],
    ['-100', -100],
    ['1234567890', 1_234_567_890],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['1000000000000000', 1e15],
  ])('PA-01 takes %j', (text, value) => {
    expect(int.parse(text)).toBe(value)
  })

  it.each([
    '',
    '1e3',
    '0x10',
    '0b1',
    '0o7',
    ' 1',
    '1 ',
    '1\n',
    '+1',
    '01',
    '-01',
    '00',
    '1_0',
    '1,000',
    '-0',
    '-',
    '--1',
    '1.0',
    '1.',
    '1n',
    'NaN',
    'Infinity',
    'true',
    'abc',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740992',
    '٤٢',
    '４２',
    '1\u0000',
    '9'.repeat(400),
  ])('PA-01 refuses %j', (text) => {
    expect(int.parse(text)).toBeUndefined()
  })

  it('PA-01 gives back every safe integer that it is given in decimal', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(int.parse(String(value))).toBe(value)
      }),
    )
  })

  it('PA-01 takes nothing but the one decimal form of a safe integer', () => {
    fc.assert(
      fc.property(nearMiss('0123456789+-.eExX_ n٤'), (text) => {
        const value = int.parse(text)
        if (value !== undefined) expect(String(value)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('float', () => {
  it.each([
    ['0', 0],
    ['19.99', 19.99],
    ['-1.5', -1.5],
    ['42', 42],
    ['0.1', 0.1],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['1.5e+2', 150],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
  ])('PA-02 takes %j', (text, value) => {
    expect(float.parse(text)).toBe(value)
  })

  it.each([
    '',
    '.5',
    '5.',
    '+1.5',
    '01.5',
    '1,5',
    ' 1',
    '1 ',
    'NaN',
    'Infinity',
    '-inf',
    '0x1p3',
    '1e',
    '1e400',
    '1_0.0',
  ])('PA-02 refuses %j', (text) => {
    expect(float.parse(text)).toBeUndefined()
  })

  it('PA-02 gives back every finite number that it is given in decimal', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(float.parse(JSON.stringify(value))).toBe(value + 0)
      }),
    )
  })

  it('PA-02 takes exactly the numbers of JSON', () => {
    fc.assert(
      fc.property(nearMiss('0123456789+-.eE_ N'), (text) => {
        expect(float.parse(text)).toBe(numberOfJson(text))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('decimal', () => {
  it.each(['0', '-0', '19.90', '-1.5', '42', '0.1', '0.10000000000000000000001', '100', '1.0', '9'.repeat(400)])(
    'PA-02 keeps %j as it is',
    (text) => {
      expect(decimal.parse(text)).toBe(text)
    },
  )

  it.each(['', '.5', '5.', '+1', '01', '1,5', ' 1', '1e3', 'NaN', '1_0', '--1'])('PA-02 refuses %j', (text) => {
    expect(decimal.parse(text)).toBeUndefined()
  })
})

describe('bool', () => {
  it.each(['true', 'True', 'TRUE', '1', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'])('PA-02 reads %j as true', (text) => {
    expect(bool.parse(text)).toBe(true)
  })

  it.each(['false', 'False', 'FALSE', '0', 'no', 'No', 'NO', 'off', 'Off', 'OFF'])(
    'PA-02 reads %j as false',
    (text) => {
      expect(bool.parse(text)).toBe(false)
    },
  )

  it.each(['', '2', '-1', '01', 't', 'y', 'null', 'truee', ' true', 'true ', 'yeſ', 'oﬀ', 'constructor'])(
    'PA-02 refuses %j',
    (text) => {
      expect(bool.parse(text)).toBeUndefined()
    },
  )
})

describe('uuid', () => {
  it.each([
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '123e4567-e89b-12d3-a456-426614174000',
    '9125a8dc-52ee-365b-a5aa-81b0b3681cf6',
    'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    '1ec9414c-232a-6b00-b3c8-9e6bdeced846',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
  ])('PA-02 takes %j', (text) => {
    expect(uuid.parse(text)).toBe(text)
  })

  it('PA-02 gives the lower case of any case', () => {
    expect(uuid.parse('F47AC10B-58cc-4372-A567-0E02B2C3D479')).toBe('f47ac10b-58cc-4372-a567-0e02b2c3d479')
  })

  it.each([
    '',
    'f47ac10b58cc4372a5670e02b2c3d479',
    '{f47ac10b-58cc-4372-a567-0e02b2c3d479}',
    'urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479',
    'f47ac10b-58cc-4372-a567-0e02b2c3d47',
    'f47ac10b-58cc-4372-a567-0e02b2c3d4790',
    'f47ac10b-58cc-4372-a5670-e02b2c3d479',
    'g47ac10b-58cc-4372-a567-0e02b2c3d479',
    'f47ac10b_58cc_4372_a567_0e02b2c3d479',
    ' f47ac10b-58cc-4372-a567-0e02b2c3d479',
    'f47ac10b-58cc-4372-a567-0e02b2c3d479\n',
  ])('PA-02 refuses %j', (text) => {
    expect(uuid.parse(text)).toBeUndefined()
  })

  it('PA-02 gives back every UUID', () => {
    fc.assert(
      fc.property(fc.uuid(), (value) => {
        expect(uuid.parse(value)).toBe(value)
      }),
    )
  })
})

describe('enum', () => {
  const color = createEnumConverter(['red', 'green', 'blue'])

  it.each(['red', 'green', 'blue'])('PA-02 takes the member %j', (text) => {
    expect(color.parse(text)).toBe(text)
  })

  it.each(['', 'Red', 'RED', 'red ', ' red', 'reds', 're', 'red,green', 'constructor', '__proto__'])(
    'PA-02 refuses %j',
    (text) => {
      expect(color.parse(text)).toBeUndefined()
    },
  )

  it('names every member in its message', () => {
    expect(color.message).toBe("Input should be 'red', 'green' or 'blue'")
    expect(createEnumConverter(['only']).message).toBe("Input should be 'only'")
  })
})

describe.each([str, path])('$name', (converter) => {
  it.each(['a', 'general-2', 'with space', 'Größe', '日本', '🙂', 'a/b', '..', '%2F', '1'])(
    'PA-03 keeps %j',
    (text) => {
      expect(converter.parse(text)).toBe(text)
    },
  )

  it('PA-03 refuses NUL and every other control character, wherever it stands', () => {
    const controls = [...range(0x00, 0x1f), ...range(0x7f, 0x9f)].map((code) => String.fromCharCode(code))
    for (const control of controls) {
      for (const text of [control, `a${control}`, `${control}a`, `a${control}b`]) {
        expect(converter.parse(text)).toBeUndefined()
      }
    }
  })
})

describe('every built-in converter', () => {
  const converters: Converter[] = [...Object.values(BUILT_IN_CONVERTERS), createEnumConverter(['a', 'b'])]

  it.each(converters)('$name answers to any text and throws at none', (converter) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        converter.parse(text)
      }),
    )
  })

  it.each(converters)('PA-05 $name is done with long near misses', (converter) => {
    for (const text of ['1'.repeat(100_000), `${'-'.repeat(100_000)}!`, `1.${'0'.repeat(100_000)}e`]) {
      converter.parse(text)
    }
  })

  it.each(Object.entries(BUILT_IN_CONVERTERS))('%s is known by its own name', (name, converter) => {
    expect(converter.name).toBe(name)
    expect(converter.type).toBe(`${name}_parsing`)
    expect(converter.message).not.toBe('')
  })
})

/** Texts over the characters that a grammar is made of, so that most of them come close and miss. */
function nearMiss(alphabet: string) {
  return fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 20 })
}

function numberOfJson(text: string): number | undefined {
  try {
    // JSON allows white space around a value, which a path does not.
    const value: unknown = /\s/.test(text) ? undefined : JSON.parse(text)
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  } catch {
    return undefined
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
