/** The fleets of the sessions: how many places are taken at each endpoint, who has them, and which sessions of this process wait, and why. */
import type { JSX } from 'preact';
import type { FleetEndpointView, FleetLeaseView, FleetView, SessionRow } from '../protocol.js';
import type { Store } from './store.js';
import { useStore } from './use-store.js';
import { age, duration, plural } from './words.js';

const SOURCES: Readonly<Record<FleetView['source'], string>> = {
  fleet: '',
  unlisted: 'the coordinator can’t list: only this process is shown',
  silent: 'the coordinator does not answer: only this process is shown',
};

/** Renders nothing if no session has a coordinator. */
export function FleetPanel({ store }: { readonly store: Store }): JSX.Element | null {
  useStore(store, 500);
  if (store.fleets.length === 0) return null;
  const waiting = [...store.rows.values()].filter(({ fleetId, gate }) => fleetId !== '' && gate !== '');
  return (
    <section class="fleet" aria-labelledby="fleet-title">
      <h2 id="fleet-title">Fleet</h2>
      {store.fleets.map(({ source, endpoints }, at) => (
        <div key={at}>
          {source !== 'fleet' && <p class="warning">{SOURCES[source]}</p>}
          {endpoints.map((endpoint) => (
            <Endpoint key={endpoint.endpoint} endpoint={endpoint} store={store} />
          ))}
        </div>
      ))}
      {waiting.length > 0 && <Waiting rows={waiting} store={store} />}
    </section>
  );
}

interface EndpointProps {
  readonly endpoint: FleetEndpointView;
  readonly store: Store;
}

function Endpoint({ endpoint: view, store }: EndpointProps): JSX.Element {
  const { endpoint, held, workers, waiting, leases } = view;
  const others = held - leases.length;
  return (
    <details open>
      <summary>
        <b>{plural(held, 'lease')}</b>
        {workers !== null && ` of ${plural(workers, 'process', 'processes')}`}
        {waiting !== null && waiting > 0 && ` · ${waiting} wait`}
        <span class="where">{endpoint}</span>
        {troubleOf(view, store.nowMs) !== '' && <span class="warning">{troubleOf(view, store.nowMs)}</span>}
      </summary>
      {leases.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={`Leases at ${endpoint}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Session</th>
                <th scope="col">Process</th>
                <th scope="col">Ends in</th>
              </tr>
            </thead>
            <tbody>
              {leases.map((lease) => (
                <Lease key={`${lease.account} ${lease.fleetId}`} lease={lease} store={store} />
              ))}
            </tbody>
          </table>
          {others > 0 && <p>{plural(others, 'more')}</p>}
        </div>
      )}
    </details>
  );
}

function troubleOf({ down, probedBy, waitUntilMs }: FleetEndpointView, nowMs: number): string {
  const wait =
    waitUntilMs === null || waitUntilMs <= nowMs
      ? ''
      : `the service asked all to wait for ${age(waitUntilMs - nowMs)}`;
  const probe = probedBy === '' ? 'down; the next probe is due' : `down; ${probedBy.slice(0, 8)} probes it`;
  return [down ? probe : '', wait].filter((text) => text !== '').join('; ');
}

interface LeaseProps {
  readonly lease: FleetLeaseView;
  readonly store: Store;
}

function Lease({ lease, store }: LeaseProps): JSX.Element {
  const { fleetId, session, worker, account, endsAtMs } = lease;
  return (
    <tr class={session === '' ? '' : 'own'} title={`${fleetId}, appId ${account}`}>
      <td>
        {session === '' ? (
          fleetId.slice(0, 8)
        ) : (
          <button type="button" class="go" onClick={() => store.select(session)}>
            {session.slice(0, 8)}
          </button>
        )}
      </td>
      <td>{session === '' ? worker : 'this process'}</td>
      <td class="time">{endsAtMs === null ? '' : duration(Math.max(endsAtMs - store.nowMs, 0))}</td>
    </tr>
  );
}

interface WaitingProps {
  readonly rows: readonly SessionRow[];
  readonly store: Store;
}

const MOST_WAITING = 20;

function Waiting({ rows, store }: WaitingProps): JSX.Element {
  return (
    <ul class="waits" aria-label="Sessions of this process that wait">
      {rows.slice(0, MOST_WAITING).map((row) => (
        <li key={row.id}>
          <button type="button" class="go" onClick={() => store.select(row.id)}>
            {row.id.slice(0, 8)}
          </button>{' '}
          waits for {age(store.nowMs - row.sinceMs)}: {row.gate}
        </li>
      ))}
      {rows.length > MOST_WAITING && <li>{plural(rows.length - MOST_WAITING, 'more')}</li>}
    </ul>
  );
}
