/**
 * The kinds of faults that a token request or an upgrade request can meet; three of them also strike later.
 */
import { byDefault, FLAG, HEADERS, optional, TEXT, TIME_MS, wholeFrom, faultRow } from './fault-row.js';

const PHASES = ['token', 'upgrade', 'handshake', 'runtime'] as const;

export const REQUEST_FAULTS = {
  refuse: faultRow({
    phases: ['token', 'upgrade'],
    about: 'Answers with this HTTP response instead. 101 with wrong headers makes a malformed upgrade.',
    fields: { status: wholeFrom(100, 599), body: byDefault('', TEXT), headers: byDefault({}, HEADERS) },
    isFinal: () => true,
    onRequest: ({ status, headers, body }, target) => target.answer(status, headers, body),
  }),
  gatewayPage: faultRow({
    phases: ['token', 'upgrade'],
    about:
      'A gateway in front of the service answers: an HTML page with `status` and a matching title (or `title`); with ' +
      '`json`, an error as JSON, as API gateways write it. A status of 3xx names another host in `Location`; 200 is a ' +
      'maintenance page.',
    fields: {
      status: wholeFrom(200, 599),
      title: optional(TEXT),
      headers: byDefault({}, HEADERS),
      json: byDefault(false, FLAG),
    },
    isFinal: () => true,
    onRequest: ({ status, ...detail }, target) => {
      const { headers, body } = gatewayPage(status, detail);
      target.answer(status, headers, body);
    },
  }),
  reset: faultRow({
    phases: PHASES,
    about: 'Resets the TCP connection.',
    fields: {},
    isFinal: () => true,
    onRequest: (_fault, target) => target.reset(),
    onConnection: (_fault, { socket }) => socket.reset(),
  }),
  hang: faultRow({
    phases: ['token', 'upgrade', 'handshake'],
    about: 'Accepts and never answers. In the handshake, pings are still answered.',
    fields: {},
    isFinal: () => true,
    onRequest: (_fault, target) => target.hang(),
  }),
  delay: faultRow({
    phases: PHASES,
    about: 'Answers late. At runtime all output is delayed once, in order; pings are still answered.',
    fields: { delayMs: TIME_MS },
    delayMs: ({ delayMs }) => delayMs,
    onConnection: ({ delayMs }, { socket }) => socket.delayOutput(delayMs),
  }),
};

const TITLES: Readonly<Record<number, string>> = {
  200: 'We are down for maintenance',
  301: '301 Moved Permanently',
  302: '302 Found',
  400: '400 Bad Request',
  401: '401 Authorization Required',
  403: '403 Forbidden',
  404: 'default backend - 404',
  429: '429 Too Many Requests',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

/** Messages of Kong and of AWS. The errors of the service have this shape too, with other messages. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'no Route matched with those values',
  429: 'API rate limit exceeded',
  500: 'Internal server error',
  502: 'An invalid response was received from the upstream server',
  503: 'failure to get a peer from the ring-balancer',
  504: 'Endpoint request timed out',
};

export interface GatewayPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface GatewayPageDetail {
  /** Title of the page, or message of the JSON. */
  readonly title?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

/** What proxies and gateways answer with on their own, in the shape of the common ones. */
export function gatewayPage(
  status: number,
  { title, headers = {}, json = false }: GatewayPageDetail = {},
): GatewayPage {
  const redirects = status >= 300 && status < 400;
  return {
    status,
    headers: {
      Server: json ? 'kong' : 'nginx',
      'Content-Type': json ? 'application/json' : 'text/html',
      ...(redirects ? { Location: 'https://login.gateway.test/sign-in' } : {}),
      ...headers,
    },
    body: json
      ? JSON.stringify({ message: title ?? MESSAGES[status] ?? TITLES[status] ?? String(status) })
      : htmlPage(title ?? TITLES[status] ?? String(status)),
  };
}

function htmlPage(title: string): string {
  return `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n`;
}
