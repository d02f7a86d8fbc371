/**
 * Which requests the inspector's server answers: those with the token, with a host name of this machine. And
 * what its headers forbid the page.
 */
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startInspector } from '../../src/inspector/index.js';
import type { Inspector, InspectorOptions } from '../../src/inspector/index.js';

const open: Inspector[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((inspector) => inspector.close()));
});

async function start(options?: InspectorOptions): Promise<Inspector> {
  const inspector = await startInspector(options);
  open.push(inspector);
  return inspector;
}

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function ask(
  { url }: Inspector,
  { path = '', method = 'GET', headers = {}, body }: Asked = {},
): Promise<{ readonly status: number | undefined; readonly headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    request(new URL(path, url), { method, headers }, (response) => {
      response.destroy();
      resolve({ status: response.statusCode, headers: response.headers });
    })
      .on('error', reject)
      .end(body);
  });
}

describe('the inspector answers', () => {
  it('no request without its token', async () => {
    const inspector = await start();
    expect(new URL(inspector.url).pathname).toMatch(/^\/[\w-]{32}\/$/);
    for (const path of ['/', '/wrong/', '/wrong/events', `/${'a'.repeat(32)}/`])
      expect((await ask(inspector, { path })).status, path).toBe(403);
    expect((await ask(inspector, { path: 'events' })).status).toBe(200);
  });

  it('no request for another host name, and none from a page of another origin', async () => {
    const inspector = await start();
    const { port } = new URL(inspector.url);
    const from = async (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      (await ask(inspector, { path: 'events', headers })).status;
    expect(await from({ Host: `attacker.example:${port}` })).toBe(403);
    expect(await from({ Host: `127.0.0.1.attacker.example:${port}` })).toBe(403);
    expect(await from({ Host: `localhost:${port}` })).toBe(200);
    expect(await from({ Host: `[::1]:${port}` })).toBe(200);
    expect(await from({ Origin: 'https://attacker.example' })).toBe(403);
    expect(await from({ Origin: 'null' })).toBe(403);
    expect(await from({ Origin: `http://127.0.0.1:${port}` })).toBe(200);
  });

  it('with a policy that lets the page load nothing from another host', async () => {
    const inspector = await start();
    for (const path of ['', 'events', 'nothing', '/wrong/']) {
      const { headers } = await ask(inspector, { path });
      expect(headers['content-security-policy'], path).toContain("default-src 'none'");
      expect(headers['content-security-policy'], path).not.toMatch(/https?:|\*|unsafe/);
      expect(headers['referrer-policy'], path).toBe('no-referrer');
    }
  });

  it('an invalid request with 4xx, and continues', async () => {
    const inspector = await start();
    const status = async (asked: Asked): Promise<number | undefined> => (await ask(inspector, asked)).status;
    expect(await status({ path: 'page.tsx' })).toBe(404);
    expect(await status({ path: '../../package.json' })).toBe(403);
    expect(await status({ method: 'DELETE' })).toBe(405);
    expect(await status({ path: 'watch', method: 'POST', body: '{' })).toBe(400);
    expect(await status({ path: 'watch', method: 'POST', body: '{"stream":"x","session":null}' })).toBe(404);
    expect(await status({ path: 'watch', method: 'POST', body: 'x'.repeat(5_000) })).toBe(413);
    expect(await status({ path: 'events' })).toBe(200);
  });

  it('again on the same URL, if port and token are given', async () => {
    const token = 'a-token-of-a-developer';
    const first = await start({ token });
    const { port } = new URL(first.url);
    await first.close();
    await first.close();
    expect((await start({ token, port: Number(port) })).url).toBe(first.url);
  });

  it('not at all with wrong options, or on a port in use', async () => {
    await expect(startInspector({ port: 70_000 })).rejects.toThrow(RangeError);
    await expect(startInspector({ token: 'short' })).rejects.toThrow('16 to 128');
    await expect(startInspector({ hots: 'x' } as InspectorOptions)).rejects.toThrow(TypeError);
    const { port } = new URL((await start()).url);
    await expect(startInspector({ port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
