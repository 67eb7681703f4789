import { describe, expect, it } from 'vitest'
import { BUILT_IN_CONVERTERS } from '../src/coercion/converters.ts'
import { type PathReading, RoutePaths } from '../src/route-paths.ts'
import { parsePathTemplate } from '../src/routing/path-template.ts'

const CONVERTERS = new Map(Object.entries(BUILT_IN_CONVERTERS))

function pathsOf(templates: readonly string[], reading?: PathReading): RoutePaths {
  const paths = new RoutePaths(reading)
  for (const template of templates) paths.add('', parsePathTemplate(template, CONVERTERS))
  return paths
}

describe('RoutePaths', () => {
  it('knows the paths of its routes, with and without a trailing slash or a query', () => {
    const paths = pathsOf(['/', '/ws', '/ws/{room:int}/x', '/files/{rest:path}'])
    for (const path of ['/', '/ws', '/ws/', '/ws?a=/b', '/ws/7/x', '/ws/seven/x/', '/files/a/b.txt']) {
      expect(paths.has(path), path).toBe(true)
    }
    for (const path of ['/w', '/ws/7', '/WS', '//ws', '/ws//', '/%zz', '', '/ws;x']) {
      expect(paths.has(path), path).toBe(false)
    }
  })

  it('puts the prefix in front', () => {
    const paths = new RoutePaths()
    paths.add('/v1', parsePathTemplate('/ws', CONVERTERS))
    paths.add('/v2', parsePathTemplate('/ws', CONVERTERS))
    expect(['/v1/ws', '/v2/ws', '/ws'].map((path) => paths.has(path))).toEqual([true, true, false])
  })

  it.each([
    ['/ws', '/ws'],
    ['/ws', '/ws/'],
    ['/{a}/x', '/:b/x'],
    ['/{a:int}', '/{a:uuid}'],
    ['/*', '/{rest:path}'],
  ])('refuses %s and %s, which no request can tell apart', (first, second) => {
    expect(() => pathsOf([first, second])).toThrow(expect.objectContaining({ code: 'ERR_DUPLICATE_ROUTE' }))
    expect(() => pathsOf([first, second])).toThrow(second)
  })

  it('reads paths as the router of the app does', () => {
    expect(pathsOf(['/Ws/{Name}'], { caseSensitive: false }).has('/wS/x')).toBe(true)
    expect(pathsOf(['/a/b'], { ignoreDuplicateSlashes: true }).has('/a//b')).toBe(true)
    expect(pathsOf(['/{name}']).has(`/${'x'.repeat(101)}`)).toBe(false)
    expect(pathsOf(['/{name}'], { maxParamLength: 101 }).has(`/${'x'.repeat(101)}`)).toBe(true)
  })

  it('refuses two paths that differ in case where the router does not see it', () => {
    expect(() => pathsOf(['/ws', '/WS'], { caseSensitive: false })).toThrow(
      expect.objectContaining({ code: 'ERR_DUPLICATE_ROUTE' }),
    )
    expect(() => pathsOf(['/ws', '/WS'])).not.toThrow()
  })
})
