export { isDependency } from './dependencies/dependency.ts'
export type { DependencyOverrides } from './dependencies/plan.ts'
export { type ServerObserver, SluiceServer, serverOf } from './server.ts'
