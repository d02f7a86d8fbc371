/** The pages of HTML that proxies and gateways answer with on their own, in the shape of the common ones. */

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

export interface GatewayPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function gatewayPage(
  status: number,
  title = TITLES[status] ?? String(status),
  headers: Readonly<Record<string, string>> = {},
): GatewayPage {
  const redirects = status >= 300 && status < 400;
  return {
    status,
    headers: {
      Server: 'nginx',
      'Content-Type': 'text/html',
      ...(redirects ? { Location: 'https://login.gateway.test/sign-in' } : {}),
      ...headers,
    },
    body: `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n`,
  };
}
