/** A list of choices contains all members of its union. The compiler checks only that it has no others. */
import { expectTypeOf, it } from 'vitest';
import type { WHEN_PAUSED } from '../../src/client/session-calls.js';
import type { WhenPaused } from '../../src/client/session-interfaces.js';
import type { Overlap, OVERLAPS } from '../../src/client/speech/utterance-interfaces.js';
import type { PROFILE_NAMES, ProfileName } from '../../src/client/options/profiles.js';
import type { IDLE_CHOICES, IdleChoice } from '../../src/client/options/nested-fields.js';
import type { LIMIT_CHOICES, LimitChoice } from '../../src/client/speech/replay-budget.js';
import type {
  GIVE_UP_REASONS,
  GiveUpReason,
  OUTCOMES,
  UtteranceOutcome,
} from '../../src/core/failure/avatar-sdk-error.js';
import type {
  FAILURE_ORIGINS,
  FailureOrigin,
  Phase,
  PHASES,
  Step,
  STEPS,
} from '../../src/core/failure/avatar-sdk-error-code.js';
import type {
  Jitter,
  JITTERS,
  RETRY_PRESET_NAMES,
  RetryPresetName,
  RULE_ACTIONS,
  RuleAction,
} from '../../src/core/policy/rule.js';
import type { SESSION_STATES, SessionState } from '../../src/core/session/session-life.js';
import type { RECOVERIES, Recovery } from '../../src/core/utterance/recovery.js';

it('every list of choices is complete', () => {
  expectTypeOf<(typeof PHASES)[number]>().toEqualTypeOf<Phase>();
  expectTypeOf<(typeof STEPS)[number]>().toEqualTypeOf<Step>();
  expectTypeOf<(typeof FAILURE_ORIGINS)[number]>().toEqualTypeOf<FailureOrigin>();
  expectTypeOf<(typeof GIVE_UP_REASONS)[number]>().toEqualTypeOf<GiveUpReason>();
  expectTypeOf<(typeof OUTCOMES)[number]>().toEqualTypeOf<UtteranceOutcome>();
  expectTypeOf<(typeof RULE_ACTIONS)[number]>().toEqualTypeOf<RuleAction>();
  expectTypeOf<(typeof JITTERS)[number]>().toEqualTypeOf<Jitter>();
  expectTypeOf<(typeof RETRY_PRESET_NAMES)[number]>().toEqualTypeOf<RetryPresetName>();
  expectTypeOf<(typeof SESSION_STATES)[number]>().toEqualTypeOf<SessionState>();
  expectTypeOf<(typeof RECOVERIES)[number]>().toEqualTypeOf<Recovery>();
  expectTypeOf<(typeof IDLE_CHOICES)[number]>().toEqualTypeOf<IdleChoice>();
  expectTypeOf<(typeof LIMIT_CHOICES)[number]>().toEqualTypeOf<LimitChoice>();
  expectTypeOf<(typeof OVERLAPS)[number]>().toEqualTypeOf<Overlap>();
  expectTypeOf<(typeof PROFILE_NAMES)[number]>().toEqualTypeOf<ProfileName>();
  expectTypeOf<(typeof WHEN_PAUSED)[number]>().toEqualTypeOf<WhenPaused>();
});
