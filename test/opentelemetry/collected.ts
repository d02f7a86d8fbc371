/** The SDK of OpenTelemetry with in-memory exporters, and the collected spans and metrics. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { instrument } from '../../src/opentelemetry/instrument.js';

export interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** A number; for a histogram, the number of values and their sum. */
  readonly value: number | { readonly count: number; readonly sum: number };
}

export class Collected implements AsyncDisposable {
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly tracerProvider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.#spans)],
  });
  readonly meterProvider = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({ exporter: this.#metrics, exportIntervalMillis: 3_600_000 }),
    ],
  });
  readonly undo: () => void;

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    this.undo = instrument({ tracerProvider: this.tracerProvider, meterProvider: this.meterProvider });
  }

  /** In the order in which they ended. */
  get spans(): readonly ReadableSpan[] {
    return this.#spans.getFinishedSpans();
  }

  named(name: string): ReadableSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Runs a function in a span of the application. */
  within<Value>(name: string, run: () => Value): Value {
    const span = this.tracerProvider.getTracer('application').startSpan(name);
    try {
      return context.with(trace.setSpan(context.active(), span), run);
    } finally {
      span.end();
    }
  }

  /** The points of each metric, by its name. */
  async metrics(): Promise<Readonly<Record<string, readonly Point[]>>> {
    await this.meterProvider.forceFlush();
    const latest = this.#metrics.getMetrics().at(-1);
    const all = latest?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
    return Object.fromEntries(
      all.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => ({ attributes, value: shown(value) })),
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.undo();
    context.disable();
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
  }
}

function shown(value: number | Partial<Histogram> | object): Point['value'] {
  if (typeof value === 'number') return value;
  const { count = 0, sum = 0 } = value as { readonly count?: number; readonly sum?: number };
  return { count, sum: Math.round(sum * 1e6) / 1e6 };
}
