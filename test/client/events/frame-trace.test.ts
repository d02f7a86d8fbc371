/** The trace context of frames: the one that the embedded service sends, and the one after a recovery. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { AvatarSession } from '../../../src/index.js';
import type { Frame, TraceContext } from '../../../src/index.js';
import { Frame as MadeFrame } from '../../../src/client/events/session-events.js';
import { decodeTraceContext } from '../../../src/wire/trace-context.js';
import { goldenBytes } from '../../wire/golden/golden-bytes.js';
import { trimLeadingKeyframes } from '../../../src/wire/edit-animation.js';
import { envelope, field } from '../../wire/wire-bytes.js';

const TRACE: TraceContext = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=value',
};
/** Two seconds of audio at 16 kHz. */
const AUDIO = new Uint8Array(64_000);

describe('the trace context of a frame', () => {
  it('is that of its request, on every frame, also on those that were cut after a re-send', async () => {
    await using service = await AvatarEmulator.start({
      faults: [{ kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 15 }],
    });
    const frames: Frame[] = [];
    const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
    await using session = new AvatarSession({
      ...credentials,
      consoleEndpointUrl,
      ingressEndpointUrl,
      onFrame: (frame) => frames.push(frame),
    });
    await session.start();
    const { keyframes, outcome } = await session.speak(AUDIO, { traceContext: TRACE }).finished;
    expect([keyframes, outcome]).toEqual([50, 'replayed']);
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames) expect(frame.traceContext).toEqual(TRACE);
    frames.length = 0;
    await session.speak(AUDIO).finished;
    for (const frame of frames) expect(frame.traceContext).toBeUndefined();
  });

  it('is kept when leading keyframes are removed', () => {
    const traced = goldenBytes('server-animation-traced');
    expect(decodeTraceContext(trimLeadingKeyframes(traced, 1))).toEqual(TRACE);
    expect(new MadeFrame('req', false, 0, traced).traceContext).toEqual(TRACE);
  });

  it.each([
    ['that is too long', field(6, field(1, 'x'.repeat(2_000)))],
    ['that is not a message', field(6, '\u0001\u0002\u0003')],
  ])('is undefined for one %s, and the keyframes are still delivered', (_what, broken) => {
    const frame = new MadeFrame('req', false, 0, envelope(5, [...field(2, 'req'), ...broken]));
    expect(frame.traceContext).toBeUndefined();
    expect(frame.keyframes).toEqual([]);
  });
});
