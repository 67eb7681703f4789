import { extname } from 'node:path'

/** A page with the code of its files in it, or what is wrong with it. */
export interface RenderedPage {
  readonly text: string
  /** Each begins with the number of its line. With problems, the text is not complete. */
  readonly problems: readonly string[]
}

/** Gives the code of `file.ts` or `file.ts#region`, or `undefined` where there is none. */
export type ReadCode = (path: string, region: string | undefined) => string | undefined

/**
 * Puts code into the fenced blocks that follow `<!-- snippet: path -->` or `<!-- snippet: path#region -->`. A block of
 * TypeScript or JavaScript without such a comment is a problem: nobody would notice when it no longer compiles.
 */
export function renderPage(markdown: string, readCode: ReadCode): RenderedPage {
  const lines = markdown.split('\n')
  const text: string[] = []
  const problems: string[] = []

  for (let index = 0; index < lines.length; index++) {
    const at = index + 1
    const snippet = readSnippet(lines[index])
    const block = readBlock(lines, snippet === undefined ? index : at)
    text.push(lines[index] as string)
    if (snippet !== undefined) {
      const { name, path, region } = snippet
      const code = readCode(path, region)
      if (code === undefined) problems.push(`${at}: there is no ${name}`)
      else if (block === undefined) problems.push(`${at}: no block follows`)
      else text.push(block.fence + extname(path).slice(1), code)
    } else if (block !== undefined) {
      if (CODE.has(block.language)) problems.push(`${at}: this code comes from no file`)
      text.push(...block.code)
    }
    if (block !== undefined) {
      text.push(block.fence)
      index = block.end
    }
  }
  return { text: text.join('\n'), problems }
}

const CODE: ReadonlySet<string> = new Set(['ts', 'typescript', 'js', 'javascript', 'mjs', 'mts'])

function readSnippet(line = ''): { name: string; path: string; region: string | undefined } | undefined {
  const [, name, path, region] = /^<!-- snippet: (([^\s#]+)(?:#(\S+))?) -->$/.exec(line) ?? []
  return name === undefined || path === undefined ? undefined : { name, path, region }
}

interface Block {
  readonly fence: string
  readonly language: string
  readonly code: readonly string[]
  /** The index of its last line. */
  readonly end: number
}

function readBlock(lines: readonly string[], start: number): Block | undefined {
  const [, fence, language = ''] = /^(```+)(\w*)$/.exec(lines[start] ?? '') ?? []
  if (fence === undefined) return undefined
  const end = lines.indexOf(fence, start + 1)
  return end === -1 ? undefined : { fence, language, code: lines.slice(start + 1, end), end }
}
