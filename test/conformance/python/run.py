#!/usr/bin/env python3
"""Runs the kit's cases against the port in this folder. Standard library only.

Usage: python3 test/conformance/python/run.py [FILE…]
"""

import json
import sys

from classification import classify, is_room_token_refusal, retry_after_ms, same_failure
from decision import Budget, Outage, decide, noticed, resolve, retried, step_limit_ms
from tables import KIT, TABLES
from utterance import Utterance

FORMAT = 2
ALMOST_ONE = 1 - 2**-40


# Comparison


def differences(where, expected, observed):
    """One line for each member that differs. Null stands for what must not be there."""
    lines = []
    for name, value in expected.items():
        found = observed.get(name)
        if isinstance(value, dict) and isinstance(found, dict):
            lines += differences(f"{where}.{name}", value, found)
        elif not agrees(name, value, found):
            lines.append(f"{where}.{name}: expected {json.dumps(value)}, got {json.dumps(found)}")
    return lines


def agrees(name, expected, found):
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (expected, found))
    if name.endswith("Ms") and numbers:
        return abs(expected - found) < 1
    return expected == found and isinstance(expected, bool) == isinstance(found, bool)


# Draws


def draws_of(case):
    """Pairs: the list of draws, the last of which goes on, and which end of the bounds it gives."""
    if "random" in case:
        given = case["random"]
        return [(given if isinstance(given, list) else [given], "fixed")]
    between = [([value], "between") for value in (0.25, 0.5, 0.75)]
    return [([0.0], "lowest"), *between, ([ALMOST_ONE], "highest")]


def random_of(draws):
    left = list(draws)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def off_bounds(where, expected, observed, side):
    if "minDelayMs" not in expected:
        return []
    delay_ms = observed.get("delayMs")
    lowest, highest = expected["minDelayMs"], expected["maxDelayMs"]
    if delay_ms is None:
        return [f"{where}: there is no delay"]
    if side == "lowest":
        return [] if abs(delay_ms - lowest) < 1 else [f"{where}: drawn 0, {delay_ms} is not {lowest}"]
    if side == "highest":
        return [] if abs(delay_ms - highest) < 1 else [f"{where}: drawn 1, {delay_ms} is not {highest}"]
    return [] if lowest <= delay_ms < highest + 1 else [f"{where}: {delay_ms} is out of bounds"]


# Subjects


def run_classification(case):
    return differences("expect", case["expect"], classify(case["facts"], case.get("nowEpochMs", 0)))


def run_hint(case):
    found = retry_after_ms(case["headers"], case["nowEpochMs"])
    return differences("expect", case["expect"], {"retryAfterMs": found})


def run_duplicate(case):
    same = same_failure(classify(case["first"]), classify(case["second"]), case["afterMs"])
    return differences("expect", case["expect"], {"same": same})


def failure_of(event):
    given = event["failure"]
    stale = {"tokenStale": given.get("tokenStale", False)}
    if "facts" not in given:
        return {"permanent": False, "retryAfterMs": None, **given, **stale, "lone": event.get("lone", False)}
    failure = {**classify(given["facts"]), **stale}
    if given.get("mintsRoomTokens"):
        failure["roomTokenRefused"] = is_room_token_refusal(failure)
    if failure.get("closeCode") in TABLES["delays"]["drainCloseCodes"]:
        return {**failure, "drainedSessions": event.get("sessions", 1)}
    return {**failure, "lone": event.get("lone", False)}


def run_decision(case):
    lines = []
    for draws, side in draws_of(case):
        random = random_of(draws)
        policy, outage, confirmed_ms = resolve(case["policy"]), Outage(0), 0
        for index, event in enumerate(case["events"]):
            now_ms, kind = event["atMs"], event["event"]
            if kind == "start":
                outage = Outage(now_ms)
            elif kind == "dialStarted":
                outage.dialled(now_ms)
            elif kind == "confirmed":
                confirmed_ms = now_ms
            else:
                failure = failure_of(event)
                if kind == "lost":
                    last_ms = event.get("lastSignOfLifeAtMs", now_ms)
                    outage = outage.connection_lost(confirmed_ms, last_ms, now_ms, policy["stableAfterMs"])
                noticed(outage, failure, now_ms)
                decision = {**decide(policy, outage, failure, now_ms, random), "attempts": outage.attempts}
                if decision["action"] == "retry":
                    retried(outage, failure)
                where, expected = f"events[{index}].expect", event.get("expect", {})
                lines += differences(where, expected, decision) + off_bounds(where, expected, decision, side)
    return lines


def run_step_limit(case):
    limit_ms = step_limit_ms(
        resolve(case["policy"]),
        case["attempt"],
        case.get("timeoutMs", 10_000),
        case.get("outageMs", 0),
        case.get("latest"),
    )
    return differences("expect", case["expect"], {"limitMs": limit_ms})


def run_budget(case):
    budget, lines = Budget(case.get("numbers", {})), []
    for index, event in enumerate(case["events"]):
        granted, next_ms = 0, event["atMs"]
        for _ in range(event.get("count", 1)):
            if event["event"] == "earned":
                budget.earned(event["atMs"])
            else:
                is_granted, next_ms = budget.ask(event["atMs"])
                granted += is_granted
        observed = {"granted": granted, "nextAtMs": next_ms}
        lines += differences(f"events[{index}].expect", event.get("expect", {}), observed)
    return lines


def run_utterance(case):
    utterance, lines = Utterance(case), []
    for index, event in enumerate(case["events"]):
        observed = utterance.next(event)
        lines += differences(f"events[{index}].expect", event.get("expect", {}), observed)
    return lines


SUBJECTS = {
    "classification": run_classification,
    "hint": run_hint,
    "duplicate": run_duplicate,
    "decision": run_decision,
    "stepLimit": run_step_limit,
    "budget": run_budget,
    "utterance": run_utterance,
}


def read_cases(names=()):
    """Triples: the file, its subject, a case. Subjects that the port has no use for are left out."""
    for path in sorted((KIT / "cases").glob("*.json")):
        if names and path.name not in names:
            continue
        file = json.loads(path.read_text(encoding="utf-8"))
        if file["format"] != FORMAT:
            raise SystemExit(f"{path.name}: format {file['format']}, this runner reads {FORMAT}")
        if file["subject"] in SUBJECTS:
            yield from ((path.name, file["subject"], case) for case in file["cases"])


def failures(cases):
    """One line for each expectation that is not met."""
    for file, subject, case in cases:
        try:
            lines = SUBJECTS[subject](case)
        except Exception as error:  # A port that breaks fails the case.
            lines = [f"{type(error).__name__}: {error}"]
        yield from (f"{file} › {case['name']} › {line}" for line in lines)


def main():
    cases = list(read_cases(sys.argv[1:]))
    lines = list(failures(cases))
    for line in lines:
        print(line)
    wrong = len({line.rsplit(" › ", 1)[0] for line in lines})
    print(f"{len(cases) - wrong} right, {wrong} wrong")
    return 1 if lines or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
