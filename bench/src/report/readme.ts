const BEGIN = '<!-- results: written by `pnpm bench --readme` -->'
const END = '<!-- /results -->'

/** Puts results between the markers of a page. Throws where the page has none. */
export function fillReadme(page: string, results: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin === -1 || end < begin) throw new Error(`the page has no '${BEGIN}' before '${END}'`)
  return `${page.slice(0, begin + BEGIN.length)}\n\n${results}\n\n${page.slice(end)}`
}
