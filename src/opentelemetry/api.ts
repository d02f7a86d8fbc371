/**
 * The API of OpenTelemetry: an optional peer, which the application has anyway where it has traces or metrics. Nothing else of this package
 * imports it, so that an application without it learns what to install when it imports this entry.
 */
import type * as Api from '@opentelemetry/api';
import { requirePeer } from '../adapters/node/peer-package.js';

export type {
  Attributes,
  Counter,
  Histogram,
  Meter,
  MeterProvider,
  Span,
  SpanContext,
  Tracer,
  TracerProvider,
  UpDownCounter,
} from '@opentelemetry/api';

export const api = requirePeer({
  entry: 'avatarkit-session/opentelemetry',
  name: '@opentelemetry/api',
}) as typeof Api;
