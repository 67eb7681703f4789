/** What `pnpm` does itself, so that it need not be a script. */
const PNPM_COMMANDS = new Set(['add', 'audit', 'exec', 'install', 'pack', 'run', 'update'])

/** The relative links of a Markdown page, in order. */
export function readLinks(markdown: string): string[] {
  const links = withoutCode(markdown).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)
  return Array.from(links, ([, target = '']) => target).filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
}

/** The anchors of a page's headings, as GitHub names them. */
export function readSlugs(markdown: string): string[] {
  const headings = withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)
  const seen = new Map<string, number>()
  return Array.from(headings, ([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
}

/** The scripts that a page tells its reader to run: `pnpm check`, `npx -y pnpm@12 run docs`. */
export function readScripts(markdown: string): string[] {
  const calls = markdown.matchAll(/(?:^|`|\$ |-y )pnpm(?:@\d+)? (run )?([a-z][a-z:-]*)/gm)
  return Array.from(calls, ([, run, name = '']) => ({ run, name }))
    .filter(({ run, name }) => run !== undefined || !PNPM_COMMANDS.has(name))
    .map(({ name }) => name)
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replace(/`[^`\n]*`/g, '')
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^\1\2 *$/gm, '')
}
