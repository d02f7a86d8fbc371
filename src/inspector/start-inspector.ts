/**
 * Starts an inspector for any source of sessions: checks the options, and connects the tracker, the pages and the server. The package's
 * commands start one for sessions, or for the embedded service.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  checkingOptions,
  requireNumber,
  requireOptions,
  requireString,
} from '../core/option/option-check.js';
import { InspectorServer } from './inspector-server.js';
import { PageStreams } from './page-streams.js';
import { SessionTracker } from './session-tracker.js';
import type { SessionSource } from './session-tracker.js';

/** The options of the inspector. */
export interface InspectorOptions {
  /**
   * Port, 0 to 65535; 0: a free one.
   * @default 0
   */
  readonly port?: number;
  /**
   * The address or name to listen on. If it is not limited to this machine, any client that can reach it and has the URL sees the
   * sessions, over an unencrypted connection.
   *
   * @default 127.0.0.1
   */
  readonly host?: string;
  /**
   * The path of the URL, 16 to 128 letters, digits, `-` and `_`. With the same port and the same token an open page reconnects after a
   * restart of the process. Keep it secret like a password.
   *
   * @default a random one for each start
   */
  readonly token?: string;
}

/** A running inspector. */
export interface Inspector {
  /** The address of the page, with the token in it. */
  readonly url: string;
  /**
   * Ends the inspector: the page can't be reached any more, and sessions are no longer read. Sessions are not affected. A second call
   * does nothing.
   */
  close(): Promise<void>;
}

const NAMES = ['port', 'host', 'token'] as const satisfies readonly (keyof InspectorOptions)[];
const TOKEN = /^[\w-]{16,128}$/;
const TOKEN_BYTES = 24;

/** @param recordsAll whether the speech of sessions is recorded before a page watches them */
export async function startInspectorOn(
  source: SessionSource,
  options: InspectorOptions,
  recordsAll = false,
): Promise<Inspector> {
  const { port, host, token } = checkingOptions(() => checked(options));
  const tracker = new SessionTracker(source);
  const title = process.argv[1]?.split(/[\\/]/).slice(-2).join('/') ?? process.title;
  const pages = new PageStreams(tracker, { version: packageVersion(), pid: process.pid, title }, recordsAll);
  tracker.start((session) => pages.opened(session));
  const server = new InspectorServer(pages, token, host);
  try {
    const url = await server.listen(port, host);
    let closed: Promise<void> | undefined;
    return {
      url,
      close() {
        if (closed === undefined) {
          tracker.stop();
          pages.stop();
          closed = server.close();
        }
        return closed;
      },
    };
  } catch (error) {
    tracker.stop();
    pages.stop();
    throw error;
  }
}

function checked(options: InspectorOptions): Required<InspectorOptions> {
  const { port = 0, host = '127.0.0.1', token } = requireOptions('', options, NAMES);
  if (token !== undefined && !TOKEN.test(requireString('token', token)))
    throw new RangeError('token must be 16 to 128 letters, digits, "-" or "_"');
  return {
    port: requireNumber('port', port, { min: 0, max: 65_535, integer: true }),
    host: requireString('host', host),
    token: (token as string | undefined) ?? randomBytes(TOKEN_BYTES).toString('base64url'),
  };
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
