export { CloseCode, isReceivableCloseCode, isSendableCloseCode } from './close-code.ts'
export {
  type ClosePayload,
  type ClosePayloadVerdict,
  checkClosePayload,
  encodeClosePayload,
  truncateReason,
} from './close-payload.ts'
export { type Failure, type FailureCode, failures } from './failure.ts'
export { encodeFrame, encodeFrameHeader, type FrameOptions, maxFrameLength, writeFrame } from './frame.ts'
export {
  createFrameHeader,
  decodeFrameHeader,
  type FrameHeader,
  frameHeaderLength,
  MAX_HEADER_LENGTH,
  writeFrameHeader,
} from './frame-header.ts'
export { checkFrameHeader, type FrameContext, type Role } from './frame-rules.ts'
export { applyMask, createMaskingKey, rotateKey, viewAsWords } from './mask.ts'
export { isControlOpcode, isKnownOpcode, Opcode } from './opcode.ts'
export { Receiver, type ReceiverOptions, type ReceiverSink } from './receiver.ts'
