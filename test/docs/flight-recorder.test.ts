/**
 * The page about the flight recorder has a row for each kind of line, with the description of the published
 * schema.
 */
import { describe, expect, it } from 'vitest';
import { flightRecordSchema } from '../../src/recorder/flight-record.js';
import { readSource } from '../source-imports.js';

const PAGE = readSource('docs/flight-recorder.md');

interface Variant {
  readonly properties: { readonly kind: { readonly const: string } };
}

describe('docs/flight-recorder', () => {
  it('has a row for each kind of line', () => {
    const kinds = (flightRecordSchema()['oneOf'] as Variant[]).map(({ properties }) => properties.kind.const);
    const [, lines = ''] = PAGE.split('## Lines');
    const rows = [...lines.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
    expect([...rows].sort()).toEqual([...kinds].sort());
  });

  it('describes the published schema', () => {
    expect(JSON.parse(readSource('dist/flight-record.schema.json'))).toEqual(flightRecordSchema());
  });
});
