/** When several addresses failed, the error of the first is reported. */
import { expect, it } from 'vitest';
import { singleError } from '../../../src/adapters/node/open-socket.js';

const first = new Error('ECONNREFUSED ::1');

it.each<[string, Error, Error]>([
  ['one error is reported unchanged', first, first],
  [
    'the first of several is reported',
    new AggregateError([first, new Error('ECONNREFUSED 127.0.0.1')]),
    first,
  ],
])('%s', (_name, error, reported) => {
  expect(singleError(error)).toBe(reported);
});

it.each([[[]], [['no error']]])('%j, which contains no error, is reported unchanged', (errors) => {
  const whole = new AggregateError(errors);
  expect(singleError(whole)).toBe(whole);
});

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['a text', 'no'],
  ['an object', {}],
  ['a Proxy of an error', new Proxy(new Error('no'), {})],
])('%s in place of an error becomes a TypeError', (_what, emitted) => {
  expect(singleError(emitted)).toMatchObject({
    name: 'TypeError',
    message: 'the socket failed, and gave no Error',
  });
});
