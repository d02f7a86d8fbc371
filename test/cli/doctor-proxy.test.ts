/** The doctor's line about a proxy in the environment that a session does not use. */
import { describe, expect, it } from 'vitest';
import { unusedProxy } from '../../src/cli/doctor-report.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { runCommand } from './fake-terminal.js';

describe('a proxy that the environment names', () => {
  const SECRET = 'http://user:pa55word@proxy.test:3128';
  const REAL = { AVATARKIT_API_KEY: 'key', AVATARKIT_APP_ID: 'app', AVATARKIT_AVATAR_ID: 'avatar' };
  const NOT_USED = 'is set, and not used: a session goes past it without the option agent';

  it('is reported as not used, without its value, at the connection of each endpoint', async () => {
    await using service = await AvatarEmulator.start();
    // Another name of this machine, to which a proxy would apply.
    const here = (url: string): string => url.replace('127.0.0.1', '0.0.0.0');
    const { out } = await runCommand(
      [
        'doctor',
        '--json',
        '--console-url',
        here(service.consoleEndpointUrl),
        '--ingress-url',
        here(service.ingressEndpointUrl),
      ],
      { ...REAL, HTTP_PROXY: SECRET },
    );
    const { steps } = JSON.parse(out) as { steps: { step: string; facts?: Record<string, unknown> }[] };
    for (const endpoint of ['console', 'ingress']) {
      const { facts } = steps.find(({ step }) => step === `${endpoint} connection`) ?? {};
      expect(facts?.['proxy']).toBe(`HTTP_PROXY ${NOT_USED}`);
    }
    expect(out).not.toContain('pa55word');
  });

  const SECURE = { name: 'console', isSecure: true, host: 'service.test', port: 443 } as const;
  it.each([
    ['with TLS, any of the variables', SECURE, 'https_proxy', true],
    ['with TLS, that of all schemes', SECURE, 'ALL_PROXY', true],
    ['without TLS, that of http', { ...SECURE, isSecure: false }, 'http_proxy', true],
    ['without TLS, not that of https', { ...SECURE, isSecure: false }, 'HTTPS_PROXY', false],
    ['to this machine, none', { ...SECURE, host: '127.0.0.1' }, 'https_proxy', false],
    ['to localhost, none', { ...SECURE, host: 'localhost' }, 'https_proxy', false],
  ])('%s', (_what, endpoint, variable, counts) => {
    expect(unusedProxy(endpoint, { [variable]: SECRET })).toBe(
      counts ? `${variable} ${NOT_USED}` : undefined,
    );
    expect(unusedProxy(endpoint, { [variable]: '' })).toBeUndefined();
  });
});
