import { type ImportDeclaration, parseSync, Visitor } from 'oxc-parser'

/** One import or re-export of a source file. */
export interface Import {
  readonly specifier: string
  /** `import type` and `import('…')` in a type: gone at run time. */
  readonly isType: boolean
  /** The names that an import statement takes. Empty where it takes the whole module. */
  readonly names: readonly string[]
  readonly line: number
}

/** Lists what a TypeScript file imports, types and dynamic imports included. */
export function readImports(file: string, text: string): Import[] {
  const { program, errors } = parseSync(file, text)
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`)

  const imports: Import[] = []
  const add = (source: { value: string; start: number } | null, isType: boolean, names: string[] = []) => {
    if (source !== null) imports.push({ specifier: source.value, isType, names, line: lineOf(text, source.start) })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type', namesOf(node)),
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    TSImportType: (node) => add(node.source, true),
    ImportExpression: ({ source }) => {
      if (source.type === 'Literal' && typeof source.value === 'string') {
        add({ value: source.value, start: source.start }, false)
      }
    },
  }).visit(program)
  return imports
}

function namesOf({ specifiers }: ImportDeclaration): string[] {
  const names = specifiers.flatMap((specifier) =>
    specifier.type === 'ImportSpecifier' && specifier.imported.type === 'Identifier' ? [specifier.imported.name] : [],
  )
  return names.length === specifiers.length ? names : []
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
