import { Socket } from 'node:net'
import { formatUpgradeResponse } from '@sluice/protocol'
import { negotiateDeflate } from './deflate-scheme.ts'
import type { Engine } from './engine.ts'
import { FrameTransport } from './frame-transport.ts'

/** The engine over `@sluice/protocol`: the default. */
export const frameEngine: Engine = {
  name: 'frame',
  open({ request, socket, head, subprotocol, headers, extensions, compression, limits, clock }) {
    const deflate = compression === null ? null : negotiateDeflate(extensions, compression)
    const response = formatUpgradeResponse({
      key: request.headers['sec-websocket-key'] as string,
      subprotocol: subprotocol ?? undefined,
      extensions: deflate === null ? [] : [deflate.response],
      headers,
    })
    // The time limits of the HTTP server end with HTTP.
    if (socket instanceof Socket) socket.setTimeout(0)
    return new FrameTransport(socket, { head, response: Buffer.from(response, 'latin1'), deflate, limits, clock })
  },
}
