/**
 * What an `httpPost` of the application answers with, made sure of: an HttpAnswer, or a `Response` of fetch as it is. Anything else that
 * lacks a part is named.
 */
import { answerMember } from '../core/option/plain-object.js';
import { kindOf } from '../core/option/shown-value.js';
import type { HttpAnswer } from '../ports/http-post.js';
import { UnusableHttpAnswer } from '../ports/http-post.js';

/** As much as is kept of any answer. */
const MAX_BODY_CHARACTERS = 1_024 * 1_024;
const MAX_HEADERS = 1_024;

type Headers = Record<string, string>;
interface HeaderList {
  forEach(visit: (value: unknown, name: unknown) => void): void;
}

/** Rejects with UnusableHttpAnswer, nothing else. */
export async function readHttpAnswer(answer: unknown): Promise<HttpAnswer> {
  try {
    const status = statusOf(answer);
    const headers = headersOf(answerMember(answer, 'headers'));
    const text = answerMember(answer, 'text');
    const body = answerMember(answer, 'body');
    if (typeof body !== 'string' && typeof text === 'function') {
      return { status, headers, ...(await readText(answer as Response)) };
    }
    if (typeof body !== 'string') throw lacking(`a body that is a string, got ${kindOf(body)}`);
    const broken = answerMember(answer, 'broken');
    const whole = { status, headers, body: body.slice(0, MAX_BODY_CHARACTERS) };
    return broken === undefined ? whole : { ...whole, broken: brokenBy(answerMember(broken, 'cause')) };
  } catch (error) {
    if (error instanceof UnusableHttpAnswer) throw error;
    throw new UnusableHttpAnswer('httpPost answered with something that can not be read', { cause: error });
  }
}

function statusOf(answer: unknown): number {
  if ((typeof answer !== 'object' && typeof answer !== 'function') || answer === null) {
    throw lacking(`an object, got ${kindOf(answer)}`);
  }
  const status = answerMember(answer, 'status');
  if (typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599) return status;
  throw lacking(`a status from 100 to 599, got ${typeof status === 'number' ? status : kindOf(status)}`);
}

function headersOf(given: unknown): Headers {
  if (typeof given !== 'object' || given === null)
    throw lacking(`headers that are an object, got ${kindOf(given)}`);
  const headers = Object.create(null) as Headers;
  let count = 0;
  const add = (name: unknown, value: unknown): void => {
    if (typeof name !== 'string' || count >= MAX_HEADERS) return;
    const text = Array.isArray(value) ? value.filter(isText).join(', ') : value;
    if (typeof text !== 'string' && typeof text !== 'number') return;
    headers[name.toLowerCase()] = String(text);
    count += 1;
  };
  // A `Headers` of fetch, or a Map.
  if (typeof answerMember(given, 'forEach') === 'function' && !Array.isArray(given)) {
    (given as HeaderList).forEach((value, name) => add(name, value));
  } else for (const [name, value] of Object.entries(given)) add(name, value);
  return headers;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A body that breaks off explains nothing, but the status counts. */
async function readText(response: Response): Promise<Pick<HttpAnswer, 'body' | 'broken'>> {
  let body: unknown;
  try {
    body = await response.text();
  } catch (cause) {
    return { body: '', broken: brokenBy(cause) };
  }
  if (typeof body !== 'string') throw lacking(`a text() that gives a string, got ${kindOf(body)}`);
  return { body: body.slice(0, MAX_BODY_CHARACTERS) };
}

function brokenBy(cause: unknown): { readonly cause?: Error } {
  return cause instanceof Error ? { cause } : {};
}

function lacking(part: string): UnusableHttpAnswer {
  return new UnusableHttpAnswer(
    `httpPost must answer with a Response of fetch or { status, headers, body }: wanted ${part}`,
  );
}
