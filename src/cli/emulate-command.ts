/**
 * `emulate`: the embedded service in the foreground, until Ctrl-C or SIGTERM. Its behaviour is in
 * src/emulator.
 */
import { faultsSchema } from '../emulator/fault/parse-faults.js';
import { AvatarEmulator } from '../emulator/index.js';
import type { LogEntry } from '../emulator/index.js';
import { ExitCode, InputError, parseNumber, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { FAULT_KIND_LINES, followLog, PLAN_NAMES, readFaults } from './command-choices.js';
import { secondsText, LiveScreen } from './terminal.js';

/** Bounds the memory of a service that runs for days; enough for a reader of the log. */
const MAX_LOG_ENTRIES = 10_000;

const HELP = `avatarkit-session emulate [options]

Runs the embedded avatar service on 127.0.0.1 in the foreground: the console's token endpoint and the drive-ingress
WebSocket, with the faults that you choose. Prints its URLs and credentials. Ctrl-C or SIGTERM ends it, exit code 0.

  --port N         default 0: a free one
  --faults PLAN    its faults: ${PLAN_NAMES},
                   or JSON (one fault or a list of them), or @FILE with either in it
  --seed N         of its choices (default 1)
  --verbose        one line for each entry of its log; never with tokens, keys or other header values
  --schema         only writes the JSON Schema of a plan of faults

Kinds of faults, with their phases and parameters ("?": may be left out); --schema says what each does:
${FAULT_KIND_LINES.join('\n')}

Examples:
  avatarkit-session emulate
  avatarkit-session emulate --port 8787 --faults chaos --seed 7 --verbose
  avatarkit-session emulate --faults '{"kind":"refuse","phase":"upgrade","status":429,"headers":{"Retry-After":"30"}}'
`;

export const EMULATE_COMMAND: Command = {
  name: 'emulate',
  summary: 'run the embedded avatar service in the foreground',
  help: HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('emulate', args, {
      port: { type: 'string' },
      faults: { type: 'string' },
      seed: { type: 'string' },
      verbose: { type: 'boolean' },
      schema: { type: 'boolean' },
    });
    requirePositionals('emulate', positionals, []);
    if (values.schema === true) {
      terminal.write(`${JSON.stringify(faultsSchema(), undefined, 2)}\n`);
      return ExitCode.fine;
    }
    const port = parseNumber('--port', values.port, { min: 0, max: 65_535, integer: true }) ?? 0;
    const seed = parseNumber('--seed', values.seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    const faults = values.faults === undefined ? [] : await readFaults(values.faults);

    // Before the service is there: a signal that comes while it starts must not leave it running.
    const stopped = new Promise<void>((resolve) => {
      terminal.onStop(resolve);
    });
    const service = await startService({ port, seed: seed ?? 1, faults, maxLogEntries: MAX_LOG_ENTRIES });
    const screen = new LiveScreen(terminal);
    for (const line of introduction(service, values.faults ?? 'none', seed ?? 1)) screen.line(line);
    if (values.verbose === true) void followLog(service, (entry) => screen.line(logLine(entry)));
    await stopped;
    await service.stop();
    return ExitCode.fine;
  },
};

async function startService(
  options: Parameters<typeof AvatarEmulator.start>[0] & { readonly port: number },
): Promise<AvatarEmulator> {
  try {
    return await AvatarEmulator.start(options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new InputError(`--port ${options.port} is taken`, { cause: error });
    if (code === 'EACCES')
      throw new InputError(`--port ${options.port} is not allowed to this user`, { cause: error });
    throw error;
  }
}

function introduction(service: AvatarEmulator, faults: string, seed: number): readonly string[] {
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  const { apiKey, appId, avatarId } = credentials;
  return [
    `console    ${consoleEndpointUrl}`,
    `ingress    ${ingressEndpointUrl}`,
    `API key    ${apiKey}`,
    `app id     ${appId}`,
    `avatar id  ${avatarId}`,
    `faults     ${faults}, seed ${seed}`,
    '',
    'The API key is public, the same in every copy of this package: use it for no other service.',
    'Requests whose Host or Origin is not of this machine get 403.',
    '',
    'Speak to it from another terminal:',
    `AVATARKIT_API_KEY=${apiKey} avatarkit-session say FILE.wav --app-id ${appId} --avatar-id ${avatarId} --console-url ${consoleEndpointUrl} --ingress-url ${ingressEndpointUrl}`,
    '',
    'Ctrl-C ends the service.',
  ];
}

/** `   1.234 s  #2 audio reqId=… bytes=1280 end=false` */
function logLine({ atMs, event, connection, ...facts }: LogEntry): string {
  const words = Object.entries(facts).map(([name, value]) => `${name}=${worded(value)}`);
  const subject = connection === undefined ? '' : `#${connection} `;
  return [`${secondsText(atMs, 3).padStart(10)}  ${subject}${event}`, ...words].join(' ');
}

/** Values that a client chose are quoted, so that they can't look like something else. */
function worded(value: unknown): string {
  return typeof value === 'string' && /^[\w.-]+$/.test(value) ? value : JSON.stringify(value);
}
