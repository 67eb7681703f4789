import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { createAuthenticationStage, notAuthenticated } from './authentication.ts'
import { ConnectionCounter, createCapacityStage } from './capacity.ts'
import { createDrainingStage } from './draining.ts'
import { createGuardsStage } from './guards.ts'
import { createOriginStage } from './origin.ts'
import { createKeyOf } from './rate-key.ts'
import { type CountedLimit, createRateLimitStage } from './rate-limit.ts'
import type { ResolvedRateLimit } from './rate-limit-options.ts'
import { RateLimiter } from './rate-limiter.ts'
import type { RateStore } from './rate-store.ts'
import type { Scoped, SecurityPolicy } from './security-policy.ts'
import type { Stage, StageName } from './stage.ts'
import { createUserCapacityStage } from './user-capacity.ts'
import { UserSeats } from './user-seats.ts'

/** What the stages of an app have in common. */
export interface SecurityServices {
  readonly clock: Clock
  readonly log: Log
  readonly rateStore: RateStore
}

export type StageSet = Readonly<Partial<Record<StageName, Stage>>>

/** Makes the stages of each route of an app, and the counters that routes of one scope share. */
export class StageCompiler {
  readonly #services: SecurityServices
  readonly #counters = new Map<string, ConnectionCounter>()
  readonly #seats = new Map<string, UserSeats>()

  constructor(services: SecurityServices) {
    this.#services = services
  }

  /** The stages that a policy asks for. One that could only say yes is left out. */
  compile(policy: SecurityPolicy, isDraining: () => boolean): StageSet {
    const byUser = policy.rateLimits.filter(({ value }) => value.key === 'user')
    const byPeer = policy.rateLimits.filter(({ value }) => value.key !== 'user')
    return {
      draining: createDrainingStage(isDraining, DRAIN_RETRY_AFTER),
      origin: createOriginStage(policy.origin, policy.missingOrigin),
      ...(byPeer.length > 0 && { rateLimit: this.#rateLimitStage(byPeer) }),
      ...(policy.maxConnections.length > 0 && { capacity: this.#capacityStage(policy) }),
      ...(policy.auth.length > 0 && { authentication: this.#authenticationStage(policy) }),
      ...(byUser.length > 0 && { userRateLimit: this.#rateLimitStage(byUser) }),
      ...(policy.maxConnectionsPerUser.length > 0 && { userCapacity: this.#userCapacityStage(policy) }),
      ...(policy.guards.length > 0 && { guards: createGuardsStage(policy.guards, notAuthenticated(policy.auth)) }),
    }
  }

  #rateLimitStage(limits: readonly Scoped<ResolvedRateLimit>[]): Stage {
    return createRateLimitStage(limits.map((limit) => this.#countedLimit(limit)))
  }

  #countedLimit({ scope, value }: Scoped<ResolvedRateLimit>): CountedLimit {
    const { clock, log, rateStore: store } = this.#services
    const { rps, burst, onStoreError, key, ipv6Prefix } = value
    const limiter = new RateLimiter({ store, rate: { rps, burst }, scope, onStoreError, clock, log })
    return { limiter, keyOf: createKeyOf(key, ipv6Prefix) }
  }

  #capacityStage({ maxConnections }: SecurityPolicy): Stage {
    return createCapacityStage(
      maxConnections.map(({ scope, value }) => shared(this.#counters, scope, () => new ConnectionCounter(value))),
    )
  }

  #authenticationStage({ auth, authFailureLimit }: SecurityPolicy): Stage {
    const failureLimit = authFailureLimit === null ? undefined : this.#countedLimit(authFailureLimit)
    return createAuthenticationStage(auth, this.#services.clock, failureLimit)
  }

  #userCapacityStage({ maxConnectionsPerUser }: SecurityPolicy): Stage {
    return createUserCapacityStage(
      maxConnectionsPerUser.map(({ scope, value }) =>
        shared(this.#seats, scope, () => new UserSeats(value.max, value.policy)),
      ),
    )
  }
}

/** Seconds after which a load balancer has moved on, or this server is back. */
const DRAIN_RETRY_AFTER = 5

function shared<T>(known: Map<string, T>, scope: string, create: () => T): T {
  const value = known.get(scope) ?? create()
  known.set(scope, value)
  return value
}
