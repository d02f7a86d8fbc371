/** The dependency rule as a literal table; test/architecture.test.ts compares it with the imports of the sources. */

/** Folder → what its files may import from other folders, packages and Node. Arrows point towards core. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': only(`
    adapters/node adapters/token adapters/whatwg adapters/ws audio client client/connection client/events
    client/gate client/options client/speech core/failure core/policy core/session core/utterance fleet
    ports
  `),
  'core/failure': only('core/memory core/option core/redaction'),
  'core/memory': only(''),
  'core/option': only(''),
  'core/policy': only('core/failure core/option'),
  'core/session': only('core/failure core/policy'),
  'core/utterance': only('core/memory'),
  ports: only(''),
  wire: only('node:worker_threads ports protobufjs'),
  adapters: only('core/option ports'),
  'client/waiting': only('ports'),
  'client/events': only(`
    adapters/codec adapters/node client/waiting core/failure core/memory core/option core/policy
    core/redaction core/session core/utterance eventemitter3 node:async_hooks ports
  `),
  'client/connection': only('adapters/codec client/waiting core/failure core/memory core/option ports'),
  'client/gate': only(`
    client/events client/waiting core/failure core/gate core/memory core/option core/policy ports
  `),
  'client/speech': only(`
    adapters/codec client/connection client/events client/waiting core/failure core/option core/policy
    core/utterance node:stream ports
  `),
  'client/options': only(`
    adapters adapters/node adapters/opus adapters/token adapters/ws client/connection client/events
    client/gate client/speech core/failure core/memory core/option core/policy core/redaction core/utterance
    node:http node:util ports
  `),
  'client/loop': only(`
    adapters/codec adapters/token client/connection client/events client/gate client/options client/speech
    client/waiting core/failure core/memory core/option core/policy core/session core/utterance p-retry
    ports
  `),
  client: only(`
    adapters/node adapters/token audio client/events client/gate client/loop client/options client/speech
    client/waiting core/failure core/memory core/option core/policy core/redaction core/session
    core/utterance node:os node:util node:worker_threads ports
  `),
  fleet: only('adapters/node core/fleet core/option ioredis node:crypto node:os ports redis'),
  pool: only(`
    adapters/node client client/events client/options client/waiting core/failure core/option core/policy
    ports
  `),
  relay: only(`
    adapters/node client client/events client/speech client/waiting core/failure core/option ports
    relay/browser
  `),
  'relay/browser': only('ports'),
  'recorder/replay': only(`
    adapters/codec client client/options core/policy emulator/context ports recorder
  `),
  'recorder/timeline': only('node:crypto recorder'),
  opentelemetry: only(`
    @opentelemetry/api adapters/node adapters/token client/events core/failure core/option ports
  `),
  recorder: only(`
    adapters/codec adapters/node adapters/token client/connection client/events client/loop client/options
    core/failure core/option core/redaction node:fs ports
  `),
  livekit: only(`
    @livekit/agents adapters/node client client/events client/options client/speech core/failure core/option
    core/utterance livekit-server-sdk ports
  `),
  audio: only(`
    @echogarden/speex-resampler-wasm adapters/node client/speech core/option core/utterance node:buffer
    node:fs ports
  `),
  inspector: only(`
    adapters/codec client client/events core/failure core/option core/session node:crypto
    node:diagnostics_channel node:fs node:http node:net ports
  `),
  'inspector/page': only('inspector preact uplot'),
  'emulator/socket': only('node:net node:stream ports ws'),
  'emulator/animation': only('ports'),
  'emulator/fault': only('core/option emulator/animation emulator/socket ports wire'),
  'emulator/context': only('adapters/node core/option emulator/fault emulator/socket ports wire'),
  'emulator/session': only('emulator/animation emulator/context emulator/fault emulator/socket ports wire'),
  'emulator/http': only(`
    adapters/ws emulator/context emulator/fault emulator/session emulator/socket node:http node:net
    node:stream ports
  `),
  emulator: only(`
    adapters/node core/option emulator/animation emulator/context emulator/fault emulator/http
    emulator/socket node:crypto ports
  `),
  storm: only('adapters/node core/fleet core/gate core/policy'),
  cli: only(`
    adapters/node audio client/options core/failure core/option core/policy core/redaction core/utterance
    emulator emulator/context emulator/fault fleet index.ts inspector node:dns node:fs node:net node:path
    node:timers node:tls node:url node:util recorder recorder/replay recorder/timeline storm
  `),
  'adapters/codec': only('ports wire'),
  'adapters/node': only(`
    core/memory core/option node:async_hooks node:crypto node:diagnostics_channel node:http node:https node:module node:net
    node:perf_hooks node:timers node:tls node:url node:util node:zlib ports
  `),
  'adapters/opus': only('@evan/opus core/utterance'),
  'adapters/token': only('adapters/node core/memory core/option node:crypto node:http ports'),
  'adapters/whatwg': only('adapters adapters/node core/option ports'),
  'adapters/ws': only(`
    adapters adapters/node core/memory core/option node:http node:module node:net ports ws
  `),
  'core/fleet': only(''),
  'core/gate': only('core/failure core/memory core/option core/policy'),
  'core/redaction': only('core/memory'),
};

function only(names: string): readonly string[] {
  return names.split(/\s+/).filter((name) => name !== '');
}
