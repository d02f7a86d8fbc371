"""The decisions of a session about failures: the subjects `decision`, `stepLimit` and `budget`."""

import math

from tables import TABLES

MAX_TIMER_MS = 2**31 - 1
TOKEN_CODES = ("sessionTokenExpired", "sessionTokenInvalid")


def unlimited(value):
    return math.inf if value is None else value


def resolve(options):
    """The policy of the option `retry`, with every number filled in."""
    if options is False:
        return TABLES["policies"]["never"]
    preset = TABLES["policies"][options.get("preset", "default")]
    backoff = {**preset["backoff"], **options.get("backoff", {})}
    rules = dict(preset["rules"])
    for code, given in options.get("rules", {}).items():
        own = {"action": given} if isinstance(given, str) else dict(given)
        if "backoff" in own:
            own["backoff"] = {**backoff, **own["backoff"]}
        rules[code] = {**rules[code], **own}
    numbers = {name: value for name, value in options.items() if name not in ("preset", "rules", "backoff")}
    return {**preset, **numbers, "backoff": backoff, "rules": rules}


def limit_of(policy, code, name):
    return unlimited(policy["rules"].get(code, {}).get(name, policy[name]))


class Outage:
    """The history of one outage."""

    def __init__(self, started_ms, last_attempt_ms=None):
        self.started_ms = started_ms
        self.last_attempt_ms = last_attempt_ms
        self.worked_ms = 0
        self.attempts = 0
        self.lost = False
        self.last_ended_ms = None
        self.replaced_ended_ms = None
        self.token_replaced = False
        self.room_token_replaced = False
        self.bad_certificate_ms = None

    def elapsed_ms(self, now_ms):
        return now_ms - self.started_ms - self.worked_ms

    def dialled(self, now_ms):
        self.attempts += 1
        self.last_attempt_ms = now_ms

    def connection_lost(self, confirmed_ms, last_sign_ms, now_ms, stable_after_ms):
        """The outage after the loss: a new one, or this one."""
        lived_ms = max(last_sign_ms - confirmed_ms, 0)
        if lived_ms >= stable_after_ms:
            after = Outage(now_ms, self.last_attempt_ms)
        else:
            after = self
            if self.replaced_ended_ms is None:
                self.replaced_ended_ms = self.last_ended_ms
            if self.attempts <= 1 and not self.lost:
                self.started_ms, self.worked_ms = now_ms, 0
            else:
                self.worked_ms += lived_ms
        after.lost = True
        after.last_ended_ms = now_ms
        return after

    def is_first_failure(self):
        first_dial = self.attempts == 1 and self.replaced_ended_ms is None
        return self.lost and (self.attempts == 0 or first_dial)


def is_bad_certificate(failure):
    of_transport = failure.get("origin") == "transport"
    return failure["code"] == "connectionFailed" and failure["permanent"] and of_transport


def noticed(outage, failure, now_ms):
    if outage.bad_certificate_ms is None and is_bad_certificate(failure):
        outage.bad_certificate_ms = now_ms


def retried(outage, failure):
    if failure["code"] in TOKEN_CODES and failure["phase"] != "session_token":
        outage.token_replaced = True
    elif failure.get("roomTokenRefused"):
        outage.room_token_replaced = True


# Rows for a reconnect


def reconnect_until_ms(policy, outage, failure, now_ms):
    """The time until which a reconnect rule allows retries; None if no rule does."""
    found = reconnect_row(outage, failure)
    if found is None:
        return None
    name, until_ms = found
    rules = policy["rules"]
    if name in ("tokenRanOut", "roomTokenRanOut"):
        allowed = rules["connectionClosed"]["action"] != "surface"
    elif name in ("ownGhost", "rateLimited"):
        allowed = rules["concurrencyLimit"]["action"] == "retryIfHinted"
    else:
        allowed = rules["connectionFailed"]["action"] == "retry"
    return until_ms if allowed and now_ms < until_ms else None


def reconnect_row(outage, failure):
    if outage.last_ended_ms is None:
        return None
    code, origin = failure["code"], failure.get("origin")
    windows = TABLES["reconnectMs"]
    limited = code == "concurrencyLimit" and not failure["permanent"] and failure["retryAfterMs"] is None
    if failure.get("roomTokenRefused") and not outage.room_token_replaced:
        return "roomTokenRanOut", math.inf
    if failure["phase"] == "websocket_runtime":
        if code == "sessionTokenExpired" and not outage.token_replaced:
            return "tokenRanOut", math.inf
        if limited and outage.replaced_ended_ms is not None:
            return "ownGhost", outage.replaced_ended_ms + windows["ownGhost"]
        return None
    if limited:
        if origin == "gateway":
            return "rateLimited", math.inf
        return "ownGhost", outage.last_ended_ms + windows["ownGhost"]
    if origin == "application" and code in ("sessionTokenInvalid", "invalidEgressConfig"):
        return "functionAnswer", math.inf
    if is_bad_certificate(failure) and outage.bad_certificate_ms is not None:
        return "certificateRotation", outage.bad_certificate_ms + windows["certificateRotation"]
    return None


# Delays


def ceiling_ms(backoff, exponent):
    exponent = min(max(exponent, 0), TABLES["delays"]["greatestExponent"])
    try:
        growth = float(backoff["factor"]) ** exponent
    except OverflowError:
        growth = 1.7976931348623157e308
    return min(backoff["capMs"], backoff["baseMs"] * growth, MAX_TIMER_MS)


def hinted_ms(hint_ms, draw):
    spread_ms = min(hint_ms * TABLES["delays"]["hintSpread"], max(MAX_TIMER_MS - hint_ms, 0))
    return hint_ms + draw * spread_ms


def shaped(backoff, outage, failure):
    """The backoff of the first delay after a drain notice, or after a loss that is lone."""
    rows = TABLES["delays"]
    drained = failure.get("drainedSessions")
    if backoff["jitter"] == "none":
        return backoff
    if drained is not None:
        window_ms = min(max(backoff["baseMs"], drained * rows["drainMsPerSession"]), backoff["capMs"])
        wider = outage.attempts == 0 and window_ms > backoff["baseMs"]
        return {**backoff, "baseMs": window_ms} if wider else backoff
    if failure.get("lone") and outage.is_first_failure():
        if ceiling_ms(backoff, outage.attempts) > rows["loneMs"]:
            return {**backoff, "baseMs": rows["loneMs"], "factor": 1}
    return backoff


def next_delay(backoff, outage, hint_ms, now_ms, draw, latest_ms):
    exponent = outage.attempts - (0 if outage.lost else 1)
    spread = 0 if backoff["jitter"] == "none" else 1
    least_ms = 0
    if outage.last_attempt_ms is not None:
        least_ms = outage.last_attempt_ms + backoff["minIntervalMs"] - now_ms

    def own_at(at):
        ceiling = ceiling_ms(backoff, exponent)
        drawn = at * ceiling if backoff["jitter"] == "full" else ceiling
        return max(min(drawn, latest_ms - now_ms), least_ms)

    def hinted_at(at):
        return 0 if hint_ms is None else hinted_ms(hint_ms, at * spread)

    def delay_at(at):
        return math.ceil(max(own_at(at), hinted_at(at)))

    by_hint = hint_ms is not None and hinted_at(draw) > own_at(draw)
    return {
        "delayMs": delay_at(draw),
        "minDelayMs": delay_at(0),
        "maxDelayMs": delay_at(1),
        "source": "hint" if by_hint else "backoff",
    }


def is_surfaced(rule, failure, hint_ms):
    if rule["action"] == "surface" or (rule["action"] == "retryIfHinted" and hint_ms is None):
        return True
    return failure["permanent"] and not rule.get("retryPermanent", False)


def give_up(reason):
    return {"action": "giveUp", "reason": reason}


def decide(policy, outage, failure, now_ms, random):
    code, hint_ms = failure["code"], failure["retryAfterMs"]
    rule = policy["rules"][code]
    stale = (
        failure.get("tokenStale", False)
        and not outage.token_replaced
        and failure["phase"] == "websocket_connect"
        and code in TOKEN_CODES
    )
    until_ms = reconnect_until_ms(policy, outage, failure, now_ms)
    if not stale and until_ms is None and is_surfaced(rule, failure, hint_ms):
        return give_up("rule")
    if outage.attempts >= limit_of(policy, code, "maxAttempts"):
        return give_up("attempts")
    if not stale and hint_ms is not None and hint_ms > policy["maxHintMs"]:
        return give_up("hintTooLong")
    if stale:
        delay = {"delayMs": 0, "minDelayMs": 0, "maxDelayMs": 0, "source": "staleToken"}
    else:
        backoff = {**policy["backoff"], **rule.get("backoff", {})}
        latest_ms = math.inf if until_ms is None else until_ms
        backoff = shaped(backoff, outage, failure)
        delay = next_delay(backoff, outage, hint_ms, now_ms, random(), latest_ms)
    if outage.elapsed_ms(now_ms) + delay["delayMs"] > limit_of(policy, code, "maxElapsedMs"):
        return give_up("elapsed")
    return {"action": "retry", **delay}


# Limits of steps, and the budget


def step_limit_ms(policy, attempt, timeout_ms, outage_ms, latest):
    step_ms = timeout_ms
    if attempt >= TABLES["delays"]["firstPatientAttempt"]:
        step_ms = max(timeout_ms, policy["patienceMs"])
    of_latest = unlimited(policy["maxElapsedMs"]) if latest is None else limit_of(policy, latest, "maxElapsedMs")
    limit_ms = max(of_latest, limit_of(policy, "connectionFailed", "maxElapsedMs"))
    left_ms = math.inf if limit_ms == 0 else max(limit_ms - outage_ms, 0)
    return min(step_ms, left_ms)


class Budget:
    """The tokens for re-sends. The bucket is full at the beginning."""

    def __init__(self, numbers):
        self.numbers = {**TABLES["budget"], **numbers}
        self.tokens = self.numbers["capacity"]
        self.at_ms = 0

    def fill(self, now_ms, earned=0):
        passed_ms = max(now_ms - self.at_ms, 0)
        filled = self.tokens + passed_ms * self.numbers["perSecond"] / 1000 + earned
        self.tokens = min(filled, self.numbers["capacity"])
        self.at_ms = max(now_ms, self.at_ms)

    def earned(self, now_ms):
        self.fill(now_ms, self.numbers["perSuccess"])

    def ask(self, now_ms):
        """Whether a token is granted, and the time of the next one."""
        self.fill(now_ms)
        if self.tokens >= 1 - 1e-6:
            self.tokens = max(self.tokens - 1, 0)
            return True, now_ms
        per_second = self.numbers["perSecond"]
        return False, None if per_second == 0 else self.at_ms + (1 - self.tokens) / per_second * 1000
