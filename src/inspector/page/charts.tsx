/** The two charts of the page, drawn by uPlot: sessions by condition over the last minutes, and how far the animation is ahead. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { CountSample } from '../protocol.js';
import type { Store } from './store.js';
import { colour, useStore } from './use-store.js';

interface ChartProps {
  readonly label: string;
  readonly height: number;
  readonly makeOptions: () => Omit<uPlot.Options, 'width' | 'height'>;
  readonly data: uPlot.AlignedData;
}

/** One uPlot, as wide as there is room, drawn again when the colours of the page change. */
function Chart({ label, height, makeOptions, data }: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const make = (): void => {
      plot.current?.destroy();
      const width = Math.max(element.clientWidth, 100);
      plot.current = new uPlot({ ...makeOptions(), width, height }, latest.current, element);
    };
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: Math.max(element.clientWidth, 100), height }),
    );
    make();
    observer.observe(element);
    scheme.addEventListener('change', make);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={box} class="chart" role="img" aria-label={label} style={{ height: `${height}px` }} />;
}

function axes(values: (value: number) => string): uPlot.Axis[] {
  const common = {
    stroke: colour('soft'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const times = (_: uPlot, at: number[]): string[] =>
    at.map((seconds) => new Date(seconds * 1_000).toTimeString().slice(0, 8));
  return [
    { ...common, values: times, size: 22, space: 80, grid: { show: false } },
    { ...common, values: (_: uPlot, at: number[]) => at.map(values), size: 42, space: 22 },
  ];
}

const PLAIN = { cursor: { show: false }, legend: { show: false }, padding: [6, 6, 0, 0] } as const;

function countOptions(): Omit<uPlot.Options, 'width' | 'height'> {
  const band = (name: string): uPlot.Series => ({
    stroke: colour(name),
    fill: colour(`${name}-soft`),
    width: 1.5,
    points: { show: false },
  });
  return {
    ...PLAIN,
    padding: [6, 6, 0, 0],
    axes: axes((value) => (Number.isInteger(value) ? String(value) : '')),
    scales: { y: { range: (_, __, most) => [0, Math.max(most, 1)] } },
    series: [{}, band('waiting'), band('dialling'), band('connected')],
  };
}

/** Stacks the series: each line is the sum of its own values and of those below it. */
function stacked(samples: readonly CountSample[]): uPlot.AlignedData {
  return [
    samples.map(({ atMs }) => atMs / 1_000),
    samples.map(({ connected, dialling, waiting }) => connected + dialling + waiting),
    samples.map(({ connected, dialling }) => connected + dialling),
    samples.map(({ connected }) => connected),
  ];
}

export function CountChart({ store }: { readonly store: Store }): JSX.Element {
  useStore(store);
  const latest = store.samples.at(-1);
  const data = useRef<{ readonly atMs: number; readonly data: uPlot.AlignedData } | undefined>(undefined);
  if (data.current === undefined || data.current.atMs !== latest?.atMs)
    data.current = { atMs: latest?.atMs ?? 0, data: stacked(store.samples) };
  const { connected = 0, dialling = 0, waiting = 0 } = latest ?? {};
  return (
    <Chart
      label={`Sessions over the last five minutes. Now ${connected} connected, ${dialling} dialling, ${waiting} waiting.`}
      height={96}
      makeOptions={countOptions}
      data={data.current.data}
    />
  );
}

function leadOptions(): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    ...PLAIN,
    padding: [6, 6, 0, 0],
    axes: axes((value) => `${value.toFixed(1)} s`),
    scales: { y: { range: (_, __, most) => [0, Math.max(most, 1)] } },
    series: [
      {},
      { stroke: colour('accent'), fill: colour('accent-soft'), width: 1.5, points: { show: false } },
    ],
  };
}

/** Seconds of animation that have arrived and are not played yet; at 0 the face stands still. */
export function LeadChart({ data }: { readonly data: uPlot.AlignedData }): JSX.Element {
  const now = data[1]?.at(-1) ?? 0;
  return (
    <Chart
      label={`Animation ahead of playback: ${now.toFixed(1)} seconds now.`}
      height={84}
      makeOptions={leadOptions}
      data={data}
    />
  );
}
