import { expect, it } from 'vitest'
import { renderPage } from '../scripts/snippets/page.ts'
import { readRegion } from '../scripts/snippets/region.ts'

const source = `import a from 'a'

export function build() {
  // #region whole
  const b = a()

  // #region part
  if (b) {
    b.c()
  }
  // #endregion part
  // #endregion whole
}
`

it('shows a file without its markers', () => {
  expect(readRegion(source)).toBe(
    "import a from 'a'\n\nexport function build() {\n  const b = a()\n\n  if (b) {\n    b.c()\n  }\n}",
  )
})

it('shows a region at the left margin, without the markers of others', () => {
  expect(readRegion(source, 'part')).toBe('if (b) {\n  b.c()\n}')
  expect(readRegion(source, 'whole')).toBe('const b = a()\n\nif (b) {\n  b.c()\n}')
})

it('knows no region that is missing, and none that does not end', () => {
  expect(readRegion(source, 'par')).toBeUndefined()
  expect(readRegion('// #region open\na()\n', 'open')).toBeUndefined()
})

const readCode = (path: string, region: string | undefined) =>
  path === 'a.ts' ? `code of ${region ?? 'the file'}` : undefined
const render = (...lines: string[]) => renderPage(lines.join('\n'), readCode)

it('puts the code of its file into a block, in the language of the file', () => {
  const page = ['Text', '', '<!-- snippet: a.ts -->', '```', 'old', 'lines', '```', '', '<!-- snippet: a.ts#part -->']
  expect(render(...page, '```ts', '```', 'end')).toEqual({
    text: [
      ...['Text', '', '<!-- snippet: a.ts -->', '```ts', 'code of the file', '```', ''],
      ...['<!-- snippet: a.ts#part -->', '```ts', 'code of part', '```', 'end'],
    ].join('\n'),
    problems: [],
  })
})

it('leaves blocks of other languages alone', () => {
  const page = ['```sh', 'npm test', '```', '', '````md', '```ts', 'a()', '```', '````']
  expect(render(...page)).toEqual({ text: page.join('\n'), problems: [] })
})

it('finds code that comes from no file', () => {
  expect(render('Text', '```ts', 'a()', '```').problems).toEqual(['2: this code comes from no file'])
})

it('finds a comment without a file, without a region or without a block', () => {
  expect(render('<!-- snippet: b.ts -->', '```ts', '```').problems).toEqual(['1: there is no b.ts'])
  expect(render('<!-- snippet: b.ts#c -->', '```ts', '```').problems).toEqual(['1: there is no b.ts#c'])
  expect(render('<!-- snippet: a.ts -->', '', '```ts', '```').problems).toEqual([
    '1: no block follows',
    '3: this code comes from no file',
  ])
})
