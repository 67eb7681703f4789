import { parseArgs } from 'node:util'
import { build } from './testee.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '9001' },
    host: { type: 'string', default: '127.0.0.1' },
    engine: { type: 'string', default: 'frame' },
  },
})
if (values.engine !== 'frame' && values.engine !== 'ws')
  throw new RangeError(`--engine is frame or ws, got ${values.engine}`)

const app = await build(values.engine)
const address = await app.listen({ port: Number(values.port), host: values.host })
console.log(address.replace('http', 'ws'))

process.once('SIGINT', () => void app.close())
process.once('SIGTERM', () => void app.close())
