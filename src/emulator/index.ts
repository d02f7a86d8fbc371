/** `avatarkit-session/emulator`: the embedded avatar service, for tests, demonstrations and development without a network. */
export { animate } from './pcm-animation.js';
export { AvatarEmulator, type EmulatorCredentials } from './avatar-emulator.js';
export type { EmulatedApp, EmulatorOptions } from './emulator-options.js';
export type { Amount, Fault, FaultIn, FaultKind, FaultOf, FaultPhase } from './fault.js';
export type { InjectedFault } from './fault-plan.js';
export { FAULT_PLANS, type FaultPlanName } from './fault-plans.js';
export { parseFaults } from './parse-faults.js';
export type { AuthMode, ClosedBy, LogEntry } from './log-entry.js';
