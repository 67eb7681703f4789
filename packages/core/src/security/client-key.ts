import { isIPv4, isIPv6 } from 'node:net'

/**
 * The key under which a peer's address is counted. IPv6 is grouped by network, since one customer has a whole /64 to
 * choose from; an IPv4 address counts as itself, in whichever spelling it comes. What is no address shares one key.
 * @param ipv6Prefix leading bits that make a network
 */
export function clientKey(address: string, ipv6Prefix = 64): string {
  if (isIPv4(address)) return address
  if (typeof address !== 'string' || !isIPv6(address)) return 'unknown'
  const groups = parseIpv6(address)
  if (isIpv4Mapped(groups)) return ipv4Text(groups)
  return `${groups.map((group, index) => (group & groupMask(index, ipv6Prefix)).toString(16)).join(':')}/${ipv6Prefix}`
}

/** The eight 16-bit groups of a valid address, without its zone. */
function parseIpv6(address: string): number[] {
  const [text = ''] = address.split('%')
  const [head = '', tail] = text.split('::')
  const front = parseGroups(head)
  if (tail === undefined) return front
  const back = parseGroups(tail)
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
}

function parseGroups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}

/** `::ffff:0:0/96` (RFC 4291, 2.5.5.2). */
function isIpv4Mapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
}

function ipv4Text(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6)
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

function groupMask(index: number, prefix: number): number {
  const bits = Math.min(16, Math.max(0, prefix - index * 16))
  return 0xffff & (0xffff << (16 - bits))
}
