import { expect, it } from 'vitest';
import { deepFreeze } from '../../../src/core/option/plain-object.js';

it('freezes a tree of objects and arrays all the way down, and returns it', () => {
  const tree = { name: 'a', list: [{ deep: { value: 1 } }], nothing: null };
  expect(deepFreeze(tree)).toBe(tree);
  expect(() => Object.assign(tree, { name: 'b' })).toThrow(TypeError);
  expect(() => tree.list.push({ deep: { value: 2 } })).toThrow(TypeError);
  expect(() => Object.assign(tree.list[0]?.deep ?? {}, { value: 2 })).toThrow(TypeError);
});

it('freezes the content of an object that is frozen already', () => {
  const inner = { value: 1 };
  deepFreeze(Object.freeze({ inner }));
  expect(() => Object.assign(inner, { value: 2 })).toThrow(TypeError);
});

it.each([undefined, null, 0, false, 'text'])('leaves %s unchanged', (value) => {
  expect(deepFreeze(value)).toBe(value);
});
