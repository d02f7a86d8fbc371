/** The README's part about the presets. Made from the presets themselves. */
import { durationText } from '../../src/core/policy/delay.js';
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
        never ? 'none' : `0 to ${durationText(baseMs)}, growing to ${durationText(capMs)}`,
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
