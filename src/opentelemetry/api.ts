/**
 * The API of OpenTelemetry: an optional peer, which an application with traces or metrics has already. No other file of this package
 * imports it, so an application without it gets the install command when it imports this entry.
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
