import { formatUpgradeResponse } from '@sluice/protocol'
import type { Engine } from './engine.ts'
import { FrameTransport } from './frame-transport.ts'

/** The engine over `@sluice/protocol`: the default. */
export const frameEngine: Engine = {
  name: 'frame',
  open({ request, socket, head, subprotocol, headers, limits, clock }) {
    const key = request.headers['sec-websocket-key'] as string
    const response = formatUpgradeResponse({ key, subprotocol: subprotocol ?? undefined, headers })
    return new FrameTransport(socket, head, Buffer.from(response, 'latin1'), limits, clock)
  },
}
