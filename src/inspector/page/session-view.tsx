/** One session: what it does now and why, its face, its timeline, its utterances, its failures with what to do, and its log. */
import type { ComponentChildren, JSX } from 'preact';
import type { SessionEventView, SessionRow, UtteranceView } from '../protocol.js';
import { FacePanel } from './face-panel.js';
import type { Store } from './store.js';
import { Timeline } from './timeline.js';
import { useStore } from './use-store.js';
import { age, bytes, clockTime, conditionOf, duration, plural, summary } from './words.js';

const LOG_LINES = 200;
const FAILURES = 5;

export function SessionView({ store }: { readonly store: Store }): JSX.Element {
  useStore(store, 250);
  const { row, nowMs, events, utterances } = store;
  if (row === undefined) {
    return (
      <section class="view nothing" aria-label="Session">
        <p>Choose a session to see its face, its timeline and its errors.</p>
        <p>
          <kbd>↑</kbd> <kbd>↓</kbd> move in the list, <kbd>Enter</kbd> goes to the session, <kbd>/</kbd>{' '}
          finds, <kbd>Esc</kbd> goes back.
        </p>
      </section>
    );
  }
  const condition = conditionOf(row);
  return (
    <section id="session" class="view" tabIndex={-1} aria-labelledby="session-title">
      <header class={`title ${condition}`}>
        <button type="button" class="back" onClick={() => store.select(undefined)}>
          ← Sessions
        </button>
        <span class="sign" aria-hidden="true" />
        <h2 id="session-title">{row.id}</h2>
        <p>
          <strong>{summary(row, nowMs)}</strong>
          {row.reason !== '' && <span class="reason"> · {row.reason}</span>}
        </p>
      </header>
      {row.nextAtMs !== null && row.nextWhy !== '' && <Next row={row} nowMs={nowMs} />}
      <Facts row={row} nowMs={nowMs} />
      <FacePanel store={store} />
      <section class="card" aria-labelledby="timeline-title">
        <h3 id="timeline-title">Timeline</h3>
        <Timeline row={row} nowMs={nowMs} events={events} utterances={utterances} />
      </section>
      <Failures events={events} />
      <Utterances utterances={utterances} nowMs={nowMs} />
      <Log events={events} />
    </section>
  );
}

function Next({ row, nowMs }: { readonly row: SessionRow; readonly nowMs: number }): JSX.Element {
  const leftMs = Math.max((row.nextAtMs ?? nowMs) - nowMs, 0);
  return (
    <p class="next" role="status">
      <b>Attempt {row.attempt}</b> {leftMs > 0 ? `in ${duration(leftMs)}` : 'is due'}
      <span> {row.nextWhy}</span>
    </p>
  );
}

function Facts({ row, nowMs }: { readonly row: SessionRow; readonly nowMs: number }): JSX.Element {
  const { outageSinceMs, maxElapsedMs, maxAttempts, endedMs } = row;
  const outageMs = outageSinceMs === null ? 0 : nowMs - outageSinceMs;
  return (
    <dl class="facts">
      <Fact name="In this state">{age((endedMs ?? nowMs) - row.sinceMs)}</Fact>
      <Fact name="Endpoint">{row.endpoint}</Fact>
      <Fact name="Connection">{row.connectionId === '' ? 'none' : row.connectionId}</Fact>
      <Fact name="Avatar">{row.avatarId}</Fact>
      <Fact
        name="This outage"
        part={maxElapsedMs === null || outageSinceMs === null ? undefined : outageMs / maxElapsedMs}
      >
        {outageSinceMs === null ? 'none' : duration(outageMs)}
        {maxElapsedMs !== null && outageSinceMs !== null && (
          <small> of at most {duration(maxElapsedMs)}</small>
        )}
      </Fact>
      <Fact name="Attempts of it" part={maxAttempts === null ? undefined : row.attempt / maxAttempts}>
        {row.attempt === 0 ? 'none' : row.attempt}
        <small> {maxAttempts === null ? 'no limit' : `of at most ${maxAttempts}`}</small>
      </Fact>
      <Fact name="Gate">{row.gate === '' ? 'open' : row.gate}</Fact>
      {row.fleetId !== '' && (
        <Fact name="Place in the fleet">
          {row.hasLease ? 'has a lease' : 'no lease'}
          <small> · {row.fleetId.slice(0, 8)}</small>
        </Fact>
      )}
      <Fact
        name="Audio kept for a re-send"
        part={row.maxKeptBytes === 0 ? undefined : row.keptBytes / row.maxKeptBytes}
      >
        {bytes(row.keptBytes)}
        <small> of {bytes(row.maxKeptBytes)}</small>
      </Fact>
      <Fact name="Utterances">
        {row.delivered} delivered
        <small>
          {' '}
          · {row.speaking} in flight · {row.lost} lost
        </small>
      </Fact>
      <Fact name="Outages so far">
        {row.outages}
        <small> · {duration(row.outageMs)} in all</small>
      </Fact>
      <Fact name="Keyframes">{row.keyframes.toLocaleString('en')}</Fact>
      <Fact name="Errors">
        {row.errors}
        {row.lastCode !== '' && <small> · {row.lastCode}</small>}
      </Fact>
    </dl>
  );
}

interface FactProps {
  readonly name: string;
  /** The used part of the limit, 0 to 1. */
  readonly part?: number | undefined;
  readonly children: ComponentChildren;
}

function Fact({ name, part, children }: FactProps): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
      {part !== undefined && (
        <dd class="meter" aria-hidden="true">
          <i style={{ width: `${Math.min(part, 1) * 100}%` }} />
        </dd>
      )}
    </div>
  );
}

function Failures({ events }: { readonly events: readonly SessionEventView[] }): JSX.Element | null {
  const failures = events
    .filter(({ kind }) => kind === 'failure')
    .slice(-FAILURES)
    .reverse();
  if (failures.length === 0) return null;
  return (
    <section class="card" aria-labelledby="failures-title">
      <h3 id="failures-title">Failures, and what to do</h3>
      <ul class="failures">
        {failures.map(({ seq, atMs, name, text, remedy }) => (
          <li key={seq}>
            <b>{name}</b> <time>{clockTime(atMs)}</time>
            <p>{text}</p>
            {remedy !== undefined && <p class="remedy">{remedy}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface UtterancesProps {
  readonly utterances: readonly UtteranceView[];
  readonly nowMs: number;
}

function Utterances({ utterances, nowMs }: UtterancesProps): JSX.Element | null {
  if (utterances.length === 0) return null;
  return (
    <section class="card" aria-labelledby="utterances-title">
      <h3 id="utterances-title">Utterances</h3>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="utterances-title">
        <table>
          <thead>
            <tr>
              <th scope="col">Utterance</th>
              <th scope="col">State</th>
              <th scope="col">Audio</th>
              <th scope="col">Keyframes</th>
              <th scope="col">Heard</th>
              <th scope="col">Sent again</th>
              <th scope="col">Longest gap</th>
              <th scope="col">Began</th>
            </tr>
          </thead>
          <tbody>
            {[...utterances].reverse().map((one) => (
              <tr key={one.reqId}>
                <td>{one.label === '' ? one.reqId.slice(-12) : one.label}</td>
                <td>
                  <span
                    class={`pill ${one.outcome === '' ? 'dialling' : one.outcome === 'failed' ? 'failed' : 'connected'}`}
                  >
                    {one.outcome === '' ? one.stage : one.outcome}
                  </span>
                </td>
                <td>{one.writtenMs === 0 ? '–' : duration(one.writtenMs)}</td>
                <td>{one.keyframes}</td>
                <td>{duration(one.positionMs)}</td>
                <td>{one.replays === 0 ? '–' : `${one.replays} ×`}</td>
                <td>{one.gapMs < 100 ? '–' : duration(one.gapMs)}</td>
                <td>{age(nowMs - one.firstMs)} ago</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Log({ events }: { readonly events: readonly SessionEventView[] }): JSX.Element {
  const shown = events.slice(-LOG_LINES).reverse();
  return (
    <section class="card" aria-labelledby="log-title">
      <h3 id="log-title">
        Log <small>{plural(events.length, 'entry', 'entries')}, the newest first</small>
      </h3>
      <div class="scroll log" tabIndex={0} role="region" aria-labelledby="log-title">
        <table>
          <tbody>
            {shown.map(({ seq, atMs, kind, name, text, durationMs }) => (
              <tr key={seq} class={kind}>
                <td class="time">{clockTime(atMs)}</td>
                <td class="kind">{kind === 'retry' || kind === 'recovered' ? kind : name}</td>
                <td>
                  {text}
                  {durationMs !== undefined && <b> {duration(durationMs)}</b>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
