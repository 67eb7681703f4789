import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { date, datetime, time } from '../../src/coercion/date-time.ts'

const FROM_YEAR_1_TO_9999 = {
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
}

describe('date', () => {
  it.each([
    '2026-11-21',
    '0001-01-01',
    '9999-12-31',
    '2024-02-29',
    '2000-02-29',
    '2023-02-28',
    '2026-01-31',
    '2026-04-30',
    '2026-12-31',
    '0099-05-05',
  ])('PA-02 keeps %j as it is', (text) => {
    expect(date.parse(text)).toBe(text)
  })

  it.each([
    '',
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-00-10',
    '2026-13-01',
    '2026-01-00',
    '2026-01-32',
    '0000-01-01',
    '2026-1-1',
    '20260101',
    '2026/01/01',
    '26-01-01',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01',
    '2026-01-01\n',
    '-2026-01-01',
    '+002026-01-01',
    '٢٠٢٦-01-01',
  ])('PA-02 refuses %j', (text) => {
    expect(date.parse(text)).toBeUndefined()
  })

  it('PA-02 keeps every day of the calendar', () => {
    fc.assert(
      fc.property(fc.date(FROM_YEAR_1_TO_9999), (value) => {
        const text = value.toISOString().slice(0, 10)
        expect(date.parse(text)).toBe(text)
      }),
    )
  })

  it('PA-02 takes only days that exist', () => {
    const digits = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length })
    const twoDigits = fc.integer({ min: 0, max: 40 }).map((number) => String(number).padStart(2, '0'))
    fc.assert(
      fc.property(digits(4), twoDigits, twoDigits, (year, month, day) => {
        const text = `${year}-${month}-${day}`
        const midnight = new Date(`${text}T00:00:00Z`)
        const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text) && year !== '0000'
        expect(date.parse(text)).toBe(exists ? text : undefined)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('time', () => {
  it.each([
    '00:00',
    '23:59',
    '12:30',
    '12:30:00',
    '23:59:59',
    '00:00:00.0',
    '12:30:15.5',
    '12:30:15.123',
    '12:30:15.123456',
    '12:30:15.123456789',
  ])('PA-02 keeps %j as it is', (text) => {
    expect(time.parse(text)).toBe(text)
  })

  it.each([
    '',
    '24:00',
    '12:60',
    '12:30:60',
    '1:30',
    '12',
    '12:3',
    '12:30:15.',
    '12:30:15.1234567890',
    '12:30Z',
    'T12:30',
    '12:30 pm',
    '12.30',
  ])('PA-02 refuses %j', (text) => {
    expect(time.parse(text)).toBeUndefined()
  })
})

describe('datetime', () => {
  it.each([
    ['2026-11-21T12:30:15Z', '2026-11-21T12:30:15.000Z'],
    ['2026-11-21t12:30:15z', '2026-11-21T12:30:15.000Z'],
    ['2026-11-21T12:30:15', '2026-11-21T12:30:15.000Z'],
    ['2026-11-21T12:30', '2026-11-21T12:30:00.000Z'],
    ['2026-11-21T12:30Z', '2026-11-21T12:30:00.000Z'],
    ['2026-11-21T12:30+02:00', '2026-11-21T10:30:00.000Z'],
    ['2026-11-21T12:30:15.5-05:30', '2026-11-21T18:00:15.500Z'],
    ['2026-11-21T12:30:15.123Z', '2026-11-21T12:30:15.123Z'],
    ['2026-11-21T12:30:15.1239999Z', '2026-11-21T12:30:15.123Z'],
    ['2026-11-21T12:30:15-00:00', '2026-11-21T12:30:15.000Z'],
    ['2026-11-21T23:59:59+23:59', '2026-11-21T00:00:59.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0099-12-31T23:59:59Z', '0099-12-31T23:59:59.000Z'],
    ['9999-12-31T23:59:59.999-23:59', '+010000-01-01T23:58:59.999Z'],
  ])('PA-02 reads %j', (text, instant) => {
    expect(datetime.parse(text)?.toISOString()).toBe(instant)
  })

  it.each([
    '',
    '2026-11-21',
    '2026-11-21 12:30:15Z',
    '2026-11-21T12Z',
    '2026-02-30T12:30:15Z',
    '0000-01-01T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T12:60:00Z',
    '2026-11-21T23:59:60Z',
    '2026-11-21T12:30:15.Z',
    '2026-11-21T12:30.5Z',
    '2026-11-21T12:30:15+0200',
    '2026-11-21T12:30:15+02',
    '2026-11-21T12:30:15+24:00',
    '2026-11-21T12:30:15+02:60',
    '2026-11-21T12:30:15ZZ',
    '20261121T123015Z',
    '1763728215',
    'Sat, 21 Nov 2026 12:30:15 GMT',
    '+002026-11-21T12:30:15Z',
  ])('PA-02 refuses %j', (text) => {
    expect(datetime.parse(text)).toBeUndefined()
  })

  describe('on a server in Tokyo', () => {
    afterEach(() => {
      vi.unstubAllEnvs()
    })

    it('PA-02 still reads a time without a zone as UTC', () => {
      vi.stubEnv('TZ', 'Asia/Tokyo')
      expect(new Date('2026-11-21T12:30:00').toISOString()).toBe('2026-11-21T03:30:00.000Z')
      expect(datetime.parse('2026-11-21T12:30')?.toISOString()).toBe('2026-11-21T12:30:00.000Z')
    })
  })

  it('PA-02 gives back every instant, in UTC and in any zone', () => {
    const offset = fc.integer({ min: -1439, max: 1439 })
    const middle = {
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T23:59:59.999Z'),
      noInvalidDate: true,
    }
    fc.assert(
      fc.property(fc.date(middle), offset, (value, minutes) => {
        expect(datetime.parse(value.toISOString())).toEqual(value)
        expect(datetime.parse(inZone(value, minutes))).toEqual(value)
      }),
    )
  })

  it('PA-02 never gives an invalid date', () => {
    const character = fc.constantFrom(...'0123456789-:.TtZz+ ')
    const nearMiss = fc
      .tuple(fc.date(FROM_YEAR_1_TO_9999), fc.nat(23), character)
      .map(([value, at, wrong]) => `${value.toISOString().slice(0, at)}${wrong}${value.toISOString().slice(at + 1)}`)
    fc.assert(
      fc.property(nearMiss, (text) => {
        const value = datetime.parse(text)
        if (value !== undefined) expect(value.getTime()).not.toBeNaN()
      }),
      { numRuns: 1000 },
    )
  })
})

function inZone(value: Date, minutes: number): string {
  const local = new Date(value.getTime() + minutes * 60_000).toISOString().slice(0, -1)
  const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${local}${minutes < 0 ? '-' : '+'}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
