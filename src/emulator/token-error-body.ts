/** The error bodies of the token endpoint, in the four shapes that clients meet in the field (protocol.md §1). */

export interface TokenErrorAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function tokenErrorBody(
  shape: 'A' | 'B' | 'C' | 'D',
  status: number,
  code: string,
  detail: string,
  id: string,
): TokenErrorAnswer {
  const json = { 'Content-Type': 'application/json' };
  const title = code.replaceAll('_', ' ');
  switch (shape) {
    case 'A':
      return {
        headers: json,
        body: JSON.stringify({ errors: [{ id, status, code, title, detail, message: detail }] }),
      };
    case 'B':
      return { headers: json, body: JSON.stringify({ message: detail }) };
    case 'C':
      return {
        headers: { ...json, 'X-Request-ID': id },
        body: JSON.stringify({ error: { code, message: detail, request_id: id } }),
      };
    case 'D':
      return {
        headers: { 'Content-Type': 'text/html' },
        body: `<html><head><title>${status}</title></head><body><h1>${title}</h1><p>${detail}</p></body></html>`,
      };
  }
}
