/**
 * Where a failure comes from, apart from its code: who has to act, and what it is evidence about. Whether a limit is an
 * account's or an endpoint's follows from code and origin together. `classify` finds it, beside the code.
 */

/**
 * - `service`: the service's own answer: an HTTP status with its error body, a close code, a ServerError, a breach of the protocol
 * - `gateway`: something in front of the service answered in its place: a proxy, a load balancer, a firewall, a portal
 * - `transport`: the network, TLS, a time-out, a silent peer
 * - `application`: a function that the application gave: `tokenProvider`, an egress function, an `httpPost` that throws by
 *   itself, a source of audio
 * - `local`: this package: misuse of a call or an option, a limit of its own, the end of the session
 */
export const FAILURE_ORIGINS = ['service', 'gateway', 'transport', 'application', 'local'] as const;
export type FailureOrigin = (typeof FAILURE_ORIGINS)[number];
