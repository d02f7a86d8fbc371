/**
 * `emulate`: the embedded service in the foreground, until Ctrl-C or SIGTERM. Its behaviour is in
 * src/emulator.
 */
import { requireOneOf } from '../core/option/option-check.js';
import { DEFAULT_APP } from '../emulator/context/resolve-emulator-options.js';
import { faultsSchema } from '../emulator/fault/parse-faults.js';
import { AvatarEmulator } from '../emulator/index.js';
import type { EmulatorOptions, LogEntry } from '../emulator/index.js';
import { asInput, ExitCode, InputError, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { FAULT_KIND_LINES, followLog, PLAN_NAMES, readFaults } from './command-choices.js';
import {
  EMULATE_FLAG_LINES,
  EMULATE_FLAG_OPTIONS,
  namedByFlag,
  readEmulateFlags,
} from './emulate-options.js';
import { inspectService } from './inspect-service.js';
import { secondsText, LiveScreen, writeJsonLine } from './terminal.js';

/** Limits the memory of a service that runs for days, and is enough for a reader of the log. */
const MAX_LOG_ENTRIES = 10_000;

const HELP = `avatarkit-session emulate [options]

Runs the embedded avatar service on this machine in the foreground: the
console's token endpoint and the drive-ingress WebSocket, with the faults that
you choose. Prints its URLs and credentials. Ctrl-C or SIGTERM ends it, exit
code 0.

  --faults PLAN    its faults, one of
                   ${PLAN_NAMES},
                   or JSON (one fault or a list of them), or @FILE with either
  --schema         only writes the JSON Schema of a plan of faults
  --verbose        one line for each entry of its log; never with tokens, keys
                   or other header values
  --log FORMAT     text, as --verbose, or jsonl: one JSON object per line and
                   nothing else, with the URLs and credentials in the first
  --api-key KEY    of its app, in place of the public one; give no real key
  --app-id ID      of its app
  --inspect        a page that shows its connections live; the URL goes to
                   standard error

${EMULATE_FLAG_LINES.join('\n')}

Kinds of faults, with their phases and parameters ("?": may be left out);
--schema says what each does:
${FAULT_KIND_LINES.join('\n')}

Examples:
  avatarkit-session emulate
  avatarkit-session emulate --port 8787 --faults chaos --seed 7 --verbose
  avatarkit-session emulate --pace realtime --idle-timeout 5000 --log jsonl
  avatarkit-session emulate --faults \\
    '{"kind":"refuse","phase":"upgrade","status":429}'
`;

export const EMULATE_COMMAND: Command = {
  name: 'emulate',
  summary: 'run the embedded avatar service in the foreground',
  help: HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('emulate', args, {
      faults: { type: 'string' },
      schema: { type: 'boolean' },
      verbose: { type: 'boolean' },
      log: { type: 'string' },
      'api-key': { type: 'string' },
      'app-id': { type: 'string' },
      inspect: { type: 'boolean' },
      ...EMULATE_FLAG_OPTIONS,
    });
    requirePositionals('emulate', positionals, []);
    if (values.schema === true) {
      terminal.write(`${JSON.stringify(faultsSchema(), undefined, 2)}\n`);
      return ExitCode.fine;
    }
    const log = asInput(() => logFormat(values.log, values.verbose === true));
    const faults = values.faults === undefined ? [] : await readFaults(values.faults);
    const options = { seed: 1, ...readEmulateFlags(values), ...appOf(values), faults };

    // Set before the service runs: a signal that comes while it starts must stop it as well.
    const stopped = new Promise<void>((resolve) => {
      terminal.onStop(resolve);
    });
    const service = await startService({ ...options, maxLogEntries: MAX_LOG_ENTRIES });
    const screen = new LiveScreen(terminal);
    if (log === 'jsonl') {
      writeJsonLine(terminal, listening(service));
      void followLog(service, (entry) => writeJsonLine(terminal, entry));
    } else {
      const plan = `${values.faults ?? 'none'}, seed ${options.seed}`;
      for (const line of introduction(service, plan)) screen.line(line);
      if (log === 'text') void followLog(service, (entry) => screen.line(logLine(entry)));
    }
    const inspector = values.inspect === true ? await inspectService(service, terminal) : undefined;
    await stopped;
    await inspector?.close();
    await service.stop();
    return ExitCode.fine;
  },
};

const LOG_FORMATS = ['text', 'jsonl'] as const;

function logFormat(given: string | undefined, isVerbose: boolean): (typeof LOG_FORMATS)[number] | undefined {
  if (given === undefined) return isVerbose ? 'text' : undefined;
  const format = requireOneOf('--log', given, LOG_FORMATS);
  if (isVerbose && format !== 'text') throw new InputError('emulate: --verbose means --log text');
  return format;
}

function appOf(given: {
  readonly 'api-key'?: string | undefined;
  readonly 'app-id'?: string | undefined;
}): Pick<EmulatorOptions, 'apps'> {
  const { apiKey, appId } = { apiKey: given['api-key'], appId: given['app-id'] };
  if (apiKey === undefined && appId === undefined) return {};
  return { apps: [{ appId: appId ?? DEFAULT_APP.appId, apiKey: apiKey ?? DEFAULT_APP.apiKey }] };
}

async function startService(options: EmulatorOptions): Promise<AvatarEmulator> {
  try {
    return await AvatarEmulator.start(options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const { port = 0 } = options;
    if (code === 'EADDRINUSE') throw new InputError(`--port ${port} is taken`, { cause: error });
    if (code === 'EACCES') {
      throw new InputError(`--port ${port} is not allowed to this user`, { cause: error });
    }
    throw namedByFlag(error);
  }
}

/** The first line of a log in JSON. */
function listening({ consoleEndpointUrl, ingressEndpointUrl, credentials }: AvatarEmulator): object {
  return { event: 'listening', consoleEndpointUrl, ingressEndpointUrl, ...credentials };
}

function introduction(service: AvatarEmulator, faults: string): readonly string[] {
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  const { apiKey, appId, avatarId } = credentials;
  return [
    `console    ${consoleEndpointUrl}`,
    `ingress    ${ingressEndpointUrl}`,
    `API key    ${apiKey}`,
    `app id     ${appId}`,
    `avatar id  ${avatarId}`,
    `faults     ${faults}`,
    '',
    'The API key is public, the same in every copy of this package: use it for no other service.',
    'Requests whose Host or Origin is not of this machine get 403.',
    '',
    'Speak to it from another terminal:',
    `AVATARKIT_API_KEY=${apiKey} npx avatarkit-session say --app-id ${appId} --avatar-id ${avatarId} --console-url ${consoleEndpointUrl} --ingress-url ${ingressEndpointUrl}`,
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

/** Values that a client chose are quoted, so that they can't look like another part of the line. */
function worded(value: unknown): string {
  return typeof value === 'string' && /^[\w.-]+$/.test(value) ? value : JSON.stringify(value);
}
