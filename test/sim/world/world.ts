/**
 * Builds one simulated world from its schedule: time, network, service, and the application with its
 * sessions.
 */
import { AvatarService } from '../../../src/emulator/avatar-service.js';
import { resolveEmulatorOptions } from '../../../src/emulator/context/resolve-emulator-options.js';
import { decodeRawOpus } from '../../support/raw-opus.js';
import { Actor } from '../application/actor.js';
import { AVATAR_ID, Credentials } from '../application/credentials.js';
import { Promises } from '../application/promises.js';
import { Network } from '../network/network.js';
import type { ConnectionFate } from '../network/weather.js';
import type { Sabotage } from '../sabotage/sabotage.js';
import { Chronicle } from './chronicle.js';
import { Draws } from './draws.js';
import type { Disturbance, Schedule } from './schedule.js';
import { WorldTime } from './world-time.js';

export class World {
  readonly schedule: Schedule;
  readonly time = new WorldTime();
  readonly chronicle = new Chronicle(() => this.time.nowMs);
  readonly credentials: Credentials;
  readonly service: AvatarService;
  readonly network: Network;
  readonly promises: Promises;
  readonly actors: readonly Actor[];

  constructor(schedule: Schedule, sabotage?: Sabotage) {
    const { seed, climate, echoesSecrets, disturbances, sessions } = schedule;
    const { time, chronicle } = this;
    this.schedule = schedule;
    this.credentials = new Credentials(new Draws(seed, 'credentials'), schedule.accounts.length);
    const { credentials } = this;
    const options = resolveEmulatorOptions({
      ...schedule.service,
      ...(sessions.some(({ audioFormat }) => audioFormat === 'encoded') && {
        createOpusDecoder: decodeRawOpus,
      }),
      apps: schedule.accounts.map((plan, index) => ({ ...credentials.account(index), ...plan })),
      avatars: [AVATAR_ID],
      faults: disturbances.flatMap((one) => (one.kind === 'fault' ? [one.fault] : [])),
    });
    this.service = new AvatarService(options, time.service, () => credentials.newId());
    this.service.log.follow((entry) => chronicle.add({ kind: 'service', entry }));
    this.network = new Network({
      time,
      seed,
      climate,
      echoesSecrets,
      notesEnds: disturbances.some((one) => one.kind === 'fault' && one.fault.kind === 'earlyEnd'),
      chronicle,
      service: sabotage?.tamperService?.(this.service, time) ?? this.service,
      dialFates: fatesOf('dial', disturbances),
      postFates: fatesOf('post', disturbances),
    });
    this.promises = new Promises(time, chronicle);
    const { network, promises } = this;
    this.actors = sessions.map(
      (traits, index) =>
        new Actor({
          number: index + 1,
          seed,
          traits,
          network,
          chronicle,
          promises,
          credentials,
          tamper: (given) => sabotage?.tamper?.(given, this) ?? given,
          tamperSource: (source) => sabotage?.tamperSource?.(source) ?? source,
          tamperSignal: (signal) => sabotage?.tamperSignal?.(signal) ?? signal,
        }),
    );
  }
}

function fatesOf(of: 'dial' | 'post', disturbances: readonly Disturbance[]): Map<number, ConnectionFate[]> {
  const fates = new Map<number, ConnectionFate[]>();
  for (const one of disturbances) {
    if (one.kind !== 'fate' || one.of !== of) continue;
    fates.set(one.nth, [...(fates.get(one.nth) ?? []), one.fate]);
  }
  return fates;
}
