import { describe, expect, it } from 'vitest';
import { FAULT_PLANS, parseFaults } from '../../../src/emulator/index.js';

describe('parseFaults', () => {
  it.each(Object.entries(FAULT_PLANS))(
    'has the plan %s, which is valid JSON of valid faults',
    (name, plan) => {
      expect(parseFaults(` ${name} `)).toEqual(plan);
      expect(parseFaults(JSON.stringify(plan))).toEqual(plan);
    },
  );

  it('accepts one fault or a list', () => {
    const text = '{"kind":"reset","phase":"runtime","afterKeyframes":[1,9]}';
    expect(parseFaults(text)).toEqual([{ kind: 'reset', phase: 'runtime', afterKeyframes: [1, 9] }]);
    expect(parseFaults('[]')).toEqual([]);
  });

  it.each([
    [
      '',
      RangeError,
      'faults must be JSON or one of none, demo, chaos, flap, overload, rollingDeploy, deaf, got ""',
    ],
    ['toString', RangeError, 'got a string of 8 characters'],
    ['[{"kind":', SyntaxError, 'faults must be valid JSON: '],
    ['[1]', TypeError, 'faults[0] must be an object, got 1'],
    [
      '[{"kind":"explode","phase":"token"}]',
      RangeError,
      'faults[0].kind must be one of refuse, gatewayPage, reset',
    ],
    [
      '[{"kind":"garble","phase":"token"}]',
      RangeError,
      'faults[0].phase must be one of handshake, runtime, got a string of 5 characters',
    ],
    ['[{"kind":"refuse","phase":"token"}]', TypeError, 'faults[0].status must be a number, got undefined'],
    [
      '[{"kind":"refuse","phase":"token","status":99}]',
      RangeError,
      'status must be a whole number from 100 to 599, got 99',
    ],
    [
      '[{"kind":"reset","phase":"token","after":1}]',
      TypeError,
      'unknown option faults[0].after; known names: ',
    ],
    ['[{"kind":"reset","phase":"token","afterMs":1}]', TypeError, 'unknown option faults[0].afterMs'],
    ['[{"kind":"reset","phase":"runtime","afterMs":-1}]', RangeError, 'faults[0].afterMs must be'],
    [
      '[{"kind":"reset","phase":"runtime","afterKeyframes":[9,1]}]',
      RangeError,
      'must be at most faults[0].afterKeyframes[1], got 9 and 1',
    ],
    [
      '[{"kind":"reset","phase":"runtime","afterKeyframes":[9]}]',
      RangeError,
      'must be a number or [least, most], got 1 items',
    ],
    [
      '[{"kind":"reset","phase":"token","times":0}]',
      RangeError,
      'faults[0].times must be a whole number from 1',
    ],
    [
      '[{"kind":"reset","phase":"token","probability":2}]',
      RangeError,
      'faults[0].probability must be a finite number from 0 to 1, got 2',
    ],
    [
      '[{"kind":"close","phase":"runtime","code":1006}]',
      RangeError,
      'faults[0].code must be a close code that may be sent',
    ],
    [
      '[{"kind":"refuse","phase":"token","status":500,"headers":{"A B":"x"}}]',
      RangeError,
      'must have valid header names, got "A B"',
    ],
    [
      '[{"kind":"refuse","phase":"token","status":500,"headers":{"A":"x\\ny"}}]',
      RangeError,
      'must be Latin-1 text without control characters',
    ],
  ])('refuses %s', (text, errorClass, message) => {
    let thrown: unknown;
    try {
      parseFaults(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(errorClass);
    expect((thrown as Error).message).toContain(message);
  });
});
