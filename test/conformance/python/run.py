#!/usr/bin/env python3
"""Runs the kit's cases against the port in this folder. Standard library only.

Usage: python3 test/conformance/python/run.py [FILE…]
"""

import json
import math
import re
import sys

from classification import classify, is_room_token_refusal, retry_after_ms, same_failure
from decision import Budget, Outage, decide, noticed, resolve, retried, step_limit_ms
from gate import Gate
from tables import KIT, TABLES
from utterance import Utterance
from wire import Refused, decode, encode

FORMAT = 2
ALMOST_ONE = 1 - 2**-40


# Comparison


def differences(where, expected, observed):
    """One line for each member that differs. Null means that the member must be absent."""
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
    """Pairs of a list of draws, whose last one is repeated, and the bound that it leads to."""
    if "random" in case:
        given = case["random"]
        return [(given if isinstance(given, list) else [given], "fixed")]
    between = [([value], "between") for value in (0.25, 0.5, 0.75)]
    return [([0.0], "lowest"), *between, ([ALMOST_ONE], "highest")]


def random_of(draws):
    left = list(draws)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def off_bounds(where, expected, found_ms, side, what):
    """`what` is Delay or WakeAt: checks the two bounds, which the lowest and the highest draw must reach."""
    if f"min{what}Ms" not in expected:
        return []
    lowest, highest = expected[f"min{what}Ms"], expected[f"max{what}Ms"]
    if found_ms is None:
        return [f"{where}: there is no {what}"]
    if side == "lowest":
        return [] if abs(found_ms - lowest) < 1 else [f"{where}: drawn 0, {found_ms} is not {lowest}"]
    if side == "highest":
        return [] if abs(found_ms - highest) < 1 else [f"{where}: drawn 1, {found_ms} is not {highest}"]
    return [] if lowest <= found_ms < highest + 1 else [f"{where}: {found_ms} is out of bounds"]


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
                lines += differences(where, expected, decision)
                lines += off_bounds(where, expected, decision.get("delayMs"), side, "Delay")
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


def names_of(sessions):
    names = []
    for session in sessions:
        spread = re.fullmatch(r"([a-z]+)([0-9]+)\.\.\1([0-9]+)", session)
        if spread:
            names += [f"{spread[1]}{number}" for number in range(int(spread[2]), int(spread[3]) + 1)]
        else:
            names.append(session)
    return names


def run_gate(case):
    lines = []
    for draws, side in draws_of(case):
        gate = Gate(case.get("numbers", {}), case.get("enrolled", 2), random_of(draws))
        tickets, lone = {}, False
        for index, event in enumerate(case["events"]):
            now_ms, kind, moved = event["atMs"], event["event"], []
            while (wake_ms := gate.wake_at_ms()) is not None and wake_ms <= now_ms:
                moved += gate.admit(wake_ms)
            moved = [(ticket.name, ticket.stage == "dialling") for ticket in moved]
            for name in names_of(event.get("sessions", [])):
                if kind == "join":
                    account, lease_ms = event.get("account", ""), event.get("leaseMs", math.inf)
                    tickets[name] = gate.join(name, now_ms, account, event.get("prepares", False), lease_ms)
                elif kind == "ready":
                    gate.ready(tickets[name], now_ms)
                    if tickets[name].stage == "dialling":
                        moved.append((name, True))
                elif kind == "failed":
                    gate.failed(tickets[name], failure_of(event), now_ms)
                else:
                    getattr(gate, kind)(tickets[name], now_ms)
            if kind == "lost":
                lone = gate.connection_lost(failure_of(event), now_ms, event.get("account", ""))
            moved += [(ticket.name, ticket.stage == "dialling") for ticket in gate.admit(now_ms)]
            endpoint = gate.endpoint
            observed = {
                "admitted": [name for name, dials in moved if dials],
                "called": [name for name, dials in moved if not dials],
                "wakeAtMs": gate.wake_at_ms(),
                "lone": lone,
                "level": endpoint.level,
                "waiting": gate.waiting,
                "inFlight": endpoint.dialling,
                "limit": None if endpoint.limit == math.inf else endpoint.limit,
                "notBeforeMs": None if endpoint.not_before_ms == -math.inf else endpoint.not_before_ms,
            }
            where, given = f"events[{index}].expect", event.get("expect", {})
            expected = {name: value for name, value in given.items() if not name.startswith(("min", "max"))}
            for name in ("admitted", "called"):
                expected[name] = names_of(given.get(name, []))
            lines += differences(where, expected, observed)
            lines += off_bounds(where, given, observed["wakeAtMs"], side, "WakeAt")
    return lines


def run_wire(case):
    data, expected = bytes.fromhex(case["hex"]), case["expect"]
    if case["from"] == "client":
        if not case.get("encodes", True):
            return []
        return differences("encoded", {"hex": case["hex"]}, {"hex": encode(expected["message"]).hex()})
    try:
        message = decode(data)
        observed = {"outcome": "ignored"} if message is None else {"outcome": "message", "message": message}
    except Refused:
        observed = {"outcome": "refused"}
    return differences("expect", expected, observed)


SUBJECTS = {
    "classification": run_classification,
    "hint": run_hint,
    "duplicate": run_duplicate,
    "decision": run_decision,
    "gate": run_gate,
    "gateAccounts": run_gate,
    "stepLimit": run_step_limit,
    "budget": run_budget,
    "utterance": run_utterance,
    "wire": run_wire,
}


def read_cases(names=()):
    """Triples of a file, its subject and a case, without the subjects that the port does not implement."""
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
        except Exception as error:  # An exception in the port fails the case.
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
