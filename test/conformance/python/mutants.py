#!/usr/bin/env python3
"""Puts plausible bugs into this port, one at a time: a case must fail for each. Standard library only.

A case must also fail for each row that is removed from a table, and for each two texts that are exchanged.

Usage: python3 test/conformance/python/mutants.py
"""

import pathlib
import sys
import types

HERE = pathlib.Path(__file__).resolve().parent
# The modules, in the order of their imports.
MODULES = ["tables", "classification", "decision", "utterance", "gate", "wire", "run"]

C, D, U, G, W = "classification", "decision", "utterance", "gate", "wire"
# Each bug: a description, the module, the text in the module, and its replacement.
MUTANTS = [
    ("an unstable loss does not increase the backoff", D, "(0 if outage.lost else 1)", "1"),
    ("every loss increases the backoff", D, "        after.lost = True", "        after.lost = True\n        after.attempts += 1 if after is self else 0"),
    ("an unstable loss begins a new outage", D, "if lived_ms >= stable_after_ms:", "if True:"),
    ("an unstable loss never restarts the time of the outage", D, "self.started_ms, self.worked_ms = now_ms, 0", "pass"),
    ("the time without messages counts as connected", D, "lived_ms = max(last_sign_ms - confirmed_ms, 0)", "lived_ms = now_ms - confirmed_ms"),
    ("the time in which a connection worked counts", D, "self.worked_ms += lived_ms", "pass"),
    ("a new outage forgets when the last dial was", D, "after = Outage(now_ms, self.last_attempt_ms)", "after = Outage(now_ms)"),
    ("the outage begins with its first dial", D, "        self.attempts += 1", "        self.attempts += 1\n        self.started_ms = now_ms if self.attempts == 1 and not self.lost else self.started_ms"),
    ("the time limit is checked before the hint", D, '    if not stale and hint_ms is not None and hint_ms > policy["maxHintMs"]:', '    if hint_ms is not None and outage.elapsed_ms(now_ms) + hint_ms > limit_of(policy, code, "maxElapsedMs"):\n        return give_up("elapsed")\n    if not stale and hint_ms is not None and hint_ms > policy["maxHintMs"]:'),
    ("attempts are checked before the rule", D, "    if not stale and until_ms is None and is_surfaced(", '    if outage.attempts >= limit_of(policy, code, "maxAttempts"):\n        return give_up("attempts")\n    if not stale and until_ms is None and is_surfaced('),
    ("a rule's own backoff is ignored", D, 'backoff = {**policy["backoff"], **rule.get("backoff", {})}', 'backoff = policy["backoff"]'),
    ("a rule's own minIntervalMs is ignored", D, '**rule.get("backoff", {})}', '**rule.get("backoff", {}), "minIntervalMs": policy["backoff"]["minIntervalMs"]}'),
    ("a rule's own capMs is ignored", D, '**rule.get("backoff", {})}', '**rule.get("backoff", {}), "capMs": policy["backoff"]["capMs"]}'),
    ("a rule's own jitter is ignored", D, '**rule.get("backoff", {})}', '**rule.get("backoff", {}), "jitter": policy["backoff"]["jitter"]}'),
    ("a rule's maxAttempts is ignored", D, 'limit_of(policy, code, "maxAttempts")', 'unlimited(policy["maxAttempts"])'),
    ("a rule's maxElapsedMs is ignored", D, '> limit_of(policy, code, "maxElapsedMs")', '> unlimited(policy["maxElapsedMs"])'),
    ("the raised delay is not counted in elapsed", D, '+ delay["delayMs"] >', '+ (delay["delayMs"] if delay["source"] == "hint" else 0) >'),
    ("the spread of a hint is not counted in elapsed", D, '+ delay["delayMs"] >', '+ (hint_ms if delay["source"] == "hint" else delay["delayMs"]) >'),
    ("a hint replaces the minimum interval", D, "return math.ceil(max(own_at(at), hinted_at(at)))", "return math.ceil(hinted_at(at) if hint_ms is not None else own_at(at))"),
    ("a hint is cut to the cap", D, "return 0 if hint_ms is None else hinted_ms(hint_ms, at * spread)", 'return 0 if hint_ms is None else min(hinted_ms(hint_ms, at * spread), backoff["capMs"])'),
    ("a hint has no spread", D, "return hint_ms + draw * spread_ms", "return hint_ms"),
    ("a second draw for the spread", D, "backoff, outage, hint_ms, now_ms, random(), latest_ms)", "backoff, outage, hint_ms, now_ms, (random(), random())[1], latest_ms)"),
    ("jitter none spreads hints", D, 'spread = 0 if backoff["jitter"] == "none" else 1', "spread = 1"),
    ("the cap comes after the draw", D, "drawn = at * ceiling if", 'drawn = min(at * backoff["baseMs"] * backoff["factor"] ** min(max(exponent, 0), 30), backoff["capMs"]) if'),
    ("a drain ignores jitter none", D, '    if backoff["jitter"] == "none":\n        return backoff\n', ""),
    ("a drain ignores the cap", D, 'min(max(backoff["baseMs"], drained * rows["drainMsPerSession"]), backoff["capMs"])', 'max(backoff["baseMs"], drained * rows["drainMsPerSession"])\n        backoff = {**backoff, "capMs": max(window_ms, backoff["capMs"])}'),
    ("a drain widens later delays, too", D, "wider = outage.attempts == 0 and window_ms", "wider = window_ms"),
    ("a lone loss has a short delay every time", D, 'if failure.get("lone") and outage.is_first_failure():', 'if failure.get("lone"):'),
    ("an action in an object is ignored", D, "rules[code] = {**rules[code], **own}", 'rules[code] = {**rules[code], **own, "action": own["action"] if isinstance(given, str) else rules[code]["action"]}'),
    ("retryPermanent is ignored", D, 'and not rule.get("retryPermanent", False)', ""),
    ("retryIfHinted needs no hint", D, ' or (rule["action"] == "retryIfHinted" and hint_ms is None)', ""),
    ("a hint of 0 is ignored", D, 'rule["action"] == "retryIfHinted" and hint_ms is None', 'rule["action"] == "retryIfHinted" and not hint_ms'),
    ("a stale token is replaced for ever", D, "        and not outage.token_replaced\n", ""),
    ("a stale token is replaced in any phase", D, '        and failure["phase"] == "websocket_connect"\n', ""),
    ("a stale token skips the attempts", D, '    if outage.attempts >= limit_of(policy, code, "maxAttempts"):', '    if not stale and outage.attempts >= limit_of(policy, code, "maxAttempts"):'),
    ("false replaces no stale token, and surfaces it", D, "    if not stale and until_ms is None and is_surfaced(rule", '    if rule["action"] == "surface" and policy["maxAttempts"] == 1 or not stale and until_ms is None and is_surfaced(rule'),
    ("an expired token is replaced every time", D, 'if code == "sessionTokenExpired" and not outage.token_replaced:', 'if code == "sessionTokenExpired":'),
    ("concurrencyLimit after a loss is retried without end", D, 'return "ownGhost", outage.last_ended_ms + windows["ownGhost"]', 'return "ownGhost", math.inf'),
    ("the limit of a gateway is treated like one after a loss", D, 'if origin == "gateway":', "if False:"),
    ("a certificate is retried on a first connect", D, "    if outage.last_ended_ms is None:\n        return None\n", '    if outage.last_ended_ms is None:\n        return ("certificateRotation", math.inf) if is_bad_certificate(failure) else None\n'),
    ("an HTML page is searched for words", C, 'text[0] in "<{["', 'text[0] in "{["'),
    ("JSON that is cut off is searched for words", C, 'text[0] in "<{["', 'text[0] in "<["'),
    ("the status in the body is used outside 2xx", C, "if 200 <= status < 300 and body", "if body"),
    ("the request id of the body is ignored", C, 'headers.get("x-request-id", "").strip() or body.get("requestId")', 'headers.get("x-request-id", "").strip()'),
    ("any reason prevents a normal end", C, "not owes and not told:", "not owes and not reason:"),
    ("the close reason is lost", C, '**({"closeReason": reason} if reason else {})', "**{}"),
    ("UNAVAILABLE over HTTP asks for the session's egress", C, "return by_server_row(row, text, False)", "return by_server_row(row, text, True)"),
    ("only five certificate codes are permanent", C, '"permanent": verdict == "permanent"}', '"permanent": facts["errno"] in ("CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID") or origin == "local"}'),
    ("a malformed answer counts at the upgrade only", C, 'if verdict == "malformed":', 'if verdict == "malformed" and facts["phase"] == "websocket_connect":'),
    ("numbers are parsed as floats", C, "not NUMBER.fullmatch(value.strip())", 'not value.strip().replace(".", "").replace("e", "").replace("+", "").isdigit()'),
    ("a wrong weekday refuses the date", C, "        parts = dict(zip(order, match.groups()))", '        parts = dict(zip(order, match.groups()))\n        if text[:3] == "mon":\n            return None'),
    ("dates are compared with the local clock", C, "(now_epoch_ms if told is None else told)", "now_epoch_ms"),
    ("a date in the past is not a hint", C, "return max(0, until - ", "return None if until <= now_epoch_ms else max(0, until - "),
    ("31 Feb rolls over", C, "exists = 1 <= day <= calendar.monthrange(year, month)[1]", "exists = 1 <= day <= 31"),
    ("words take precedence over an application close code", C, 'if row.get("textFirst"):', "if True:"),
    ("4010 in a running session is invalid", C, '(confirmed(facts) or "expired" in text)', '"expired" in text'),
    ("ServerError 5000 is about closing", C, '    row = covering(TABLES["closeCodes"], number)\n    if row:\n        return', '    row = covering(TABLES["closeCodes"], number) or (number > 999 and covering(TABLES["otherCloseCodes"], number))\n    if row:\n        return'),
    ("unauthorized over HTTP is the room", C, "    return by_text(text, False)", "    return by_text(text, True)"),
    ("an expired token ignores egress", C, '"withEgress" if uses_egress(facts) else "withoutEgress"', '"withoutEgress"'),
    ("a gateway's words end a confirmed session", C, 'if not before or sender_of(text) != "none" else None', "if True else None"),
    ("a confirmed session accepts the refusal of a gateway", C, '    if before and code != "concurrencyLimit":', "    if False:"),
    ("an account limit of anyone is a gateway's", C, "confirmed_before and status not in gateway[\"accountStatuses\"]", "confirmed_before"),
    ("1000 with an unfinished request is a new failure", C, "return plain and number in", "return plain and number != 1000 and number in"),
    ("every plain close is a duplicate", C, 'return plain and number in TABLES["sameFailure"]["closeCodesThatSayNothing"]', "return plain"),
    ("a duplicate must have both connection ids", C, "if None not in ids and ids[0] != ids[1]:", "if ids[0] != ids[1]:"),
    ("a duplicate may come late", C, '<= TABLES["sameFailure"]["windowMs"]', "<= 60_000"),
    ("effects of errors of one request", C, ' and not facts.get("reqId"):', ":"),
    ("Ogg Opus is cut in a room", U, 'if self.recovery == "replay" or not self.cuttable:', 'if self.recovery == "replay" or (not self.cuttable and not self.uses_egress):'),
    ("drop reports an error when the audio is not kept", U, '        if self.recovery in ("drop", "fail"):\n', '        if not self.kept:\n            return {"action": "giveUp", "silently": False}\n        if self.recovery in ("drop", "fail"):\n'),
    ("an end without audio does not count as sent", U, "        self.begun = True\n", "        self.begun = self.begun or size > 0\n"),
    ("each end of the service ends the request", U, "last = end and self.end_sent", "last = end"),
    ("a lead-in in a room", U, "return self.played_ms, 0", "return max(0, self.played_ms - self.lead_in_ms), 0"),
    ("the room has heard more than went out", U, "if from_byte > self.sent:", "if False:"),
    ("positions of the second run count from the beginning", U, "self.run_from_ms + event[\"ms\"]", 'event["ms"]'),
    ("half samples", U, "* self.sample_rate / 1000 + ROUNDING) * SAMPLE_BYTES", "* self.sample_rate * SAMPLE_BYTES / 1000 + ROUNDING)"),
    ("keyframes of a second run come twice", U, "self.keyframes_in_run = keyframe", "self.keyframes_in_run = self.delivered"),
    ("a run that is lost again under the same id", U, "        self.fresh_id = True\n        self.keyframes", "        self.keyframes"),
    ("patience from the second dial on", D, 'attempt >= TABLES["delays"]["firstPatientAttempt"]', "attempt >= 2"),
    ("patience shortens a longer limit", D, 'step_ms = max(timeout_ms, policy["patienceMs"])', 'step_ms = policy["patienceMs"]'),
    ("ten tenths are less than one token", D, "if self.tokens >= 1 - 1e-6:", "if self.tokens >= 1:"),
    ("the bucket has no maximum", D, 'min(filled, self.numbers["capacity"])', "filled"),
    ("every loss counts in the row", G, "        self.trouble_ms = now_ms\n\n    def settle", "        else:\n            self.unreachable(now_ms, serial, serial, lambda: 0)\n        self.trouble_ms = now_ms\n\n    def settle"),
    ("the period does not start again when the endpoint is down again", G, 'self.level, self.probes = "down", 0', 'self.level = "down"'),
    ("429 does not end the row", G, "    def refused(self, now_ms, serial):\n", "    def refused(self, now_ms, serial):\n        if self.level == \"recovering\":\n            return\n"),
    ("the limit becomes half of the dials in flight", G, 'self.grown_limit // 2)', "self.dialling // 2)"),
    ("a probe that leaves passes its turn to another session", G, "        account = ticket.account\n        if ticket.stage in (", "        account = ticket.account\n        if ticket.stage == \"dialling\":\n            self.endpoint.inconclusive(now_ms, ticket.serial)\n        if ticket.stage in ("),
    ("trouble continues while dials are in flight", G, 'if self.level == "down" and self.dialling > 0:', "if self.dialling > 0:"),
    ("a refused probe leaves it down", G, '        if self.level == "down":\n            self.recover(now_ms, serial, 0)\n            self.fastest_ms = None\n        self.row = 0', "        self.row = 0"),
    ("a permanent failure is trouble", G, 'return rows["permanentDial"]', 'return rows["dial"]'),
    ("a failure of a function of the application is trouble", G, '    if origin in ("application", "local"):\n        return NO_EVIDENCE\n', ""),
    ("the refusal of a gateway counts as a response of the service", G, 'return rows["dialRefusedByGatewayWithHint" if hinted else "dialRefusedByGateway"]', 'return rows["dial"]'),
    ("settleMs is a constant", G, 'self.numbers["settleMs"]', "30_000"),
    ("queueingMs is a constant", G, 'self.numbers["queueingMs"]', "250"),
    ("a slow success raises the limit", G, "if busy >= self.grown_limit and quick:", "if busy >= self.grown_limit:"),
    ("a limit that was not reached is raised", G, "if busy >= self.grown_limit and quick:", "if quick:"),
    ("a dial from before the failure counts in the row", G, ' or dial_serial < self.since_serial:', ":"),
    ("down after one failure", G, 'if self.row >= self.numbers["failuresUntilDown"]:', "if self.row >= 1:"),
    ("no pace", G, "least_ms = max(self.not_before_ms, self.paces[step] - burst_ms)", "least_ms = self.not_before_ms"),
    ("a later hint shortens the floor", G, "belief.not_before_ms = max(belief.not_before_ms, now_ms + hinted_ms(hint_ms, self.random()))", "belief.not_before_ms = now_ms + hinted_ms(hint_ms, self.random())"),
    ("a long hint is a floor for all", G, ' or hint_ms > self.numbers["maxHintMs"]:', ":"),
    ("the hint of an account delays the endpoint", G, 'belief = self.endpoint if hint_of == "endpoint" else account.belief', "belief = self.endpoint"),
    ("the limit of one account applies to all accounts", G, "                ticket.account.belief.throttled(now_ms, self.next_serial)", "                self.endpoint.throttled(now_ms, self.next_serial)"),
    ("accounts do not take turns", G, "            self.turns.append(account)", "            self.turns.insert(0, account)"),
    ("a session that is alone waits", G, "self.alone = enrolled == 1", "self.alone = False"),
    ("a preparation counts without a time limit", G, '        self.later[ticket] = now_ms + self.numbers["prepareBesideLateMs" if self.late else "prepareMs"]\n', ""),
    ("a lease has no end", G, "if ticket.lease_ms != math.inf:", "if False:"),
    ("zero values are written", W, "elif not value:", "elif value is None:"),
    ("negative numbers are read as large ones", W, "value = value - 2**64 if value >= 2**63 else value", "value = value & 0xFFFFFFFF"),
    ("numbers are read beyond what is exact", W, "if abs(value) > GREATEST_EXACT:", "if False:"),
    ("groups have no maximum depth", W, "if len(groups) > DEEPEST_GROUP:", "if False:"),
    ("the pieces of a content are joined without a check", W, "    for piece in contents:\n        fields_of(piece)\n", ""),
    ("broken UTF-8 is repaired", W, 'return value.decode("utf-8")', 'return value.decode("utf-8", "replace")'),
    ("an unknown type is refused", W, "        return None\n", "        raise Refused(\"an unknown type\")\n"),
    ("a length is not checked", W, "if size > len(data) - at:", "if False:"),
    ("an empty envelope is ignored", W, "if not types or types[-1] == 0:", "if not types:\n        return None\n    if types[-1] == 0:"),
    ("every loss is lone", G, 'lone = now_ms - self.lost_ms > self.numbers["loneAfterMs"]', "lone = True"),
]


# The tables of tables.json in which every row is needed.
TABLES_OF_ROWS = [
    ("texts",),
    ("egressWords",),
    ("closeCodes",),
    ("otherCloseCodes",),
    ("transportCloseCodes",),
    ("serverErrors",),
    ("httpStatuses",),
    ("transportCodes",),
    ("gateway", "statuses"),
    ("gateway", "accountStatuses"),
    ("gateway", "handshakeCloseCodes"),
    ("sameFailure", "closeCodesThatSayNothing"),
    ("delays", "drainCloseCodes"),
]


def says_what_holds_without(row):
    """Whether the row only informs readers: without it, a default or a later row has the same result."""
    if not isinstance(row, dict):
        return False
    other_than_malformed = row.get("verdict") == "healable" and not row["errno"].startswith("HPE_")
    return other_than_malformed or (row.get("from"), row.get("code")) == (500, "serverError")


def rows_that_no_case_needs(port, cases):
    """Removes each row in turn, and exchanges texts with different codes. Returns what no case noticed, and the number of mutants."""
    missed, tried = [], 0
    for path in TABLES_OF_ROWS:
        rows = port.TABLES
        for name in path:
            rows = rows[name]
        for index, row in enumerate(list(rows)):
            if says_what_holds_without(row):
                continue
            tried += 1
            del rows[index]
            if next(port.failures(cases), None) is None:
                missed.append(f"{'.'.join(path)} without {row}: no case fails")
            rows.insert(index, row)
    texts = port.TABLES["texts"]
    for index in range(1, len(texts)):
        if texts[index - 1]["code"] == texts[index]["code"]:
            continue
        tried += 1
        texts[index - 1 : index + 1] = texts[index], texts[index - 1]
        if next(port.failures(cases), None) is None:
            missed.append(f"{texts[index]['text']} after {texts[index - 1]['text']}: no case fails")
        texts[index - 1 : index + 1] = texts[index], texts[index - 1]
    return missed, tried


def load(changed=None, text=None):
    """The runner of the port, with another text for one module."""
    for name in MODULES:
        module = types.ModuleType(name)
        module.__file__ = str(HERE / f"{name}.py")
        sys.modules[name] = module
        source = text if name == changed else SOURCES[name]
        exec(compile(source, name, "exec"), module.__dict__)
    return sys.modules["run"]


SOURCES = {name: (HERE / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}


def main():
    port = load()
    cases = list(port.read_cases())
    missed = list(port.failures(cases))
    right = len(cases) - len({line.rsplit(" › ", 1)[0] for line in missed})
    in_rows, tried = rows_that_no_case_needs(port, cases)
    missed += in_rows
    right += tried - len(in_rows)
    for what, module, before, after in MUTANTS:
        if SOURCES[module].count(before) != 1:
            missed.append(f"{what}: its place in {module}.py is there {SOURCES[module].count(before)} times")
            continue
        first = next(load(module, SOURCES[module].replace(before, after)).failures(cases), None)
        if first is None:
            missed.append(f"{what}: no case fails")
        else:
            right += 1
    for line in missed:
        print(line)
    print(f"{right} right, {len(missed)} wrong")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
