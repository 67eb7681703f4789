/** One byte sequence and whether it is UTF-8 (RFC 3629). */
export interface Utf8Sequence {
  readonly bytes: Buffer
  readonly valid: boolean
}

export interface Utf8Section {
  readonly title: string
  readonly sequences: readonly Utf8Sequence[]
}

const GREEK = 'cebae1bdb9cf83cebcceb5'

/** Every multi-byte sequence without its last byte: lowest and highest start byte of each length. */
const CUT = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080', 'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf']

/** The sections 6.5 to 6.23, which follow Markus Kuhn's decoder stress test. */
export const UTF8_SECTIONS: readonly Utf8Section[] = [
  section('valid sequences', [...valid('hello$world', 'hello¢world', 'hello€world', 'hello𤭢world'), good(GREEK)]),
  section('prefixes of a valid text', prefixes(GREEK)),
  section('first sequence of each length', ['00', 'c280', 'e0a080', 'f0908080'].map(good)),
  section('first sequence of five and six bytes', ['f888808080', 'fc8480808080'].map(bad)),
  section('last sequence of each length', ['7f', 'dfbf', 'efbfbf', 'f48fbfbf'].map(good)),
  section('last sequence of four, five and six bytes', ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'].map(bad)),
  section('other borders', [...['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'].map(good), bad('f4908080')]),
  section('continuation bytes without a start', [
    ...['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf'].map(bad),
    bad(range(0x80, 0xbf).toString('hex')),
  ]),
  section('start bytes without a continuation', [
    ...[range(0xc0, 0xdf), range(0xe0, 0xef), range(0xf0, 0xf7), range(0xf8, 0xfb), range(0xfc, 0xfd)].map(spaced),
  ]),
  section('last continuation byte missing', CUT.map(bad)),
  section('incomplete sequences joined', [bad(CUT.join(''))]),
  section('impossible bytes', ['fe', 'ff', 'fefeffff'].map(bad)),
  section('overlong slash', ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'].map(bad)),
  section('highest overlong sequences', ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'].map(bad)),
  section('overlong NUL', ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'].map(bad)),
  section('single surrogates', ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'].map(bad)),
  section(
    'paired surrogates',
    ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap((high) => ['edb080', 'edbfbf'].map((low) => bad(high + low))),
  ),
  section('non-characters', nonCharacters().map(codePoint)),
  section('specials', [0xfff9, 0xfffa, 0xfffb, 0xfffc, 0xfffd, 0xfffe, 0xffff].map(codePoint)),
]

function section(title: string, sequences: readonly Utf8Sequence[]): Utf8Section {
  return { title, sequences }
}

function good(hex: string): Utf8Sequence {
  return { bytes: Buffer.from(hex, 'hex'), valid: true }
}

function bad(hex: string): Utf8Sequence {
  return { bytes: Buffer.from(hex, 'hex'), valid: false }
}

function valid(...texts: string[]): Utf8Sequence[] {
  return texts.map((text) => ({ bytes: Buffer.from(text), valid: true }))
}

function codePoint(value: number): Utf8Sequence {
  return { bytes: Buffer.from(String.fromCodePoint(value)), valid: true }
}

/** The two code points below each end of a plane, and U+FFFE, U+FFFF first. */
function nonCharacters(): number[] {
  const ends = [0xffff]
  for (let end = 0x1ffff; end <= 0x10ffff; end += 0x10000) ends.push(end)
  return ends.flatMap((end) => [end - 1, end])
}

/** A prefix is valid where a code point ends. */
function prefixes(hex: string): Utf8Sequence[] {
  const bytes = Buffer.from(hex, 'hex')
  const ends = new Set<number>()
  let end = 0
  for (const character of bytes.toString()) {
    end += Buffer.byteLength(character)
    ends.add(end)
  }
  return Array.from(bytes, (_, index) => ({ bytes: bytes.subarray(0, index + 1), valid: ends.has(index + 1) }))
}

function range(first: number, last: number): Buffer {
  return Buffer.from(Array.from({ length: last - first + 1 }, (_, index) => first + index))
}

function spaced(bytes: Buffer): Utf8Sequence {
  return { bytes: Buffer.from([...bytes].flatMap((byte) => [byte, 0x20])), valid: false }
}
