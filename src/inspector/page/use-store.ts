/** Connects the store, and the elapsed time, to the drawing of components. */
import { useEffect, useReducer } from 'preact/hooks';
import type { Store } from './store.js';

/** Draws the component again when the store has changed, and every `everyMs` for displayed durations. */
export function useStore(store: Store, everyMs = 0): void {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  useEffect(() => store.subscribe(() => redraw(undefined)), [store]);
  useEffect(() => {
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => redraw(undefined), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

/** Calls `draw` for each frame of the browser, with the milliseconds since the previous one. */
export function useAnimation(draw: (passedMs: number) => void): void {
  useEffect(() => {
    let latestMs = performance.now();
    let request = requestAnimationFrame(function next(nowMs) {
      draw(nowMs - latestMs);
      latestMs = nowMs;
      request = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(request);
  }, [draw]);
}

/** The value of a colour of the style sheet, for drawing on a canvas. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
