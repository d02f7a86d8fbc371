/** All of `src/emulator`: the files that import network modules. */
import { describe, expect, it } from 'vitest';
import { importsOf } from '../parse-imports.js';
import { packageOf, readSource, sourceFiles } from '../source-imports.js';

describe('the emulator', () => {
  it('keeps its logic free of sockets: only the listed files import Node’s network modules and ws', () => {
    const bound = sourceFiles('src/emulator').filter((file) =>
      importsOf(file, readSource(file)).some(
        ({ target, specifier }) =>
          target === undefined && /^(node:(http|net|stream)|ws)$/.test(packageOf(specifier)),
      ),
    );
    expect(bound.map((file) => file.replace(/^src\/emulator\/(.*)\.ts$/, '$1')).toSorted()).toEqual([
      'http/loopback-server',
      'http/serve-http',
      'socket/ws-accepted-socket',
    ]);
  });
});
