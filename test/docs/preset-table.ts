/** The documents' parts about the presets and the profiles, generated from their definitions. */
import { durationText } from '../../src/core/policy/delay.js';
import { PROFILE_NAMES, PROFILES } from '../../src/client/options/profiles.js';
import { RETRY_PRESET_NAMES } from '../../src/core/policy/rule.js';
import { AVATAR_SDK_ERROR_CODES, RETRY_PRESETS } from '../../src/index.js';
import type { RetryPresetName } from '../../src/index.js';
import { code, table } from './markdown.js';
import { bulletsOf } from './source-docs.js';

export function presetsTable(): string {
  const meanings = bulletsOf('src/core/policy/rule.ts', 'RetryPresetName');
  return table(
    [
      'preset',
      'for',
      'attempts',
      'given up after',
      'delays',
      'longest wait asked for',
      'steps from the third dial on',
      'rows of its own',
    ],
    RETRY_PRESET_NAMES.map((preset) => {
      const { maxAttempts, maxElapsedMs, maxHintMs, patienceMs, backoff } = RETRY_PRESETS[preset];
      const meaning = meanings.find((line) => line.startsWith(`- ${code(preset)}: `));
      if (meaning === undefined) throw new Error(`RetryPresetName: ${preset} has no comment`);
      const { baseMs, capMs } = backoff;
      const never = maxAttempts === 1;
      return [
        code(preset),
        meaning.slice(meaning.indexOf(': ') + 2),
        maxAttempts === Infinity ? 'no limit' : String(maxAttempts),
        never ? 'at once' : durationText(maxElapsedMs),
        never || capMs === 0 ? 'none' : `0 to ${durationText(baseMs)}, growing to ${durationText(capMs)}`,
        never ? 'none' : durationText(maxHintMs),
        never ? 'none' : patienceMs === 0 ? '`timeoutMs`' : durationText(patienceMs),
        never ? 'all: surface' : ownRows(preset),
      ];
    }),
  );
}

function ownRows(preset: RetryPresetName): string {
  const { rules } = RETRY_PRESETS[preset];
  const own = AVATAR_SDK_ERROR_CODES.filter(
    (name) => JSON.stringify(rules[name]) !== JSON.stringify(RETRY_PRESETS.default.rules[name]),
  );
  return own
    .map((name) => {
      const { action, maxAttempts } = rules[name];
      return `${code(name)}: ${action}${maxAttempts === undefined ? '' : `, ${maxAttempts} attempts`}`;
    })
    .join('; ');
}

/** One row for each option that a profile sets. */
export function profilesTable(): string {
  const { heartbeat, times } = PROFILES.default;
  const shown = (value: number): string => code(value === Infinity ? 'Infinity' : grouped(value));
  const row = (option: string, valueOf: (name: (typeof PROFILE_NAMES)[number]) => string): string[] => [
    code(option),
    ...PROFILE_NAMES.map(valueOf),
  ];
  const beats = ['intervalMs', 'timeoutMs'] as const;
  return table(
    ['option', ...PROFILE_NAMES.map(code)],
    [
      row('retry', (name) => `preset ${code(PROFILES[name].retry)}`),
      ...beats.map((beat) => row(`heartbeat.${beat}`, (name) => shown(PROFILES[name].heartbeat[beat]))),
      ...(Object.keys(heartbeat.speaking) as (typeof beats)[number][]).map((beat) =>
        row(`heartbeat.speaking.${beat}`, (name) => shown(PROFILES[name].heartbeat.speaking[beat])),
      ),
      ...(Object.keys(times) as (keyof typeof times)[]).map((time) =>
        row(time, (name) => shown(PROFILES[name].times[time])),
      ),
      row('replay.ttlMs', (name) => shown(PROFILES[name].replay.ttlMs)),
    ],
  );
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, '_');
}
