// @ts-check
/**
 * Runs the scenarios in workerd: bundles a worker with the installed package, and requests the scenarios from
 * it.
 */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rolldown } from 'rolldown';

/** The compatibility date of the newest workerd behaviour that the test uses. */
const COMPATIBILITY_DATE = '2026-11-01';
const WITHIN_MS = 120_000;

/**
 * @param {{ readonly program: string, readonly names: readonly string[], readonly control: string, readonly folder: string, readonly certificates: string }} run
 * @param {(line: { readonly name: string, readonly ok: boolean, readonly error?: string }) => void} note
 * @returns {Promise<string | undefined>} the error if it did not end as expected
 */
export async function startWorkerd({ program, names, control, folder, certificates }, note) {
  const bundle = await rolldown({
    input: join(folder, 'worker.mjs'),
    platform: 'neutral',
    external: /^(?:node|cloudflare):/,
    resolve: { conditionNames: ['workerd', 'worker', 'browser', 'import', 'default'] },
    logLevel: 'silent',
  });
  await bundle.write({ file: join(folder, 'worker-bundle.mjs'), format: 'esm', codeSplitting: false });
  await bundle.close();
  await writeFile(
    join(folder, 'workerd.capnp'),
    configuration(readFileSync(join(certificates, 'ca.pem'), 'utf8')),
  );
  const child = spawn(program, ['serve', '--experimental', '--control-fd=1', 'workerd.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  try {
    const port = await portOf(child.stdout);
    if (port === undefined) return `it did not listen: ${errors.slice(-2_000)}`;
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: JSON.stringify({ controlUrl: control, names }),
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const text = await answer.text();
    if (!answer.ok) return `it answered ${answer.status}: ${text.slice(0, 500)} ${errors.slice(-2_000)}`;
    for (const line of text.split('\n')) if (line !== '') note(JSON.parse(line));
    return undefined;
  } finally {
    child.kill('SIGKILL');
  }
}

/** @param {import('node:stream').Readable} output its reports about its sockets, a line of JSON each */
async function portOf(output) {
  for await (const line of createInterface(output)) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') return Number(port);
  }
  return undefined;
}

/** @param {string} authority a certificate, as PEM */
function configuration(authority) {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker-bundle.mjs")],
      compatibilityDate = "${COMPATIBILITY_DATE}",
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (
      allow = ["local"],
      tlsOptions = (trustBrowserCas = false, trustedCertificates = [${JSON.stringify(authority)}]),
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}
