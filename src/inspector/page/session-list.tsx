/** The list of sessions: only the visible rows exist, so that hundreds of sessions cost no more than a dozen. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SessionRow } from '../protocol.js';
import type { Store } from './store.js';
import { useStore } from './use-store.js';
import { age, conditionOf, CONDITIONS, plural, summary } from './words.js';
import type { Condition } from './words.js';

const ROW_PX = 56;
const ROWS_AROUND = 4;
const PAGE_ROWS = 8;

type Choice = Condition | 'all' | 'troubled';

function matches(row: SessionRow, choice: Choice, words: string): boolean {
  if (choice === 'troubled' && row.errors === 0) return false;
  if (choice !== 'all' && choice !== 'troubled' && conditionOf(row) !== choice) return false;
  if (words === '') return true;
  const text = `${row.id} ${row.connectionId} ${row.avatarId} ${row.endpoint} ${row.lastCode}`;
  return text.toLowerCase().includes(words.toLowerCase());
}

export function SessionList({ store }: { readonly store: Store }): JSX.Element {
  useStore(store, 500);
  const [choice, choose] = useState<Choice>('all');
  const [words, search] = useState('');
  const all = [...store.rows.values()];
  const shown = all.filter((row) => matches(row, choice, words.trim()));
  const counts = new Map<Choice, number>([['all', all.length]]);
  for (const row of all) {
    const condition = conditionOf(row);
    counts.set(condition, (counts.get(condition) ?? 0) + 1);
    if (row.errors > 0) counts.set('troubled', (counts.get('troubled') ?? 0) + 1);
  }
  const choices: readonly Choice[] = [
    'all',
    ...CONDITIONS.filter((one) => (counts.get(one) ?? 0) > 0 || one === choice),
    ...(counts.has('troubled') ? (['troubled'] as const) : []),
  ];
  return (
    <section class="list" aria-label="Sessions">
      <div class="filters">
        <input
          id="search"
          type="search"
          placeholder="Find by id, avatar, endpoint, code"
          aria-label="Find sessions"
          aria-keyshortcuts="/"
          value={words}
          onInput={(event) => search(event.currentTarget.value)}
        />
        <div class="chips" role="group" aria-label="Which sessions">
          {choices.map((one) => (
            <button
              key={one}
              type="button"
              class={`chip ${one}`}
              aria-pressed={one === choice}
              onClick={() => choose(one)}
            >
              {one === 'troubled' ? 'with errors' : one} <b>{counts.get(one) ?? 0}</b>
            </button>
          ))}
        </div>
      </div>
      <Rows store={store} rows={shown} isEmpty={all.length === 0} />
    </section>
  );
}

interface RowsProps {
  readonly store: Store;
  readonly rows: readonly SessionRow[];
  readonly isEmpty: boolean;
}

function Rows({ store, rows, isEmpty }: RowsProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [top, scrolled] = useState(0);
  const [height, resized] = useState(600);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => resized(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const at = rows.findIndex(({ id }) => id === store.selected);
  const select = (index: number): void => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    const element = box.current;
    if (row === undefined || element === null) return;
    store.select(row.id);
    const y = rows.indexOf(row) * ROW_PX;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = y + ROW_PX - element.clientHeight;
  };
  const moves: Readonly<Record<string, () => void>> = {
    ArrowDown: () => select(at + 1),
    ArrowUp: () => select(at < 0 ? 0 : at - 1),
    PageDown: () => select(at + PAGE_ROWS),
    PageUp: () => select(at - PAGE_ROWS),
    Home: () => select(0),
    End: () => select(rows.length - 1),
    Enter: () => document.getElementById('session')?.focus(),
  };
  const first = Math.max(Math.floor(top / ROW_PX) - ROWS_AROUND, 0);
  const last = Math.min(Math.ceil((top + height) / ROW_PX) + ROWS_AROUND, rows.length);
  const selectedIsDrawn = at >= first && at < last;
  return (
    <div
      ref={box}
      id="rows"
      class="rows"
      role="listbox"
      tabIndex={0}
      aria-label={plural(rows.length, 'session')}
      aria-activedescendant={selectedIsDrawn ? `row-${store.selected ?? ''}` : undefined}
      onScroll={(event) => scrolled(event.currentTarget.scrollTop)}
      onKeyDown={(event) => {
        const move = moves[event.key];
        if (move === undefined) return;
        event.preventDefault();
        move();
      }}
    >
      {rows.length === 0 && (
        <p class="empty" role="option" aria-selected="false">
          {isEmpty ? 'No session is open yet. It appears here when it starts.' : 'No session matches.'}
        </p>
      )}
      <div role="presentation" style={{ height: `${rows.length * ROW_PX}px` }}>
        <div role="presentation" style={{ transform: `translateY(${first * ROW_PX}px)` }}>
          {rows.slice(first, last).map((row, offset) => (
            <Row
              key={row.id}
              row={row}
              nowMs={store.nowMs}
              place={[first + offset + 1, rows.length]}
              isSelected={row.id === store.selected}
              onSelect={() => store.select(row.id)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: SessionRow;
  readonly nowMs: number;
  readonly place: readonly [number, number];
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}

function Row({ row, nowMs, place, isSelected, onSelect }: RowProps): JSX.Element {
  const condition = conditionOf(row);
  const since = row.endedMs ?? nowMs;
  const notes = [
    row.outages > 0 ? plural(row.outages, 'outage') : '',
    row.lost > 0 ? `${row.lost} lost` : '',
    row.errors > 0 ? plural(row.errors, 'error') : '',
  ].filter((note) => note !== '');
  return (
    <div
      id={`row-${row.id}`}
      class={`row ${condition}`}
      role="option"
      aria-selected={isSelected}
      aria-posinset={place[0]}
      aria-setsize={place[1]}
      onClick={onSelect}
    >
      <span class="sign" aria-hidden="true" />
      <span class="name">{row.id.slice(0, 8)}</span>
      <span class="what">{summary(row, nowMs)}</span>
      <span class="where">{row.endpoint}</span>
      <span class="notes">
        {notes.join(' · ')}
        {notes.length > 0 && ' · '}
        {age(since - row.firstMs)}
      </span>
    </div>
  );
}
