import type { Converter } from './converter.ts'

const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
const HOUR_AND_MINUTE = '(?:[01][0-9]|2[0-3]):[0-5][0-9]'
const FRACTION = '\\.[0-9]{1,9}'

const DATE_PATTERN = new RegExp(`^${DATE}$`)
const TIME_PATTERN = new RegExp(`^${HOUR_AND_MINUTE}(?::[0-5][0-9](?:${FRACTION})?)?$`)
const DATETIME_PATTERN = new RegExp(
  `^(${DATE})[Tt](${HOUR_AND_MINUTE})(?:(:[0-5][0-9])(${FRACTION})?)?([Zz]|[+-]${HOUR_AND_MINUTE})?$`,
)

/**
 * A day of the calendar, `YYYY-MM-DD`, from year 0001 on. Given as that text: it names no instant, and a `Date` at
 * midnight would be the day before in half of the world's time zones.
 */
export const date: Converter<string> = {
  name: 'date',
  type: 'date_parsing',
  message: 'Input should be a valid date in the format YYYY-MM-DD',
  parse: (text) => (DATE_PATTERN.test(text) && isDayOfCalendar(text) ? text : undefined),
}

/** A time of day, `HH:MM`, `HH:MM:SS` or with a fraction of up to nine digits. Given as that text. */
export const time: Converter<string> = {
  name: 'time',
  type: 'time_parsing',
  message: 'Input should be a valid time in the format HH:MM[:SS[.ffffff]]',
  parse: (text) => (TIME_PATTERN.test(text) ? text : undefined),
}

/**
 * An instant: the `date-time` of RFC 3339 section 5.6, where the seconds and the zone may be missing. Without a zone it
 * is UTC, so that the same path means the same on every server. A `Date` counts milliseconds: what is finer is cut off.
 */
export const datetime: Converter<Date> = {
  name: 'datetime',
  type: 'datetime_parsing',
  message: 'Input should be a valid datetime in the format YYYY-MM-DDTHH:MM[:SS[.ffffff]][Z or ±HH:MM]',
  parse(text) {
    const [, day = '', minutes = '', seconds = ':00', fraction = '.', zone = 'Z'] = DATETIME_PATTERN.exec(text) ?? []
    if (!isDayOfCalendar(day)) return undefined
    const milliseconds = fraction.slice(0, 4).padEnd(4, '0')
    return new Date(`${day}T${minutes}${seconds}${milliseconds}${zone.toUpperCase()}`)
  },
}

function isDayOfCalendar(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month, year)
}

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
