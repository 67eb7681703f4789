export { CloseCode, isReceivableCloseCode, isSendableCloseCode } from './close-code.ts'
export { type CloseState, type CloseStep, nextCloseState } from './close-handshake.ts'
export {
  type ClosePayload,
  type ClosePayloadVerdict,
  checkClosePayload,
  encodeClosePayload,
  truncateReason,
} from './close-payload.ts'
export {
  acceptDeflate,
  checkDeflateResponse,
  type DeflateAgreement,
  type DeflatePolicy,
  offerDeflate,
} from './deflate/deflate-negotiation.ts'
export { Deflater, type DeflaterOptions } from './deflate/deflater.ts'
export { type InflateResult, Inflater, type InflaterOptions } from './deflate/inflater.ts'
export { type Job, JobLimiter } from './deflate/job-limiter.ts'
export { type Failure, type FailureCode, failures } from './failure.ts'
export { encodeFrame, encodeFrameHeader, type FrameOptions, maxFrameLength, writeFrame, writeFrameOf } from './frame.ts'
export {
  createFrameHeader,
  decodeFrameHeader,
  type FrameHeader,
  frameHeaderLength,
  MAX_HEADER_LENGTH,
  writeFrameHeader,
} from './frame-header.ts'
export { checkFrameHeader, type FrameContext, type Role } from './frame-rules.ts'
export {
  checkUpgradeResponse,
  formatUpgradeRequest,
  type UpgradeAgreement,
  type UpgradeRequestOptions,
  type UpgradeResponseHead,
  type UpgradeResponseVerdict,
} from './handshake/client-handshake.ts'
export { type Extension, type ExtensionParameter, formatExtensions, parseExtensions } from './handshake/extensions.ts'
export { acceptValueOf, createHandshakeKey, isHandshakeKey } from './handshake/handshake-key.ts'
export { type ExtraHeaders, isToken } from './handshake/header-fields.ts'
export {
  checkUpgradeRequest,
  formatUpgradeResponse,
  type UpgradeAnswer,
  type UpgradeDenial,
  type UpgradeOffer,
  type UpgradeRequestHead,
  type UpgradeRequestVerdict,
} from './handshake/server-handshake.ts'
export { chooseSubprotocol, parseSubprotocols } from './handshake/subprotocols.ts'
export { applyMask, createMaskingKey, rotateKey, viewAsWords } from './mask.ts'
export { isControlOpcode, isKnownOpcode, Opcode } from './opcode.ts'
export { type BytesSink, Receiver, type ReceiverOptions, type ReceiverSink } from './receiver.ts'
