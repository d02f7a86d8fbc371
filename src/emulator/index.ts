/// <reference types="node" preserve="true" />
/**
 * `avatarkit-session/emulator`: the embedded avatar service, for tests, demonstrations and development
 * without a network.
 */
export { animate, animateFrom } from './animation/animator.js';
export { AvatarEmulator, type EmulatorCredentials, type EmulatorSessionOptions } from './avatar-emulator.js';
export { createFakeTimersClock, createVirtualClock, type VirtualClock } from './context/caller-clocks.js';
export type { AuthMode, ConnectionEvent, LogEntry, LogFact, ServiceEvent } from './context/emulator-log.js';
export type { EmulatedApp, EmulatorOptions } from './context/emulator-options.js';
export type { AnswerFault, HeardRequest, ScriptedAnswer } from './context/heard.js';
export type { Amount, Fault, FaultIn, FaultKind, FaultOf, FaultPhase } from './fault/fault.js';
export type { InjectedFault } from './fault/fault-plan.js';
export { FAULT_PLANS, type FaultPlanName, parseFaults } from './fault/parse-faults.js';
export type { Clock, Timer } from '../ports/clock.js';
export type { EndSignal } from '../ports/end-signal.js';
export type { HttpAnswer, HttpPost, HttpPostRequest } from '../ports/http-post.js';
export type { Keyframe } from '../ports/message.js';
export type { Random } from '../ports/random.js';
export type { DialRequest, Transport, TransportConnection, TransportSink } from '../ports/transport.js';
export type { ClosedBy } from './socket/service-socket.js';
