/** The face of the watched session beside its audio: the level of the audio, the animation received for it, and the places of recoveries. */
import type { JSX } from 'preact';
import { useCallback, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { drawFace, FACE_COLOURS } from '../face.js';
import { KEYFRAME_MS } from '../protocol.js';
import { LeadChart } from './charts.js';
import type { SpeechPlayer } from './speech-player.js';
import type { Store } from './store.js';
import { colour, useAnimation, useStore } from './use-store.js';
import { plural } from './words.js';

/** The shortest time that the waveform shows, milliseconds. */
const LEAST_SHOWN_MS = 4_000;
const LEAD_EVERY_MS = 200;
const LEAD_SAMPLES = 150;
/** The greatest length of a bar of the expression; a longer one is cut. */
const FULL_EXPRESSION = 1;

export function FacePanel({ store }: { readonly store: Store }): JSX.Element {
  useStore(store, 250);
  const { player } = store;
  const face = useRef<HTMLCanvasElement>(null);
  const wave = useRef<HTMLCanvasElement>(null);
  const lead = useRef({ atMs: 0, times: [] as number[], values: [] as number[] });
  const [leadData, setLead] = useState<uPlot.AlignedData>([[], []]);
  const draw = useCallback(
    (passedMs: number) => {
      player.advance(passedMs);
      if (face.current !== null) paintFace(face.current, player);
      if (wave.current !== null) paintWave(wave.current, player);
      const { times, values, atMs } = lead.current;
      const nowMs = Date.now();
      if (nowMs - atMs < LEAD_EVERY_MS || (!player.isPlaying && values.at(-1) === 0)) return;
      times.push(nowMs / 1_000);
      values.push(player.isPlaying ? player.aheadMs / 1_000 : 0);
      lead.current = { atMs: nowMs, times: times.slice(-LEAD_SAMPLES), values: values.slice(-LEAD_SAMPLES) };
      setLead([lead.current.times, lead.current.values]);
    },
    [player],
  );
  useAnimation(draw);
  const { speech } = player;
  const recoveries = speech?.recoveries ?? [];
  const seconds = (index: number): string => `${((index * KEYFRAME_MS) / 1_000).toFixed(2)} s`;
  const marks = recoveries.map((index) => `recovery at ${seconds(index)}`);
  return (
    <section class="card face-card" aria-labelledby="face-title">
      <header>
        <h3 id="face-title">Face and voice</h3>
        {player.speeches.length > 1 && (
          <label class="picker">
            Utterance{' '}
            <select value={speech?.reqId} onChange={(event) => player.choose(event.currentTarget.value)}>
              {player.speeches.map(({ reqId }) => (
                <option key={reqId} value={reqId}>
                  {reqId.slice(-12)}
                </option>
              ))}
            </select>
          </label>
        )}
      </header>
      <div class="stage">
        <canvas
          ref={face}
          class={speech === undefined ? 'face empty' : 'face'}
          role="img"
          aria-label="The head, drawn from the keyframes: jaw, lids, gaze, pose"
        />
        <div class="voice">
          <canvas
            ref={wave}
            class="wave"
            role="img"
            aria-label={`Loudness of the audio. ${marks.length === 0 ? 'No recovery.' : `${marks.join(', ')}.`}`}
            onClick={(event) => {
              const { left, width } = event.currentTarget.getBoundingClientRect();
              player.seek(((event.clientX - left) / width) * shownMs(player));
            }}
          />
          <div class="controls">
            <button type="button" disabled={speech === undefined} onClick={() => player.toggle()}>
              {player.isPlaying ? 'Pause' : 'Play'}
            </button>
            <input
              type="range"
              aria-label="Position"
              min={0}
              max={Math.max(player.availableMs, 1)}
              step={KEYFRAME_MS}
              value={player.positionMs}
              disabled={speech === undefined}
              onInput={(event) => player.seek(Number(event.currentTarget.value))}
            />
            <output>
              {(player.positionMs / 1_000).toFixed(1)} / {(player.availableMs / 1_000).toFixed(1)} s
            </output>
          </div>
          <p class="caption">
            {speech === undefined
              ? 'The next words of this session appear here.'
              : [
                  plural(speech.keyframes.length, 'keyframe'),
                  ...(marks.length > 0 ? [marks.slice(-3).join(', ')] : []),
                  ...(player.isStalled ? ['waits for keyframes'] : []),
                  ...(speech.stalls.length > 0
                    ? [
                        `stood still ${speech.stalls.map(({ durationMs }) => `${Math.round(durationMs)} ms`).join(', ')}`,
                      ]
                    : []),
                ].join(' · ')}
          </p>
        </div>
      </div>
      {speech !== undefined && (
        <>
          <h4>Expression, the first {player.expression().length} coefficients</h4>
          <div class="expression" aria-hidden="true">
            {player.expression().map((value, at) => {
              const part = Math.min(Math.max(value / FULL_EXPRESSION, -1), 1);
              return <i key={at} class={part < 0 ? 'down' : ''} style={{ '--part': Math.abs(part) }} />;
            })}
          </div>
          <h4>Animation ahead of playback</h4>
          <LeadChart data={leadData} />
        </>
      )}
    </section>
  );
}

/** Makes the canvas as sharp as the screen, and gives its context with a unit of one CSS pixel. */
function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D | undefined {
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  const { clientWidth, clientHeight } = canvas;
  const width = Math.round(clientWidth * devicePixelRatio);
  const height = Math.round(clientHeight * devicePixelRatio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, clientWidth, clientHeight);
  return context;
}

function paintFace(canvas: HTMLCanvasElement, player: SpeechPlayer): void {
  const context = contextOf(canvas);
  if (context === undefined) return;
  const pose = player.pose();
  const colours = {
    ...FACE_COLOURS,
    line: colour('face-line'),
    hair: colour('face-hair'),
    shade: colour('face-shade'),
  };
  const box = { x: 0, y: 0, width: canvas.clientWidth, height: canvas.clientHeight };
  drawFace(context, pose ?? {}, box, colours);
}

function shownMs({ availableMs, speech }: SpeechPlayer): number {
  return Math.max(availableMs, (speech?.levels.length ?? 0) * KEYFRAME_MS, LEAST_SHOWN_MS);
}

function paintWave(canvas: HTMLCanvasElement, player: SpeechPlayer): void {
  const context = contextOf(canvas);
  if (context === undefined) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const { speech } = player;
  const all = shownMs(player) / KEYFRAME_MS;
  const middle = height / 2;
  context.fillStyle = colour('line');
  context.fillRect(0, middle, width, 1);
  if (speech === undefined) return;
  const step = width / all;
  const loudest = Math.max(0.25, ...speech.levels);
  const [come, due, played] = [colour('accent'), colour('faint'), colour('accent-strong')];
  // Without levels of the audio, for Ogg Opus for instance, the opening of the jaw is drawn instead.
  const count = Math.max(speech.levels.length, speech.keyframes.length);
  for (let at = 0; at < count; at += 1) {
    const isThere = speech.keyframes[at] !== undefined;
    const isPlayed = at * KEYFRAME_MS < player.positionMs;
    const level =
      speech.levels[at] ?? (speech.levels.length > 0 ? 0 : Math.abs(speech.keyframes[at]?.[9] ?? 0));
    const half = Math.max((level / loudest) * (middle - 14), 1);
    context.fillStyle = isThere ? (isPlayed ? played : come) : due;
    context.fillRect(at * step, middle - half, Math.max(step * 0.7, 1), 2 * half);
  }
  context.font = '11px system-ui, sans-serif';
  for (const index of speech.recoveries) {
    const x = index * step;
    context.fillStyle = colour('waiting');
    context.fillRect(x - 1, 0, 2, height);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x + 10, 5);
    context.lineTo(x, 10);
    context.fill();
    context.fillStyle = colour('text');
    context.textAlign = x > width - 80 ? 'right' : 'left';
    context.fillText('recovery', x > width - 80 ? x - 5 : x + 13, 10);
  }
  const x = (player.positionMs / KEYFRAME_MS) * step;
  context.fillStyle = colour('text');
  context.fillRect(Math.min(x, width - 2), 12, 2, height - 12);
}
