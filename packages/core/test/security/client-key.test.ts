import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientKey } from '../../src/security/client-key.ts'

describe('clientKey', () => {
  it('RL-04 counts one /64 as one peer', () => {
    const inside = Array.from({ length: 1_000 }, (_, index) => clientKey(`2001:db8:1:2:${index.toString(16)}::1`))
    expect(new Set(inside)).toEqual(new Set(['2001:db8:1:2:0:0:0:0/64']))
    expect(clientKey('2001:db8:1:3::1')).not.toBe(inside[0])
  })

  it.each([
    [48, '2001:db8:1:0:0:0:0:0/48'],
    [56, '2001:db8:1:ab00:0:0:0:0/56'],
    [60, '2001:db8:1:abc0:0:0:0:0/60'],
    [128, '2001:db8:1:abcd:0:0:0:5/128'],
  ])('RL-04 takes the prefix as an option: /%s', (prefix, key) => {
    expect(clientKey('2001:db8:1:abcd::5', prefix)).toBe(key)
  })

  it.each([
    ['::ffff:1.2.3.4', '1.2.3.4', true],
    ['::ffff:102:304', '1.2.3.4', true],
    ['::FFFF:1.2.3.4', '1.2.3.4', true],
    ['0:0:0:0:0:ffff:102:304', '1.2.3.4', true],
    ['0000:0000:0000:0000:0000:ffff:0102:0304', '1.2.3.4', true],
    ['::ffff:1.2.3.4%eth0', '1.2.3.4', true],
    ['1.2.3.4', '1.2.3.5', false],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.5', false],
    ['::ffff:255.255.255.255', '255.255.255.255', true],
    ['2001:db8::1.2.3.4', '1.2.3.4', false],
    ['2001:db8::1.2.3.4', '2001:db8::ffff', true],
    ['::1.2.3.4', '1.2.3.4', false],
    ['2001:db8:0:0:0:ffff:102:304', '1.2.3.4', false],
  ])('RL-05 %s and %s share a key: %s', (one, other, isShared) => {
    expect(clientKey(one) === clientKey(other)).toBe(isShared)
  })

  it('RL-07 ignores the zone of an address', () => {
    expect(clientKey('fe80::1%eth0')).toBe(clientKey('fe80::1%eth1'))
    expect(clientKey('fe80::1%eth0')).toBe(clientKey('fe80::1'))
  })

  it.each([
    '',
    'unix:',
    'not an address',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    ':::',
    '1::2::3',
    'x'.repeat(10_000),
    undefined,
    null,
    {},
  ])('RL-07 gives what is no address one shared key: %j', (address) => {
    expect(clientKey(address as string)).toBe('unknown')
  })

  it('RL-05 gives every spelling of an address the same key', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
        const plain = groups.map((group) => group.toString(16)).join(':')
        const padded = groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':')
        const shortened = plain.replace(/(?:^|:)0(?::0)+(?::|$)/, '::')
        expect(clientKey(padded)).toBe(clientKey(plain))
        expect(clientKey(shortened)).toBe(clientKey(plain))
      }),
    )
  })
})
