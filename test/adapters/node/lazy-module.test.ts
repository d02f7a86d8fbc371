import { afterEach, describe, expect, it } from 'vitest';
import { LazyModule } from '../../../src/adapters/node/lazy-module.js';

const failing = (cause: Error): LazyModule<object> =>
  new LazyModule('the package ws', () => Promise.reject(cause));

describe('a part of the package that is loaded on demand', () => {
  it('is loaded once, by the first call that needs it', async () => {
    let loads = 0;
    const part = new LazyModule('a part', () => Promise.resolve({ number: (loads += 1) }));
    expect(loads).toBe(0);
    const used = part.use(({ number }) => Promise.resolve(number));
    await part.load();
    expect(await used).toBe(1);
    expect(await part.use(({ number }) => Promise.resolve(number))).toBe(1);
    expect(part.load()).toBeUndefined();
    expect(loads).toBe(1);
  });

  it.each<[string, unknown, string]>([
    ['an Error', new Error("Cannot find package 'ws'"), "Cannot find package 'ws'"],
    ['a text', 'broken', 'broken'],
    ['undefined', undefined, 'it threw no Error'],
  ])('that throws %s fails each call with the same code and the reason', async (_what, cause, reason) => {
    const part = failing(cause as Error);
    const error = { code: 'ERR_MODULE_NOT_LOADED', message: `the package ws could not be loaded: ${reason}` };
    await expect(part.load()).rejects.toMatchObject(error);
    await expect(part.use(() => Promise.resolve())).rejects.toMatchObject(error);
  });
});

it('parts of the package are loaded one after the other, also after one that fails', async () => {
  const began: string[] = [];
  let fail: (error: Error) => void = () => undefined;
  const first = new LazyModule('the first', () => {
    began.push('first');
    return new Promise<object>((_resolve, reject) => (fail = reject));
  });
  const second = new LazyModule('the second', () => {
    began.push('second');
    return Promise.resolve({});
  });
  const [failed, loaded] = [first.load(), second.load()];
  await new Promise((resolve) => void setImmediate(resolve));
  expect(began).toEqual(['first']);
  fail(new Error('broken'));
  await expect(failed).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_LOADED' });
  await loaded;
  expect(began).toEqual(['first', 'second']);
});

describe('while Object.prototype is polluted', () => {
  const pollute = (name: string, descriptor: PropertyDescriptor): void =>
    void Object.defineProperty(Object.prototype, name, { ...descriptor, configurable: true });
  const names = ['source', 'get', 'signal', 'encoding', 'added'];
  afterEach(() => {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  });

  it.each<[string, string, PropertyDescriptor]>([
    ['a name that Node reads when it loads a module', 'source', { value: 'text', writable: true }],
    ['an option of the function that reads a module', 'signal', { value: 'text', writable: true }],
    ['another option of that function', 'encoding', { value: 'text', writable: true }],
    ['a name of a member of property descriptors', 'get', { value: () => undefined, writable: true }],
    ['an accessor', 'added', { get: () => undefined }],
    ['a constant', 'added', { value: 7 }],
  ])('by %s, loading is refused, and a call after the clean-up works', async (_what, name, descriptor) => {
    const part = new LazyModule('a part', () => Promise.resolve({ loaded: true }));
    pollute(name, descriptor);
    const loading = part.use(() => Promise.resolve('used')).catch((error: unknown) => error);
    Reflect.deleteProperty(Object.prototype, name);
    expect(await loading).toMatchObject({
      code: 'ERR_POLLUTED_PROTOTYPE',
      message: expect.stringContaining(`Object.prototype.${name} is set`) as string,
    });
    expect(await part.use(() => Promise.resolve('used'))).toBe('used');
  });

  it('by a writable value of any other name, the part is loaded', async () => {
    const part = new LazyModule('a part', () => Promise.resolve({ loaded: true }));
    pollute('added', { value: () => 'a polyfill', writable: true });
    expect(await part.use(() => Promise.resolve('used'))).toBe('used');
  });
});
