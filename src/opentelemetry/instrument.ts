/// <reference types="node" preserve="true" />
/**
 * The public surface of `avatarkit-session/opentelemetry`: spans and metrics of all sessions of the process, made from their messages on
 * the channels. Needs the package `@opentelemetry/api`.
 */
import { PACKAGE_VERSION } from '../adapters/token/http-token-source.js';
import { requireOptions } from '../core/option/option-check.js';
import { listen } from '../client/events/channel-listener.js';
import { api } from './api.js';
import type { MeterProvider, TracerProvider } from './api.js';
import { metricsListener } from './session-metrics.js';
import { SessionSpans } from './session-spans.js';

/** Options of `instrument`. */
export interface InstrumentOptions {
  /**
   * The provider for spans.
   *
   * @default the global one, even if it is registered later
   */
  readonly tracerProvider?: TracerProvider | undefined;
  /**
   * The provider for metrics.
   *
   * @default the global one at the time of the call: register yours before
   */
  readonly meterProvider?: MeterProvider | undefined;
}

const SCOPE = 'avatarkit-session';

/**
 * Makes spans and metrics of every existing and later session of the process, until the returned function is called; that function ends
 * the open spans, and a second call of it has no effect. An operation that is already running has no span. Sessions behave as before,
 * with one exception: an utterance without a `traceContext` of its own sends that of its span. Errors of an exporter reach neither the
 * session nor the process.
 * @throws TypeError for a wrong option
 *
 * @example
 * ```ts
 * const undo = instrument({ tracerProvider, meterProvider });
 * process.on('exit', undo);
 * ```
 */
export function instrument(options: InstrumentOptions = {}): () => void {
  const given = requireOptions('', options, ['tracerProvider', 'meterProvider']);
  const { tracerProvider = api.trace.getTracerProvider(), meterProvider = api.metrics.getMeterProvider() } =
    given;
  const tracer = requireProvider<TracerProvider>('tracerProvider', tracerProvider, 'getTracer');
  const meter = requireProvider<MeterProvider>('meterProvider', meterProvider, 'getMeter');
  const spans = new SessionSpans(tracer.getTracer(SCOPE, PACKAGE_VERSION));
  const undo = [
    listen(metricsListener(meter.getMeter(SCOPE, PACKAGE_VERSION))),
    listen(spans.listener),
    () => spans.endAll(),
  ];
  return () => {
    for (const end of undo.splice(0)) end();
  };
}

function requireProvider<Provider extends object>(
  name: string,
  value: unknown,
  method: keyof Provider & string,
): Provider {
  const provider = Object(value) as Provider;
  if (typeof provider[method] === 'function') return provider;
  throw new TypeError(`${name} must have the method ${method}`);
}
