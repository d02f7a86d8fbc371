/// <reference types="node" preserve="true" />
/**
 * The public surface of `avatarkit-session/opentelemetry`: spans and metrics of all sessions of the process, made of what they publish on
 * their channels. Needs the package `@opentelemetry/api`.
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
   * Where spans go.
   *
   * @default the global one, also where it is registered later
   */
  readonly tracerProvider?: TracerProvider | undefined;
  /**
   * Where metrics go.
   *
   * @default the global one, as it is now: register yours before
   */
  readonly meterProvider?: MeterProvider | undefined;
}

const SCOPE = 'avatarkit-session';

/**
 * Makes spans and metrics of every session of the process, until the function that it returns is called; that ends the spans that are
 * open, and a second call of it changes nothing. Sessions of now and later are seen; an operation that goes on already has no span. It changes no session, but for one thing: an
 * utterance without a `traceContext` of its own sends that of its span. What an exporter throws reaches neither the session nor the
 * process.
 * @throws TypeError for what is no such option
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
