export { CloseCode, isSendableCloseCode, truncateReason } from '@sluice/protocol'
