export { createStream, cutAtRandom, type StreamSettings } from './frame-streams.ts'
export { Random } from './random.ts'
