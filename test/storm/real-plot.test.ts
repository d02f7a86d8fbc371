/** The plot with the real chart library: its visible content. */
import { describe, expect, it } from 'vitest';
import { runStorm } from '../../src/storm/run-storm.js';
import { STORM } from '../../src/storm/storm-scenario.js';
import { stormSvg } from '../../src/storm/storm-svg.js';

const scenario = { ...STORM, processes: 2, sessionsPerProcess: 10, untilMs: 60_000 };

describe('the plot as it is drawn', () => {
  it('is one document without requests, with a title per panel and a legend, the product in its colour', async () => {
    const svg = await stormSvg(runStorm({ seed: 3, scenario }).courses, scenario);
    expect(svg).toMatch(/^<svg width="1120" height="640" [^]*<\/svg>$/);
    expect(svg).not.toMatch(/<script|<image|href=|@import/);
    const words = [...svg.matchAll(/<text [^>]*>([^<]+)</g)].map((match) => match[1] ?? '');
    for (const [word, times] of [
      ['dials per second, a service that sheds', 1],
      ['dials per second, a service that queues', 1],
      ['sessions recovered, a service that sheds', 1],
      ['sessions recovered, a service that queues', 1],
      ['service is back', 4],
      ['avatarkit-session', 1],
      ['socket.io', 1],
    ] as const) {
      expect([word, words.filter((one) => one === word).length]).toEqual([word, times]);
    }
    // Four thick lines, one per panel.
    expect(svg.match(/stroke="#0072b2" stroke-width="3\.5"/g)).toHaveLength(4);
  });
});
