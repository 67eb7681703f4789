import { expect, it } from 'vitest'
import { type PreparedMessage, prepareMessage } from '../../src/connection/prepared-message.ts'
import { RoomRegistry } from '../../src/rooms/room-registry.ts'

function member() {
  const got: PreparedMessage[] = []
  return { got, publish: (message: PreparedMessage) => void got.push(message) }
}

it('has a room while it has a member', () => {
  const rooms = new RoomRegistry<ReturnType<typeof member>>()
  const [ada, bob] = [member(), member()]
  const room = rooms.join('lobby', ada)
  expect(rooms.join('lobby', bob)).toBe(room)
  expect(rooms.join('lobby', bob)).toBe(room)
  expect([room.size, rooms.size]).toEqual([2, 1])
  rooms.leave('lobby', ada)
  rooms.leave('lobby', ada)
  rooms.leave('unknown', bob)
  expect(rooms.get('lobby')?.size).toBe(1)
  rooms.leave('lobby', bob)
  expect([rooms.get('lobby'), rooms.size]).toEqual([undefined, 0])
})

it('takes any name', () => {
  const rooms = new RoomRegistry<ReturnType<typeof member>>()
  for (const name of ['__proto__', 'constructor', '', ' ', '\r\n', '*']) rooms.join(name, member())
  expect(rooms.size).toBe(6)
})

it('hands one message to every member but one', () => {
  const rooms = new RoomRegistry<ReturnType<typeof member>>()
  const members = [member(), member(), member()]
  for (const each of members) rooms.join('lobby', each)
  const message = prepareMessage('hello')
  rooms.get('lobby')?.publish(message, members[1] ?? null)
  rooms.get('lobby')?.publish(message, null)
  expect(members.map(({ got }) => got.length)).toEqual([2, 1, 2])
  expect(members[0]?.got[0]).toBe(message)
})
