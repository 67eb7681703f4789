import { createApi } from '@sluice/core'
import { WebSocketTestClient } from '@sluice/testing'
import { expect } from 'vitest'
import '@sluice/testing/vitest'

await using ws = await WebSocketTestClient.connect(createApi(), '/')
const done: Promise<void> = expect(ws).toReceiveMessage({ n: 1 })
await done
await expect(ws).toBeClosed({ code: 1000 })
// @ts-expect-error: there is no such field
await expect(ws).toBeClosed({ status: 1000 })
