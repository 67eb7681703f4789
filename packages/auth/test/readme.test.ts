import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as auth from '../src/index.ts'

it('names every function that the package exports', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const functions = Object.keys(auth).filter((name) => /^[a-z]/.test(name))
  expect(functions.filter((name) => !readme.includes(name))).toEqual([])
})
