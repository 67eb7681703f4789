import { broadcast, HttpDenial, type WebSocketConnection } from '@sluice/core'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

const LONGEST_NAME = 24
const LONGEST_ROOM = 40
const MOST_MEMBERS = 50

/** What a member sends. */
const Incoming = Type.Union([
  Type.Object({ type: Type.Literal('say'), text: Type.String({ minLength: 1, maxLength: 500 }) }),
  Type.Object({ type: Type.Literal('rename'), name: Type.String({ pattern: '\\S', maxLength: LONGEST_NAME }) }),
])

/** What a member receives. */
type ChatEvent =
  | { readonly type: 'welcome'; readonly id: string; readonly members: readonly string[] }
  | { readonly type: 'joined' | 'left'; readonly name: string; readonly members: readonly string[] }
  | {
      readonly type: 'renamed'
      readonly from: string
      readonly name: string
      readonly members: readonly string[]
    }
  | { readonly type: 'message'; readonly id: string; readonly name: string; readonly text: string }

/** The connections of a room and the names behind them. */
type Members = Map<WebSocketConnection, string>

/** Chat rooms whose members have names. */
export async function chat(app: FastifyInstance): Promise<void> {
  const rooms = new Map<string, Members>()

  const options = { limits: { maxMessageSize: 2_000 }, messages: { receive: Incoming } }
  app.api.websocket('/ws/chat/{room}', options, async (ws, { room }) => {
    let name = readName(ws.query.name)
    if (room.length > LONGEST_ROOM) throw new HttpDenial(422, `A room has at most ${LONGEST_ROOM} characters`)
    const members: Members = rooms.get(room) ?? new Map()
    if (members.size >= MOST_MEMBERS) throw new HttpDenial(503, 'The room is full')

    rooms.set(room, members.set(ws, name))
    try {
      await ws.accept()
      tell([ws], { type: 'welcome', id: ws.id, members: [...members.values()] })
      tell(members.keys(), { type: 'joined', name, members: [...members.values()] }, ws)
      for await (const message of ws.iterJson()) {
        switch (message.type) {
          case 'say':
            tell(members.keys(), { type: 'message', id: ws.id, name, text: message.text })
            break
          case 'rename': {
            const from = name
            name = message.name.trim()
            members.set(ws, name)
            tell(members.keys(), { type: 'renamed', from, name, members: [...members.values()] })
          }
        }
      }
    } finally {
      members.delete(ws)
      if (members.size === 0) rooms.delete(room)
      tell(members.keys(), { type: 'left', name, members: [...members.values()] })
    }
  })
}

function readName(given: unknown): string {
  const name = typeof given === 'string' ? given.trim() : ''
  if (name === '' || name.length > LONGEST_NAME) throw new HttpDenial(422, `A name has 1 to ${LONGEST_NAME} characters`)
  return name
}

/** Nobody is waited for: a member whose connection is too slow misses the event. */
function tell(members: Iterable<WebSocketConnection>, event: ChatEvent, except?: WebSocketConnection): void {
  broadcast(members, JSON.stringify(event), except && { except })
}
