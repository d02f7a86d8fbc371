/**
 * The operations of a coordinator on Redis, as Lua: each script reads the time of the server, decides and writes in one step, so the
 * clocks of the processes are irrelevant. The rules of dials are those of core/fleet/dial-line.ts. All keys of an endpoint have one hash
 * tag, and so one slot of a cluster.
 *
 * KEYS of all scripts: 1 leases of the account by their end, 2 processes by their end, 3 the line of dials, 4 and 5 the sessions that
 * wait for a place.
 */
import { createHash } from 'node:crypto';
import {
  ASK_AGAIN_MS,
  DRAIN_STEP_MS,
  FAILURES_UNTIL_DOWN,
  FAILURES_WITHIN_MS,
  LATE_MS,
  PROBE_GAP_MS,
  QUEUE_KEEP_MS,
} from '../core/fleet/dial-line.js';

export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/** Milliseconds of the server, with fractions; a test replaces this part. */
export const SERVER_TIME = `local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000`;

/** Numbers with three decimals: the engine's own conversion has only fourteen digits. */
const TEXT_OF_NUMBER = `local function text(x) return string.format('%.3f', x) end`;

/** The number of processes; the calling one is registered as seen now. */
const WORKERS = `local function workers(name, ttl)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now))
  redis.call('ZADD', KEYS[2], text(now + ttl), name)
  redis.call('PEXPIRE', KEYS[2], math.ceil(ttl * 2))
  return redis.call('ZCARD', KEYS[2])
end`;

function scriptOf(body: string): RedisScript {
  const text = `${SERVER_TIME}\n${TEXT_OF_NUMBER}\n${WORKERS}\n${body.trim()}\n`;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** The sessions that wait for a place. KEYS[4]: in the order of their requests. KEYS[5]: by the time at which they are dropped. */
const QUEUE = `local function leave(member)
  redis.call('ZREM', KEYS[4], member)
  redis.call('ZREM', KEYS[5], member)
end`;

/**
 * ARGV: session, process, TTL, limit (0: none). A free place goes to the session that has waited longest.
 * Answer: 1 or 0, processes, the number of sessions that wait before this one.
 */
export const ACQUIRE = scriptOf(`
${QUEUE}
local member, worker, ttl, limit = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local seen = workers(worker, ttl)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now))
if limit > 0 and not redis.call('ZSCORE', KEYS[1], member) then
  for _, silent in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', text(now), 'LIMIT', 0, 1000)) do
    if silent ~= member then leave(silent) end
  end
  local ahead = redis.call('ZRANK', KEYS[4], member) or redis.call('ZCARD', KEYS[4])
  if redis.call('ZCARD', KEYS[1]) + ahead >= limit then
    redis.call('ZADD', KEYS[4], 'NX', text(now), member)
    redis.call('ZADD', KEYS[5], text(now + ${QUEUE_KEEP_MS}), member)
    redis.call('PEXPIRE', KEYS[4], ${QUEUE_KEEP_MS})
    redis.call('PEXPIRE', KEYS[5], ${QUEUE_KEEP_MS})
    return {0, seen, ahead}
  end
end
leave(member)
redis.call('ZADD', KEYS[1], text(now + ttl), member)
redis.call('PEXPIRE', KEYS[1], math.ceil(ttl * 2))
return {1, seen, 0}
`);

/**
 * ARGV: process, TTL, session whose dial is the probe or an empty text, members…
 * Renews only existing entries. Answer: processes, then the members that do not exist.
 */
export const RENEW = scriptOf(`
local ttl, prober = tonumber(ARGV[2]), ARGV[3]
local answer = {workers(ARGV[1], ttl)}
for at = 4, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[at]) then
    redis.call('ZADD', KEYS[1], 'XX', text(now + ttl), ARGV[at])
  else
    answer[#answer + 1] = ARGV[at]
  end
end
if #ARGV >= 4 then redis.call('PEXPIRE', KEYS[1], math.ceil(ttl * 2)) end
if prober ~= '' and redis.call('HGET', KEYS[3], 'claimedBy') == prober then
  redis.call('HSET', KEYS[3], 'claimedUntil', text(now + ttl))
end
return answer
`);

/** ARGV: members… Answer: the number of members that existed. */
export const RELEASE = scriptOf(`
return redis.call('ZREM', KEYS[1], unpack(ARGV))
`);

/**
 * A larger step back of the server's clock, milliseconds, moves the stored times back as well: otherwise, after a step of an hour, a time
 * that is one second ahead would be an hour ahead. The cause is a changed clock, or a replica that took over.
 */
const CLOCK_STEP_MS = 1_000;

const LINE = `local KEEP = 86400000
local TIMES = {next=1, notBefore=1, drainUntil=1, failedAt=1, probeAt=1, claimedUntil=1}
local state = {}
local fields = redis.call('HGETALL', KEYS[3])
for at = 1, #fields, 2 do state[fields[at]] = fields[at + 1] end
local function num(name) return tonumber(state[name] or '0') or 0 end
local function set(...)
  redis.call('HSET', KEYS[3], 'setAt', text(now), ...)
  redis.call('PEXPIRE', KEYS[3], KEEP)
end
local back = num('setAt') - now
if back > ${CLOCK_STEP_MS} then
  for name, value in pairs(state) do
    local at = (TIMES[name] or string.find(name, 'notBefore:', 1, true) == 1) and tonumber(value)
    if at then
      state[name] = text(at - back)
      set(name, state[name])
    end
  end
end
local function answered()
  if num('failures') > 0 or num('down') == 1 or (state.claimedBy or '') ~= '' then
    set('failures', '0', 'failedBy', '', 'several', '0', 'down', '0', 'claimedBy', '')
    state.failures, state.failedBy, state.several = '0', '', '0'
  end
end`;

/**
 * ARGV: session, process, TTL, account, interval, place or an empty text.
 * Answer: cause (empty: dial now; `probe`: dial now, as the probe), wait, spread, place or an empty text, processes.
 */
export const DIAL = scriptOf(`
${LINE}
local member, worker, ttl, account = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local interval, slot = tonumber(ARGV[5]), tonumber(ARGV[6])
local seen = workers(worker, ttl)
local function wait(cause, ms, spread, place) return {cause, text(ms), text(spread), place or '', seen} end
local floor = math.max(num('notBefore'), num('notBefore:' .. account))
if floor > now then
  return wait('hint', floor - now, math.min((floor - now) / 10, ${ASK_AGAIN_MS.least}))
end
if num('down') == 1 then
  local spread = math.min(math.max(seen, ${ASK_AGAIN_MS.least}), ${ASK_AGAIN_MS.most})
  local by = state.claimedBy or ''
  local claimed = by ~= '' and num('claimedUntil') > now
  if claimed and by ~= member then return wait('probing', ${PROBE_GAP_MS.least}, spread) end
  if not claimed and num('probeAt') > now then return wait('down', num('probeAt') - now, spread) end
  set('claimedBy', member, 'claimedUntil', text(now + ttl))
  return wait('probe', 0, 0)
end
if slot and slot < num('next') then
  if slot > now then return wait('pace', slot - now, 0, text(slot)) end
  if now - slot <= ${LATE_MS} then return wait('', 0, 0) end
end
local at = math.max(num('next'), now)
local step = interval
if now < num('drainUntil') then step = math.max(interval, ${DRAIN_STEP_MS}) end
if step > 0 then set('next', text(at + step)) end
if at <= now then return wait('', 0, 0) end
return wait('pace', at - now, 0, text(at))
`);

/** ARGV: session, process, TTL, account, kind, value. */
export const PUBLISH = scriptOf(`
${QUEUE}
${LINE}
local member, worker, ttl, account = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local kind, value = ARGV[5], tonumber(ARGV[6])
local seen = workers(worker, ttl)
if kind == 'answered' then
  answered()
elseif kind == 'left' then
  leave(member)
  if state.claimedBy == member then set('claimedBy', '') end
elseif kind == 'endpointHint' or kind == 'accountHint' then
  local name = kind == 'endpointHint' and 'notBefore' or 'notBefore:' .. account
  set(name, text(math.max(num(name), now + value)))
elseif kind == 'drain' then
  local sessions = redis.call('ZCARD', KEYS[1])
  set('drainUntil', text(math.max(num('drainUntil'), now + sessions * ${DRAIN_STEP_MS})))
elseif num('down') == 1 then
  if state.claimedBy == member then
    local gap = math.min(num('gap') * 2, ${PROBE_GAP_MS.most})
    set('claimedBy', '', 'gap', text(gap), 'probeAt', text(now + gap))
  end
else
  if now - num('failedAt') > ${FAILURES_WITHIN_MS} then answered() end
  local failures, by, several = num('failures') + 1, state.failedBy or '', num('several')
  if by ~= '' and by ~= worker then several = 1 end
  set('failures', failures, 'failedBy', worker, 'failedAt', text(now), 'several', several)
  if failures >= ${FAILURES_UNTIL_DOWN} and (several == 1 or seen <= 1) then
    set('down', '1', 'gap', '${PROBE_GAP_MS.least}', 'probeAt', text(now + ${PROBE_GAP_MS.least}), 'claimedBy', '')
  end
end
return seen
`);

/**
 * Answer: leases with their remaining times, processes, down, wait, claim, the number of sessions that wait for a place. Changes nothing.
 */
export const INSPECT = scriptOf(`
local leases = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. text(now), '+inf', 'WITHSCORES')
for at = 2, #leases, 2 do leases[at] = text(tonumber(leases[at]) - now) end
local seen = redis.call('ZCOUNT', KEYS[2], '(' .. text(now), '+inf')
local line = redis.call('HMGET', KEYS[3], 'down', 'notBefore', 'claimedBy', 'claimedUntil')
local claimed = tonumber(line[4] or '0') > now and line[3] or ''
return {leases, seen, line[1] or '0', text(math.max(tonumber(line[2] or '0') - now, 0)), claimed,
  redis.call('ZCOUNT', KEYS[5], '(' .. text(now), '+inf')}
`);
