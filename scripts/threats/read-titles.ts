import { type Expression, parseSync, type Super, Visitor } from 'oxc-parser'

/** What declares a test; `check` is what contract suites call it, `scenario` the stress runner. */
const RUNNERS: ReadonlySet<string> = new Set(['describe', 'it', 'test', 'check', 'scenario'])

/** Lists the titles of the tests in a file as they are written, those of `.each` and its kind included. */
export function readTitles(file: string, text: string): string[] {
  const { program, errors } = parseSync(file, text)
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`)

  const titles: string[] = []
  new Visitor({
    CallExpression({ callee, arguments: [title] }) {
      if (title === undefined || !RUNNERS.has(rootOf(callee))) return
      if (title.type === 'Literal' && typeof title.value === 'string') titles.push(title.value)
      else if (title.type === 'TemplateLiteral') titles.push(title.quasis.map(({ value }) => value.raw).join('…'))
    },
  }).visit(program)
  return titles
}

/** `it` of `it.each([…])('…')`. */
function rootOf(callee: Expression | Super): string {
  if (callee.type === 'Identifier') return callee.name
  if (callee.type === 'MemberExpression') return rootOf(callee.object)
  if (callee.type === 'CallExpression') return rootOf(callee.callee)
  return callee.type === 'TaggedTemplateExpression' ? rootOf(callee.tag) : ''
}
