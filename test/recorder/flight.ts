/** Flights in virtual time: a session speaks with the emulator, and a recorder records the events. */
import { AvatarEmulator, createVirtualClock } from '../../src/emulator/index.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { createSeededRandom, newAvatarSession } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions, Utterance } from '../../src/index.js';
import { createRecorder } from '../../src/recorder/index.js';
import { linesOf } from '../../src/recorder/flight-record.js';
import type { FlightLine, RecordKind } from '../../src/recorder/flight-record.js';

export const SAMPLE_RATE_HZ = 16_000;
/** A second of silence. */
export const SECOND = new Uint8Array(2 * SAMPLE_RATE_HZ);

/** A stream that stores its lines. */
export class Lines {
  text = '';
  writableLength = 0;

  write(text: string): void {
    this.text += text;
  }

  get all(): FlightLine[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as FlightLine);
  }

  of<Kind extends RecordKind>(kind: Kind): FlightLine<Kind>[] {
    return linesOf(this.all, kind);
  }
}

export interface FlightPlan {
  readonly emulator?: EmulatorOptions;
  readonly session?: Partial<AvatarSessionOptions>;
  readonly payload?: boolean;
  /** The actions of the application. Default: it speaks for a second and waits for the end. */
  readonly fly?: (session: AvatarSession, sleep: (ms: number) => Promise<void>) => Promise<unknown>;
}

export const speakOneSecond = async (session: AvatarSession): Promise<void> => {
  await session.start();
  const utterance: Utterance = session.speak(SECOND, { label: 'a second' });
  await utterance.finished;
};

/** Runs the flight, and returns the lines for any outcome. */
export async function recordFlight(plan: FlightPlan = {}): Promise<Lines> {
  const { emulator, session: options, payload = false, fly = speakOneSecond } = plan;
  const clock = createVirtualClock();
  await using service = await AvatarEmulator.start({ clock, ...emulator });
  const lines = new Lines();
  await using recorder = createRecorder({ stream: lines, payload, clock });
  const session = newAvatarSession({
    ...service.sessionOptions,
    sampleRate: SAMPLE_RATE_HZ,
    random: createSeededRandom(1),
    onFrame: () => undefined,
    ...options,
  });
  await clock.run(
    fly(session, clock.sleep)
      .catch(() => undefined)
      .then(() => session.close()),
  );
  await recorder.close();
  return lines;
}
