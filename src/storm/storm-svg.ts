/**
 * The plot of a storm as SVG: attempts per second above, sessions recovered below, one column per model. The
 * only user of the chart library. It is loaded when a plot is requested, because it is a development
 * dependency that is not installed with this package.
 */
import { signedText } from '../adapters/node/signed-text.js';
import { OWN_NAME } from './redial.js';
import { sessionsOf, STORM, stormTable } from './storm-scenario.js';
import type { StormCourse, StormRun, StormScenario } from './storm-scenario.js';
import type { StormModel } from './storm-service.js';

const SIGNED = signedText('avatarkit-session storm');

/** Put it into the text before signing; no earlier part of the text may look like it. */
export const UNSIGNED_MARK = SIGNED.unsignedMark;

/** The text with its digest in place of the first mark. */
export function signStormFile(text: string): string {
  return SIGNED.sign(text);
}

/** Whether `text` is a signed one, equal in every byte except white space at its end. */
export function isStormFile(text: string): boolean {
  return SIGNED.isSigned(text);
}

/** The part of ECharts (Apache-2.0) that draws without a DOM. */
interface ChartLibrary {
  init(element: null, theme: null, options: ServerSideOptions): Chart;
}

interface ServerSideOptions {
  readonly renderer: 'svg';
  readonly ssr: true;
  readonly width: number;
  readonly height: number;
}

interface Chart {
  setOption(option: Readonly<Record<string, unknown>>): void;
  renderToSVGString(): string;
  dispose(): void;
}

/** Not a literal type, so that neither the compiler nor a bundler requires a package that may be missing. */
const LIBRARY = 'echarts' as string;

/**
 * One SVG document, self-contained, 1120 × 640. Rejects with an Error of one readable line if the chart
 * library is not installed; no other part of the simulator needs it.
 */
export async function stormSvg(
  courses: readonly StormCourse[],
  scenario: StormScenario = STORM,
): Promise<string> {
  const library = await loadChartLibrary();
  const chart = library.init(null, null, { renderer: 'svg', ssr: true, ...CHART_SIZE });
  try {
    chart.setOption(stormChart(courses, scenario));
    return signStormFile(chart.renderToSVGString().replace('>', `><!-- ${UNSIGNED_MARK} -->`));
  } finally {
    chart.dispose();
  }
}

/** Loads the library, to check before a long run that a plot is possible. Rejects as `stormSvg` does. */
export async function loadChartLibrary(): Promise<ChartLibrary> {
  const library: unknown = await import(LIBRARY).catch((cause: unknown) => {
    throw new Error(
      `the plot needs the package ${LIBRARY}, which can't be loaded: npm install --save-dev ${LIBRARY}`,
      { cause },
    );
  });
  if (isChartLibrary(library)) return library;
  throw new Error(`the plot needs version 6 of the package ${LIBRARY}; what is installed can't draw`);
}

function isChartLibrary(library: unknown): library is ChartLibrary {
  return (
    typeof library === 'object' && library !== null && 'init' in library && typeof library.init === 'function'
  );
}

/**
 * Six lines can be distinguished, twelve can't. The colours can be distinguished with red-green colour
 * blindness.
 */
const COLOURS: Readonly<Record<string, string>> = {
  [OWN_NAME]: '#0072b2',
  'full jitter': '#e69f00',
  'equal jitter': '#56b4e9',
  'p-retry randomize': '#cc79a7',
  'gRPC ±20 %': '#999999',
  'socket.io': '#d55e00',
};

const CHART_SIZE = { width: 1_120, height: 640 };

const MODELS: readonly StormModel[] = ['sheds', 'queues'];
const TITLES: Readonly<Record<StormModel, string>> = {
  sheds: 'a service that sheds',
  queues: 'a service that queues',
};
const PANEL = { width: 440, height: 210 };
const LEFT = [80, 620] as const;
const TOP = [70, 365] as const;

/** Strategies that are not in the list are left out. */
export function stormChart(
  courses: readonly StormCourse[],
  scenario: StormScenario,
): Readonly<Record<string, unknown>> {
  const sessions = sessionsOf(scenario);
  const drawn = courses.filter(({ name }) => name in COLOURS);
  const panels = TOP.flatMap((top, row) => MODELS.map((model, column) => ({ top, row, model, column })));
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'sans-serif' },
    color: drawn.map(({ name }) => COLOURS[name]),
    title: panels.map(({ top, row, model, column }) => ({
      text: `${row === 0 ? 'dials per second' : 'sessions recovered'}, ${TITLES[model]}`,
      left: LEFT[column === 0 ? 0 : 1],
      top: top - 40,
      textStyle: { fontSize: 13, fontWeight: 'bold' },
    })),
    legend: {
      bottom: 4,
      itemGap: 28,
      itemWidth: 20,
      itemHeight: 4,
      icon: 'rect',
      data: drawn.map(({ name }) => name),
    },
    grid: panels.map(({ top, column }) => ({ left: LEFT[column === 0 ? 0 : 1], top, ...PANEL })),
    xAxis: panels.map(({ row }, gridIndex) => ({
      gridIndex,
      type: 'value',
      min: 0,
      max: 180,
      interval: 30,
      name: row === 0 ? '' : 'seconds since the loss',
      nameLocation: 'middle',
      nameGap: 26,
    })),
    yAxis: panels.map(({ row }, gridIndex) => ({
      gridIndex,
      // A few dials and all sessions at once differ by four orders of magnitude.
      ...(row === 0
        ? { type: 'log', min: 1, max: 2 * sessions, axisLabel: { showMaxLabel: false } }
        : { type: 'value', min: 0, max: sessions }),
    })),
    series: panels.flatMap(({ row, model }, index) =>
      drawn.map((course) => ({
        name: course.name,
        type: 'line',
        xAxisIndex: index,
        yAxisIndex: index,
        showSymbol: false,
        // Drawn on top of the others, independent of the order.
        z: course.name === OWN_NAME ? 3 : 2,
        lineStyle: course.name === OWN_NAME ? { width: 3.5 } : { width: 1.2, opacity: 0.8 },
        ...(course.name === OWN_NAME ? { markLine: returnMark(scenario) } : {}),
        data:
          row === 0
            ? course[model].attemptsPerSecond.map((count, second) => [second, count > 0 ? count : null])
            : course[model].recovered.map((count, second) => [second + 1, count]),
      })),
    ),
  };
}

/** A line at the recovery of the service; one per panel, so it is attached to the product's series. */
function returnMark({ service }: StormScenario): Readonly<Record<string, unknown>> {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: '#666666', type: 'dashed', width: 1 },
    label: { formatter: 'service is back', position: 'end', distance: 2, fontSize: 11, color: '#666666' },
    data: [{ xAxis: service.returnsAtMs / 1_000 }],
  };
}

/** @param svg the plot from `stormSvg` */
export function stormPage({ scenario, report, courses }: StormRun, svg: string): string {
  const sources = courses.map(
    ({ name, source }) => `      <li><b>${escaped(name)}</b>: ${escaped(source)}</li>`,
  );
  const away = scenario.service.returnsAtMs / 1_000;
  return signStormFile(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="generator" content="${UNSIGNED_MARK}">
    <title>Reconnect storm, seed ${report.seed}</title>
    <style>
      body { font: 15px/1.5 sans-serif; max-width: 1140px; margin: 2em auto; padding: 0 1em; color: #222; }
      pre { font-size: 13px; line-height: 1.35; overflow-x: auto; }
      svg { max-width: 100%; height: auto; }
    </style>
  </head>
  <body>
    <h1>Reconnect storm</h1>
    <p>${sessionsOf(scenario)} sessions lose a service that is unavailable for ${away} seconds. Virtual time, seed ${report.seed}.</p>
    ${svg}
    <pre>${escaped(stormTable(report, scenario))}</pre>
    <h2>Where the delays come from</h2>
    <ul>
${sources.join('\n')}
    </ul>
  </body>
</html>
`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
