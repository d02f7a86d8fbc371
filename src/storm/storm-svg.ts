/**
 * The plot of a storm as SVG. The only user of the chart library, which is loaded when a plot is asked for: it is a
 * development dependency, and nobody who installs the package for sessions gets it.
 */
import { CHART_SIZE, stormChart } from './storm-chart.js';
import { STORM_MARK } from './storm-report.js';
import type { StormCourse } from './storm-report.js';
import { STORM } from './storm-scenario.js';
import type { StormScenario } from './storm-scenario.js';

/** The part of ECharts (Apache-2.0) that draws without a DOM. */
export interface ChartLibrary {
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

/** Not a literal type, so that neither the compiler nor a bundler asks for a package that may be missing. */
const LIBRARY = 'echarts' as string;

/**
 * One SVG document, self-contained, 1120 × 640. Rejects with an Error of one readable line when the chart library is
 * not installed; nothing else of the simulator needs it.
 */
export async function stormSvg(
  courses: readonly StormCourse[],
  scenario: StormScenario = STORM,
): Promise<string> {
  const library = await loadChartLibrary();
  const chart = library.init(null, null, { renderer: 'svg', ssr: true, ...CHART_SIZE });
  try {
    chart.setOption(stormChart(courses, scenario));
    return chart.renderToSVGString().replace('>', `><!-- ${STORM_MARK} -->`);
  } finally {
    chart.dispose();
  }
}

/** For whoever wants to know before a long run whether there will be a plot. Rejects as `stormSvg` does. */
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
