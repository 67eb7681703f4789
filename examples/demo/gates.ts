import { isAdminUser, isAuthenticated } from '@sluice/auth'
import { createApi, type RouteOptions, STAGE_ORDER, type WebSocketConnection } from '@sluice/core'
import type { FastifyInstance } from 'fastify'
import type { RecentDenials } from './recent-denials.ts'
import { type Tokens, visitorOf } from './tokens.ts'

export const GATE_NAMES = ['member', 'admin', 'limited', 'crowded', 'origin'] as const
type GateName = (typeof GATE_NAMES)[number]

interface Gate {
  readonly options: RouteOptions
  /** The options, as the page shows them. */
  readonly rule: string
  readonly hint: string
  /** Where a token may be. */
  readonly tokens?: readonly ('cookie' | 'subprotocol')[]
}

/** Routes that are hard to get into, each for another reason, and what the page needs to tell of them. */
export async function gates(
  app: FastifyInstance,
  { tokens, denials }: { tokens: Tokens; denials: RecentDenials },
): Promise<void> {
  const all = createGates(tokens)
  for (const name of GATE_NAMES) await app.register(gateApi(name, all[name].options), { prefix: '/ws/gates' })

  app.get('/gates', async () => ({
    stages: ['upgrade', ...STAGE_ORDER, 'handler'],
    gates: GATE_NAMES.map((name) => {
      const { options, rule, hint, tokens = [] } = all[name]
      return { name, rule, hint, tokens, subprotocols: options.subprotocols ?? [] }
    }),
  }))
  app.get<{ Params: { attempt: string } }>('/gates/denials/:attempt', async ({ params }) => ({
    stage: denials.stageOf(params.attempt),
  }))
}

function createGates({ inCookie, inSubprotocolOrCookie }: Tokens): Readonly<Record<GateName, Gate>> {
  return {
    member: {
      options: { auth: [inCookie], guards: [isAuthenticated()] },
      rule: 'guards: [isAuthenticated()]',
      hint: 'Opens for everybody who signed in.',
      tokens: ['cookie'],
    },
    admin: {
      options: { auth: [inSubprotocolOrCookie], guards: [isAdminUser()], subprotocols: ['demo.gates'] },
      rule: 'guards: [isAdminUser()]',
      hint: 'Opens for an admin.',
      tokens: ['cookie', 'subprotocol'],
    },
    limited: {
      // One bucket for everybody: the handshake that the demo makes with itself comes from another address than the visitor's.
      options: { rateLimit: { rps: 0.2, burst: 3, key: () => 'everybody' } },
      rule: 'rateLimit: { rps: 0.2, burst: 3 }',
      hint: 'Opens three times at once, for all visitors together, then every five seconds.',
    },
    crowded: {
      options: { maxConnections: 1 },
      rule: 'maxConnections: 1',
      hint: 'Opens for one visitor at a time. Leave it open, and open it again.',
    },
    origin: {
      options: { allowedOrigins: ['https://elsewhere.example'] },
      rule: "allowedOrigins: ['https://elsewhere.example']",
      hint: 'Opens for the pages of another website only.',
    },
  }
}

/** Both routes of a gate, under the same limits: those of an api are counted for all of its routes together. */
function gateApi(name: GateName, options: RouteOptions) {
  return createApi(options)
    .websocket(`/${name}`, greetAndEcho)
    .websocket(`/${name}/close`, { denial: 'close' }, greetAndEcho)
}

async function greetAndEcho(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendText(`Welcome, ${ws.auth === null ? 'stranger' : visitorOf(ws.auth).name}`)
  for await (const { data } of ws) await ws.send(data)
}
