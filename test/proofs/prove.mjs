// @ts-check
/**
 * Runs one proof by its name: `npm run prove -- NAME [words]`. A proof is a program of its own that needs more than the tests
 * may ask for; it prints a line for each case, `N right, N wrong` as its last line, and ends with an exit code.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** @type {Readonly<Record<string, { readonly file: string, readonly about: string, readonly env?: NodeJS.ProcessEnv }>>} */
const PROOFS = {
  proxies: {
    file: 'proxies/proxies.mjs',
    about: 'speaking sessions behind real nginx and haproxy, which are reloaded, killed, frozen, and worse',
    // Node reads it only when a process begins.
    env: { NODE_EXTRA_CA_CERTS: new URL('../support/tls/ca.pem', import.meta.url).pathname },
  },
};

const [name = '', ...words] = process.argv.slice(2);
const proof = Object.hasOwn(PROOFS, name) ? PROOFS[name] : undefined;
if (proof === undefined) {
  const known = Object.entries(PROOFS).map(([known, { about }]) => `  ${known}: ${about}`);
  process.stderr.write(`usage: npm run prove -- NAME [words of the cases to run]\n${known.join('\n')}\n`);
  process.exit(2);
}
const child = spawn(process.execPath, [new URL(proof.file, import.meta.url).pathname, ...words], {
  env: { ...process.env, ...proof.env },
  stdio: 'inherit',
});
// A proof ends what it has started, also when it is told to end itself.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => void child.kill(signal));
const ended = /** @type {(number | null)[]} */ (await once(child, 'exit'));
process.exit(ended[0] ?? 1);
