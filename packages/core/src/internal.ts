export { type ServerObserver, SluiceServer, serverOf } from './server.ts'
