import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readErrorBody } from '../../../src/core/failure/error-body.js';

describe('the shapes of an error body', () => {
  it.each([
    [
      'A: errors',
      '{"errors":[{"id":"e","status":"403","code":"C","title":"T","detail":"D"}]}',
      { shape: 'A', serverCode: 'C', serverTitle: 'T', serverDetail: 'D', requestId: 'e', status: 403 },
    ],
    [
      'A: a message together with title and detail is kept for the text rules',
      '{"errors":[{"title":"T","detail":"D","message":"M"}]}',
      { shape: 'A', serverTitle: 'T', serverDetail: 'D', furtherWords: 'M' },
    ],
    [
      'A: a message together with only a detail is the title',
      '{"errors":[{"detail":"D","message":"M"}]}',
      { shape: 'A', serverTitle: 'M', serverDetail: 'D' },
    ],
    ['A: the only message is the detail', '{"errors":[{"message":"M"}]}', { shape: 'A', serverDetail: 'M' }],
    ['A: a number as code', '{"errors":[{"code":4001}]}', { shape: 'A', serverCode: '4001' }],
    [
      'A: only a title and a message',
      '{"errors":[{"title":"T","message":"M"}]}',
      { shape: 'A', serverTitle: 'T', serverDetail: 'M' },
    ],
    [
      'A: the other spelling of a request id',
      '{"errors":[{"title":"T","requestId":"r"}]}',
      { shape: 'A', serverTitle: 'T', requestId: 'r' },
    ],
    [
      'A: a status that is too long',
      '{"errors":[{"title":"T","status":"1404"}]}',
      { shape: 'A', serverTitle: 'T' },
    ],
    [
      'A: a status with further characters',
      '{"errors":[{"title":"T","status":"404x"}]}',
      { shape: 'A', serverTitle: 'T' },
    ],
    ['D: a number as error', '{"errors":[7]}', { shape: 'D' }],
    ['D: a sentence with brackets in it', 'a < b', { shape: 'D', serverDetail: 'a < b' }],
    ['A: a text as error', '{"errors":["M"]}', { shape: 'A', serverDetail: 'M' }],
    ['B: message', '{"message":"M"}', { shape: 'B', serverDetail: 'M' }],
    ['B: message and code', '{"code":16,"message":"M"}', { shape: 'B', serverCode: '16', serverDetail: 'M' }],
    [
      'C: error object',
      '{"error":{"code":"C","message":"M","request_id":"r"}}',
      { shape: 'C', serverCode: 'C', serverDetail: 'M', requestId: 'r' },
    ],
    ['C: error as text', '{"error":"M"}', { shape: 'C', serverDetail: 'M' }],
    [
      'C: error as text beside a message',
      '{"error":"T","message":"M"}',
      { shape: 'C', serverTitle: 'T', serverDetail: 'M' },
    ],
    ['D: empty', '', { shape: 'D' }],
    ['D: a page', '<!doctype html><h1>502 Bad Gateway</h1>', { shape: 'D' }],
    [
      'D: a plain sentence',
      ' upstream connect error \n',
      { shape: 'D', serverDetail: 'upstream connect error' },
    ],
    ['D: a JSON text', '"Invalid session token"', { shape: 'D', serverDetail: 'Invalid session token' }],
    ['D: JSON cut off by the reader', '{"message":"M', { shape: 'D' }],
    ['D: an unrelated object', '{"data":{"message":"M"}}', { shape: 'D' }],
  ])('%s', (_name, body, expected) => {
    expect(readErrorBody(body)).toStrictEqual(expected);
  });

  it.each([
    ['503', 503],
    [503, 503],
    [' 503 ', 503],
    ['5e2', undefined],
    [99, undefined],
    [1000, undefined],
    [503.5, undefined],
    [true, undefined],
    [{ code: 503 }, undefined],
  ])('status %j is read as %s', (status, expected) => {
    expect(readErrorBody(JSON.stringify({ errors: [{ status }] })).status).toBe(expected);
  });
});

describe('a hostile body', () => {
  it.each([
    'null',
    'true',
    '12',
    '[]',
    '[{"message":"M"}]',
    '{"errors":[]}',
    '{"errors":null}',
    '{"errors":{"0":{"message":"M"}}}',
    '{"errors":[null]}',
    '{"error":null}',
    '{"error":[]}',
    '{"message":{"text":"M"}}',
    '{"message":["M"]}',
    '{"message":"  "}',
    '{"code":null,"message":null}',
    '{"code":1e999}',
    '{"__proto__":{"message":"M","code":"C"}}',
    '{"error":{"__proto__":{"message":"M"}}}',
    '{"constructor":{"message":"M"}}',
  ])('%s contains no words', (body) => {
    const { shape, ...rest } = readErrorBody(body);
    expect(['A', 'C', 'D']).toContain(shape);
    expect(rest).toEqual({});
  });

  it('of 1 MiB, or nested a hundred thousand deep, is read without throwing', () => {
    expect(readErrorBody(JSON.stringify({ message: 'x'.repeat(1_048_576) })).serverDetail).toHaveLength(
      1_048_576,
    );
    expect(readErrorBody('['.repeat(100_000))).toEqual({ shape: 'D' });
    expect(readErrorBody('{"error":'.repeat(100_000))).toEqual({ shape: 'D' });
  });

  it('never becomes [object Object], for any JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom('errors', 'error', 'message', ''), fc.jsonValue(), (name, value) => {
        const body = JSON.stringify(name === '' ? value : { [name]: name === 'errors' ? [value] : value });
        for (const text of Object.values(readErrorBody(body))) expect(String(text)).not.toContain('[object');
      }),
    );
  });
});
