/** Data of one kind to cut messages from, which comes out the same in every run. */
export interface TestData {
  readonly title: string
  readonly type: 'text' | 'binary'
  readonly bytes: Buffer
}

const SIZE = 262_144
const WORDS =
  'wer reitet so spät durch nacht und wind es ist der vater mit seinem kind er hat den knaben wohl in dem arm'.split(
    ' ',
  )

/** The five kinds of section 12, in the public order. The texts are ASCII, so that they may be cut anywhere. */
export function createTestData(): readonly TestData[] {
  const random = createRandom(7_692)
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? ''
  return [
    { title: 'JSON', type: 'text', bytes: fill(() => `${JSON.stringify(record(random, pick))},\n`) },
    { title: 'picture', type: 'binary', bytes: picture(random) },
    { title: 'prose', type: 'binary', bytes: fill(() => `${pick(WORDS)}${random() < 0.1 ? '.\n' : ' '}`) },
    {
      title: 'HTML',
      type: 'text',
      bytes: fill(() => `<tr class="${pick(['odd', 'even'])}"><td>${ascii(pick(WORDS))}</td></tr>\n`),
    },
    { title: 'document with compressed parts', type: 'binary', bytes: document(random) },
  ]
}

function record(random: () => number, pick: (list: readonly string[]) => string) {
  return {
    id: Math.floor(random() * 1e9),
    name: ascii(pick(WORDS)),
    price: Math.round(random() * 1e4) / 100,
    tags: [ascii(pick(WORDS)), ascii(pick(WORDS))],
    active: random() < 0.5,
  }
}

/** A gradient with noise: neighbours are alike, but seldom equal. */
function picture(random: () => number): Buffer {
  return Buffer.from(Array.from({ length: SIZE }, (_, at) => ((at & 511) >> 1) + Math.floor(random() * 8)))
}

/** Operators in clear, then a run of bytes that do not compress, and so on. */
function document(random: () => number): Buffer {
  const parts: Buffer[] = []
  for (let size = 0; size < SIZE; ) {
    const noise = Buffer.from(Array.from({ length: 1_500 }, () => Math.floor(random() * 256)))
    const head = Buffer.from(`<< /Length ${noise.length} /Filter /FlateDecode >>\nstream\n`)
    parts.push(head, noise, Buffer.from('\nendstream\nendobj\n'))
    size += head.length + noise.length
  }
  return Buffer.concat(parts).subarray(0, SIZE)
}

function fill(make: () => string): Buffer {
  let text = ''
  while (text.length < SIZE) text += make()
  return Buffer.from(text).subarray(0, SIZE)
}

function ascii(word: string): string {
  return word.replace('ä', 'ae')
}

/** A linear congruential generator: what matters is only that it is always the same. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
