import { expect, it } from 'vitest'
import { readLinks, readScripts, readSlugs } from '../scripts/markdown.ts'

it('finds relative links, but none in code', () => {
  const page = [
    'See [the manual](docs/README.md "Manual"), [below](#use) and [RFC 6455](https://www.rfc-editor.org/rfc/rfc6455).',
    '`[not](a-link)`',
    '```ts\nconst a = [b](c)\n```',
    '![logo](logo.svg)',
  ].join('\n\n')
  expect(readLinks(page)).toEqual(['docs/README.md', '#use', 'logo.svg'])
})

it('names headings as GitHub does', () => {
  const page = '# Sluice\n\n## `accept()` and `deny()`\n\n## Use\n\n## Use\n\n```sh\n# a comment\n```\n'
  expect(readSlugs(page)).toEqual(['sluice', 'accept-and-deny', 'use', 'use-1'])
})

it('finds the scripts that a page tells to run', () => {
  const page = 'Run `pnpm check`, `npx -y pnpm@12 run docs` or `pnpm exec tsc`.\n\n```sh\nnpx -y pnpm@12 start\n```\n'
  expect(readScripts(page)).toEqual(['check', 'docs', 'start'])
})
