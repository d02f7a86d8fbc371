/**
 * `avatarkit-session/emulator`: the embedded avatar service, for tests, demonstrations and development
 * without a network.
 */
export { animate, animateFrom } from './animation/animator.js';
export { AvatarEmulator, type EmulatorCredentials } from './avatar-emulator.js';
export type { AuthMode, ConnectionEvent, LogEntry, LogFact, ServiceEvent } from './context/emulator-log.js';
export type { EmulatedApp, EmulatorOptions } from './context/emulator-options.js';
export type { Amount, Fault, FaultIn, FaultKind, FaultOf, FaultPhase } from './fault/fault.js';
export type { InjectedFault } from './fault/fault-plan.js';
export { FAULT_PLANS, type FaultPlanName, parseFaults } from './fault/parse-faults.js';
export type { Keyframe } from '../ports/message.js';
export type { ClosedBy } from './socket/service-socket.js';
