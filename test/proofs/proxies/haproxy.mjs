// @ts-check
/** The configuration of haproxy in front of the service, for each situation. */
import { readFileSync } from 'node:fs';

const tls = (/** @type {string} */ name) =>
  readFileSync(new URL(`../../support/tls/${name}.pem`, import.meta.url), 'utf8');

/** @type {import('./proxy-process.mjs').ProxyKind} */
export const HAPROXY = {
  program: 'haproxy',
  command: (folder) => ['-W', '-f', `${folder}/haproxy.cfg`],
  reloadSignal: 'SIGUSR2',
  stopSignal: 'SIGTERM',
  files: (folder, port, { upstreams, answer, rateLimit, idleTimeoutS = 60, certificate }) => ({
    ...(certificate !== undefined && { 'server.pem': tls(certificate) + tls(`${certificate}-key`) }),
    'haproxy.cfg': `
global
  maxconn 256
  hard-stop-after 1s
defaults
  mode http
  option redispatch
  timeout connect 1s
  timeout client ${idleTimeoutS}s
  timeout server ${idleTimeoutS}s
frontend front
  bind 127.0.0.1:${port}${certificate === undefined ? '' : ` ssl crt ${folder}/server.pem`}
  ${answer === undefined ? '' : `http-request deny deny_status ${answer}`}
  ${
    rateLimit === undefined
      ? ''
      : `stick-table type ip size 10 expire 10s store http_req_rate(1s)
  http-request track-sc0 src
  http-request deny deny_status ${rateLimit.status} if { sc_http_req_rate(0) gt ${rateLimit.perSecond} }`
  }
  default_backend service
backend service
  ${upstreams.map((upstream, index) => `server s${index} 127.0.0.1:${upstream} check inter 200ms`).join('\n  ')}
`,
  }),
};
