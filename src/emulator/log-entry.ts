/**
 * What the embedded service writes down. Header values, tokens, keys and room credentials never appear here; texts that
 * the service itself said do.
 */
import type { FaultKind, FaultPhase } from './fault.js';

export type AuthMode = 'header' | 'query' | 'both' | 'none';
/** `fault`: the service closed because a fault told it to. */
export type ClosedBy = 'client' | 'service' | 'fault';

type Fact =
  /** A request for a host, or from an origin, that is not allowed: nothing else was done with it. */
  | { readonly event: 'hostRefused'; readonly detail: string }
  | { readonly event: 'tokenRequested' }
  | { readonly event: 'tokenIssued'; readonly expireAt: number }
  | { readonly event: 'tokenRefused'; readonly status: number; readonly detail: string }
  | { readonly event: 'faultFired'; readonly kind: FaultKind; readonly phase: FaultPhase };

/** Facts of one connection; `connection` counts upgrade requests from 1. */
type ConnectionFact =
  | {
      readonly event: 'upgradeRequested';
      readonly authMode: AuthMode;
      readonly avatarId: string;
      /** Lower-cased, in the order received. */
      readonly headerNames: readonly string[];
    }
  | { readonly event: 'upgradeRefused'; readonly status: number; readonly message: string }
  | { readonly event: 'opened'; readonly openSockets: number }
  | {
      readonly event: 'configured';
      readonly sampleRate: number;
      readonly audioFormat: number;
      readonly egressType: number;
      readonly extraParamNames: readonly string[];
    }
  | { readonly event: 'confirmed'; readonly connectionId: string; readonly capabilities: readonly string[] }
  | { readonly event: 'errorSent'; readonly code: number; readonly message: string; readonly reqId: string }
  | {
      readonly event: 'audio';
      readonly reqId: string;
      readonly bytes: number;
      readonly end: boolean;
      readonly traceparent?: string;
    }
  | {
      readonly event: 'animation';
      readonly reqId: string;
      /** In this message. */
      readonly keyframes: number;
      readonly end: boolean;
    }
  /** The last message of a request was sent; `keyframes` counts all of the request. */
  | { readonly event: 'ended'; readonly reqId: string; readonly keyframes: number }
  | { readonly event: 'interrupted'; readonly reqId: string; readonly known: boolean }
  | { readonly event: 'paused' | 'resumed'; readonly reqId: string }
  | {
      readonly event: 'playback';
      readonly reqId: string;
      readonly state: number;
      readonly playedMs: number;
      readonly reason: string;
    }
  /** Something from the client had no effect; `detail` says why. */
  | { readonly event: 'ignored'; readonly detail: string; readonly reqId?: string }
  | { readonly event: 'faultFired'; readonly kind: FaultKind; readonly phase: FaultPhase }
  /** The TCP connection is gone. 1005 or 1006 when no close code was received. */
  | { readonly event: 'closed'; readonly by: ClosedBy; readonly code: number; readonly reason: string };

export type LogFact =
  (Fact & { readonly connection?: never }) | (ConnectionFact & { readonly connection: number });
/** `atMs`: milliseconds since the service started. */
export type LogEntry = LogFact & { readonly atMs: number };
/** A fact as a connection tells it, before its number is added. */
export type ConnectionEvent = ConnectionFact;
