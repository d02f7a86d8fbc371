/** What proxies and gateways answer with on their own, in the shape of the common ones: a page of HTML, or an error as JSON. */

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

/** Words of Kong and of AWS. The service writes errors of this shape, too, in other words. */
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

export interface GatewayPageDetail {
  /** Title of the page, or message of the JSON. */
  readonly title?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

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
