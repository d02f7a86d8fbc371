/**
 * The whole run as one HTML page: the plot, the tables, and where each formula comes from. Self-contained: no script,
 * no font, no request. It draws nothing itself.
 */
import { signStormFile, UNSIGNED_MARK } from './storm-mark.js';
import type { StormRun } from './storm-report.js';
import { sessionsOf } from './storm-scenario.js';
import { stormTable } from './storm-table.js';

/** @param svg the plot, as `stormSvg` made it. */
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
    <p>${sessionsOf(scenario)} sessions lose a service that is away for ${away} seconds. Virtual time, seed ${report.seed}.</p>
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
