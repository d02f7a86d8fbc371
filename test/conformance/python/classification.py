"""Classifies the facts of a failure to a code, by tables.json: the subjects `classification`, `hint` and `duplicate`."""

import calendar
import json
import math
import re

from tables import TABLES

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
TIME = r"([0-9]{2}):([0-9]{2}):([0-9]{2})"
DATES = [
    (re.compile(r"[a-z]{3}, ([0-9]{2}) ([a-z]{3}) ([0-9]{4}) " + TIME + " gmt"), "dmyHMS"),
    (re.compile(r"[a-z]{6,9}, ([0-9]{2})-([a-z]{3})-([0-9]{2}) " + TIME + " gmt"), "dmYHMS"),
    (re.compile(r"[a-z]{3} ([a-z]{3}) ([ 0-9][0-9]) " + TIME + " ([0-9]{4})"), "mdHMSy"),
]


def classify(facts, now_epoch_ms=0):
    """The members that a case can expect; unknown ones are absent."""
    found = BY_KIND[facts["kind"]](facts, now_epoch_ms)
    if found.get("normalEnd"):
        return found
    failure = {"phase": facts["phase"], "permanent": False, "retryAfterMs": None, **found}
    if facts["kind"] == "heartbeatMissed":
        failure["step"] = "heartbeat"
    if "connectionId" in facts:
        failure["connectionId"] = facts["connectionId"]
    if facts["kind"] == "serverErrorReceived" and confirmed(facts) and not facts.get("reqId"):
        row = TABLES["effects"][failure["code"]]
        failure["effect"] = row["whenPermanent" if failure["permanent"] else "effect"]
    return failure


def confirmed(facts):
    return facts["phase"] == "websocket_runtime"


def uses_egress(facts):
    return facts.get("usesEgress", False)


def broken_in(phase):
    return "connectionClosed" if phase == "websocket_runtime" else "connectionFailed"


# Texts


def by_text(text, egress_over_socket):
    for row in TABLES["texts"]:
        if row["text"] in text and (egress_over_socket or not row.get("egressOverSocketOnly")):
            return row["code"]
    return None


def token_ran_out(text, facts):
    if not confirmed(facts) or "expired" not in text:
        return None
    patterns = TABLES["expiredTokenPatterns"]
    pattern = patterns["withEgress" if uses_egress(facts) else "withoutEgress"]
    return "sessionTokenExpired" if re.search(pattern, text, re.ASCII) else None


# Close codes and ServerErrors


def covering(rows, number):
    for row in rows:
        lowest = -math.inf if row["from"] is None else row["from"]
        highest = math.inf if row["to"] is None else row["to"]
        if lowest <= number <= highest:
            return row
    return None


def by_close_row(row, text, facts):
    if row.get("textFirst"):
        said = by_text(text, uses_egress(facts)) or token_ran_out(text, facts)
        if said:
            return {"code": said}
    if "codeWhenExpired" in row and (confirmed(facts) or "expired" in text):
        return {"code": row["codeWhenExpired"]}
    return {"code": row["code"], "permanent": row.get("permanent", False)}


def closed(facts, _now):
    number, reason = facts["closeCode"], facts.get("closeReason", "")
    text = reason.lower()
    row = covering(TABLES["closeCodes"], number) or covering(TABLES["otherCloseCodes"], number)
    words = by_text(text, uses_egress(facts))
    told = words or (row.get("endsNormally") and token_ran_out(text, facts))
    owes = not confirmed(facts) or facts.get("unfinishedRequests", 0) > 0
    if row.get("endsNormally") and not owes and not told:
        return {"normalEnd": True, "closeCode": number, "connectionId": facts.get("connectionId")}
    refused = number in TABLES["gateway"]["handshakeCloseCodes"] and not confirmed(facts)
    if refused and facts.get("confirmedBefore") and not words:
        found = {"code": "upstreamError", "origin": "gateway"}
    else:
        of_transport = number in TABLES["transportCloseCodes"]
        found = {**by_close_row(row, text, facts), "origin": "transport" if of_transport else "service"}
    return {**found, "closeCode": number, **({"closeReason": reason} if reason else {})}


def by_server_row(row, text, evidence_of_session):
    named = any(word in text for word in TABLES["egressWords"])
    about_egress = named or (row["egressEvidence"] == "textOrSession" and evidence_of_session)
    return row["egressCode" if about_egress else "code"]


def server_error_code(facts, text):
    number = facts["serverCode"]
    row = covering(TABLES["closeCodes"], number)
    if row:
        return by_close_row(row, text, facts)
    by_number = None
    for server_row in TABLES["serverErrors"]:
        if number in server_row["numbers"]:
            by_number = by_server_row(server_row, text, uses_egress(facts))
    if number == 16:
        return {"code": token_ran_out(text, facts) or by_number}
    said = by_number or by_text(text, uses_egress(facts)) or token_ran_out(text, facts)
    return {"code": said or "serverError"}


def server_error(facts, _now):
    message = facts.get("message", "")
    found = {"origin": "service", "serverCode": str(facts["serverCode"])}
    if message:
        found["serverDetail"] = message
    if facts.get("reqId"):
        found["reqId"] = facts["reqId"]
    return {**found, **server_error_code(facts, message.lower())}


# HTTP


def parse_json(text):
    """The value and True, or None and False if the text is not JSON."""

    def refuse(name):
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse), True
    except ValueError:
        return None, False


def member(holder, name):
    value = holder.get(name)
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return str(int(value)) if value == int(value) else str(value)
    if not isinstance(value, str):
        return None
    return value.strip() or None


def described(shape, error):
    title, detail, message = member(error, "title"), member(error, "detail"), member(error, "message")
    status = member(error, "status")
    return {
        "shape": shape,
        "serverCode": member(error, "code"),
        "serverTitle": title or (message if detail else None),
        "serverDetail": detail or message,
        "further": message if title and detail else None,
        "requestId": member(error, "request_id") or member(error, "requestId") or member(error, "id"),
        "status": int(status) if status and re.fullmatch("[1-5][0-9]{2}", status) else None,
    }


NO_WORDS = {"shape": "D"}


def read_body(body):
    parsed, is_json = parse_json(body)
    if not is_json:
        text = body.strip()
        return NO_WORDS if not text or text[0] in "<{[" else described("D", {"message": text})
    if isinstance(parsed, str):
        return described("D", {"message": parsed})
    if not isinstance(parsed, dict):
        return NO_WORDS
    errors = parsed.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], (dict, str)):
        first = errors[0]
        return described("A", first if isinstance(first, dict) else {"message": first})
    if isinstance(parsed.get("error"), dict):
        return described("C", parsed["error"])
    flat = described("B", parsed)
    name = member(parsed, "error")
    if name:
        missing = "serverTitle" if flat["serverDetail"] else "serverDetail"
        return {**flat, "shape": "C", missing: flat[missing] or name}
    known = flat["serverDetail"] or flat["serverTitle"] or flat["serverCode"]
    return flat if known else NO_WORDS


def sender_of(body):
    """`service`, `anyone` or `none`: the senders that use this shape of a body."""
    parsed, _ = parse_json(body)
    if not isinstance(parsed, dict):
        return "none"

    def own_code(error):
        code = member(error, "code")
        return code is not None and not re.fullmatch("[0-9]{3,}", code)

    def has(error, *names):
        return any(member(error, name) for name in names)

    errors = parsed.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return "service" if own_code(errors[0]) or has(errors[0], "id", "title", "detail") else "anyone"
    error = parsed.get("error")
    if isinstance(error, dict):
        if own_code(error) or has(error, "request_id", "requestId"):
            return "service"
        return "anyone" if has(error, "code", "message") else "none"
    return "anyone" if has(parsed, "message") else "none"


def known_words(body):
    parts = [body.get(name) for name in ("serverCode", "serverTitle", "serverDetail", "further")]
    text = " | ".join(part for part in parts if part).lower()
    for row in TABLES["serverErrors"]:
        if (body.get("serverCode") or "").upper() == row["word"]:
            return by_server_row(row, text, False)
    return by_text(text, False)


def is_of_gateway(status, body, confirmed_before):
    gateway = TABLES["gateway"]
    is_page = body.lstrip().startswith("<")
    if covering(gateway["statuses"], status) or not body.strip() or is_page:
        return True
    sender = sender_of(body)
    may_be = confirmed_before and status not in gateway["accountStatuses"]
    return sender == "none" or (sender == "anyone" and may_be)


def http_code(facts, body, status):
    text, before = facts.get("body", ""), facts.get("confirmedBefore", False)
    words = known_words(body) if not before or sender_of(text) != "none" else None
    if words:
        return {"code": words, "origin": "service"}
    door = "token" if facts["phase"] == "session_token" else "upgrade"
    rows = [row for row in TABLES["httpStatuses"] if row["door"] in ("any", door)]
    code = covering(rows, status)["code"]
    if not is_of_gateway(status, text, before):
        return {"code": code, "origin": "service"}
    page = TABLES["pageAtUpgrade"]
    if before and code != "concurrencyLimit":
        code = "upstreamError"
    elif door == "upgrade" and status == page["status"] and text.lstrip().startswith("<"):
        code = page["code"]
    return {"code": code, "origin": "gateway"}


def refused(facts, now_epoch_ms):
    body = read_body(facts.get("body", ""))
    status = facts["httpStatus"]
    within = body.get("status")
    if 200 <= status < 300 and body["shape"] == "A" and within and within >= 300:
        status = within
    headers = facts.get("headers", {})
    request_id = headers.get("x-request-id", "").strip() or body.get("requestId")
    told = {name: body[name] for name in ("serverCode", "serverTitle", "serverDetail") if body.get(name)}
    if request_id:
        told["requestId"] = request_id
    hint = retry_after_ms(headers, now_epoch_ms)
    return {**told, "httpStatus": status, "retryAfterMs": hint, **http_code(facts, body, status)}


# Hints


def retry_after_ms(headers, now_epoch_ms):
    exact = number_of(headers.get("retry-after-ms"), 1)
    if exact is not None:
        return exact
    value = headers.get("retry-after")
    seconds = number_of(value, 1000)
    if seconds is not None:
        return seconds
    until = date_of(value, now_epoch_ms)
    if until is None:
        return None
    told = date_of(headers.get("date"), now_epoch_ms)
    return max(0, until - (now_epoch_ms if told is None else told))


def number_of(value, unit):
    if value is None or not NUMBER.fullmatch(value.strip()):
        return None
    return math.ceil(round(float(value.strip()) * unit, 6))


def date_of(value, now_epoch_ms):
    text = (value or "").strip().lower()
    for pattern, order in DATES:
        match = pattern.fullmatch(text)
        if not match:
            continue
        parts = dict(zip(order, match.groups()))
        year = full_year(int(parts["Y"]), now_epoch_ms) if "Y" in parts else int(parts["y"])
        if parts["m"] not in MONTHS:
            return None
        month, day = MONTHS.index(parts["m"]) + 1, int(parts["d"])
        hour, minute, second = int(parts["H"]), int(parts["M"]), int(parts["S"])
        exists = 1 <= day <= calendar.monthrange(year, month)[1]
        if not exists or hour > 23 or minute > 59 or second > 60:
            return None
        return calendar.timegm((year, month, day, hour, minute, second)) * 1000
    return None


def full_year(two_digits, now_epoch_ms):
    this_year = 1970 + int(now_epoch_ms / 1000 / 31_556_952)
    same_century = this_year - this_year % 100 + two_digits
    return same_century - 100 if same_century > this_year + 50 else same_century


# Classification without a table


def malformed(facts):
    """Invalid responses to a dial come from a gateway if the session was confirmed before."""
    if facts.get("confirmedBefore") and not confirmed(facts):
        return {"code": "upstreamError", "origin": "gateway"}
    return {"code": "protocolError", "origin": "service"}


def transport_failed(facts, _now):
    verdict, origin = "healable", "transport"
    for row in TABLES["transportCodes"]:
        pattern = row["errno"]
        fits = facts["errno"].startswith(pattern[:-1]) if pattern.endswith("*") else facts["errno"] == pattern
        if fits:
            verdict, origin = row["verdict"], row["origin"]
            break
    if verdict == "malformed":
        return malformed(facts)
    return {"code": broken_in(facts["phase"]), "origin": origin, "permanent": verdict == "permanent"}


BY_KIND = {
    "httpRefused": refused,
    "tokenMissing": refused,
    "socketClosed": closed,
    "serverErrorReceived": server_error,
    "transportFailed": transport_failed,
    "stepTimedOut": lambda facts, _: {"code": broken_in(facts["phase"]), "origin": "transport"},
    "heartbeatMissed": lambda facts, _: {"code": "connectionClosed", "origin": "transport"},
    "protocolViolated": lambda facts, _: malformed(facts),
    "tokenProviderFailed": lambda facts, _: {"code": "connectionFailed", "origin": "application"},
    "refusedLocally": lambda facts, _: {"code": facts["code"], "origin": "local"},
}


def same_failure(first, second, after_ms):
    """Whether the second of two classified failures only repeats the first."""
    if "closeCode" in first or "closeCode" not in second:
        return False
    if not 0 <= after_ms <= TABLES["sameFailure"]["windowMs"]:
        return False
    ids = (first.get("connectionId"), second.get("connectionId"))
    if None not in ids and ids[0] != ids[1]:
        return False
    number = second["closeCode"]
    if first["code"] == second.get("code") or first.get("serverCode") == str(number):
        return True
    if first["code"] == "protocolError" and number == 1009:
        return True
    plain = second.get("code") in (None, "connectionClosed")
    return plain and number in TABLES["sameFailure"]["closeCodesThatSayNothing"]


def is_room_token_refusal(failure):
    if failure["code"] != "invalidEgressConfig":
        return False
    said = " | ".join(failure.get(name) or "" for name in ("serverDetail", "closeReason")).lower()
    return failure.get("serverCode") in ("16", "UNAUTHENTICATED") or "unauthorized" in said
