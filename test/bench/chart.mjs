// @ts-check
/** Draws the ratios to the bare socket as bars. The line marks a ratio of 1. */
import { loadChartLibrary } from '../../dist/storm/storm-svg.js';

const BAR_PX = 22;
const WIDTH_PX = 960;

/** @param {readonly import('./measure.mjs').Row[]} rows */
export async function chart(rows) {
  const charts = await loadChartLibrary();
  const shown = rows.filter(({ ratio }) => Number.isFinite(ratio)).toReversed();
  const height = 90 + BAR_PX * shown.length;
  const drawing = charts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH_PX, height });
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: 'Cost beside a bare ws socket: 1 is the same, shorter is cheaper', left: 12, top: 10 },
    grid: { left: 400, right: 70, top: 50, bottom: 30 },
    xAxis: { type: 'value', min: 0 },
    yAxis: { type: 'category', data: shown.map(({ subject, who }) => `${subject} (${who})`) },
    series: [
      {
        type: 'bar',
        barWidth: 13,
        data: shown.map(({ who, ratio }) => ({
          value: Number(ratio.toFixed(3)),
          itemStyle: { color: who.startsWith('ours') ? '#2f6fb5' : '#b9bec6' },
        })),
        label: { show: true, position: 'right', formatter: '× {c}' },
        markLine: {
          symbol: 'none',
          silent: true,
          data: [{ xAxis: 1 }],
          label: { show: false },
          lineStyle: { color: '#c0392b' },
        },
      },
    ],
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return svg;
}
