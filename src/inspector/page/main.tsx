/** The page of the inspector: the sessions of a process on the left, and one of them on the right. */
import { render } from 'preact';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { CountChart } from './charts.js';
import { FleetPanel } from './fleet-panel.js';
import { SessionList } from './session-list.js';
import { SessionView } from './session-view.js';
import { Store } from './store.js';
import type { Link } from './store.js';
import { useStore } from './use-store.js';
import { bytes, conditionOf } from './words.js';

const LINKS: Readonly<Record<Link, string>> = {
  connecting: 'connecting …',
  live: 'live',
  lost: 'the process does not answer; the page tries again every second',
  refused: 'the process was restarted with another address: open the one that it has printed',
};

function App({ store }: { readonly store: Store }): JSX.Element {
  useStore(store);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key === '/' && !isTyping) {
        event.preventDefault();
        document.getElementById('search')?.focus();
      } else if (event.key === 'Escape') {
        // On a narrow screen the session hides the list.
        if (matchMedia('(max-width: 860px)').matches) store.select(undefined);
        requestAnimationFrame(() => document.getElementById('rows')?.focus());
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [store]);
  const { hello, link, rows } = store;
  const all = [...rows.values()];
  const outages = all.filter((row) => conditionOf(row) === 'waiting' || row.outageSinceMs !== null).length;
  const connected = all.filter((row) => conditionOf(row) === 'connected').length;
  return (
    <div class={`app ${store.row === undefined ? '' : 'chosen'}`}>
      <header class="top">
        <h1>Avatar sessions</h1>
        <p class="process">
          {hello === undefined
            ? ''
            : `${hello.title} · pid ${hello.pid} · avatarkit-session ${hello.version}`}
        </p>
        <p class={`link ${link}`} role="status">
          <span class="sign" aria-hidden="true" />
          {LINKS[link]}
        </p>
      </header>
      <main>
        <div class="side">
          <section class="overview" aria-label="All sessions">
            <p class="sums">
              <span>
                <b>{connected}</b> connected
              </span>
              <span>
                <b>{outages}</b> in an outage
              </span>
              <span>
                <b>{bytes(store.keptBytes)}</b> audio kept
              </span>
            </p>
            <CountChart store={store} />
          </section>
          <FleetPanel store={store} />
          <SessionList store={store} />
        </div>
        <SessionView store={store} />
      </main>
    </div>
  );
}

const store = new Store();
store.connect();
const root = document.getElementById('app');
if (root !== null) render(<App store={store} />, root);
