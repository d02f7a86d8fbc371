/** Timers as Node has them: objects with `ref` and `unref`, and `setImmediate`. */

const ofBrowser = {
  setTimeout: globalThis.setTimeout.bind(globalThis),
  setInterval: globalThis.setInterval.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
};

class BrowserTimer {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }

  /** A page does not stay open for a timer. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

type Known = BrowserTimer | number | undefined;

export function setTimeout(callback: () => void, delayMs?: number): BrowserTimer {
  return new BrowserTimer(Number(ofBrowser.setTimeout(callback, delayMs)));
}

export function setInterval(callback: () => void, everyMs?: number): BrowserTimer {
  return new BrowserTimer(Number(ofBrowser.setInterval(callback, everyMs)));
}

export function clearTimeout(timer: Known): void {
  ofBrowser.clearTimeout(timer instanceof BrowserTimer ? timer.id : timer);
}

export const clearInterval = clearTimeout;

const turns = new MessageChannel();
const due: (() => void)[] = [];
turns.port1.onmessage = () => due.shift()?.();

/** After what is due in this turn of the event loop, and without the delay that a browser gives nested timers. */
export function setImmediate(callback: () => void): void {
  due.push(callback);
  turns.port2.postMessage(null);
}
