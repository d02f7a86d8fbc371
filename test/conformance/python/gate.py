"""The connect gate of one endpoint: the subjects `gate` and `gateAccounts`."""

import math

from decision import ceiling_ms, hinted_ms
from tables import TABLES

NO_EVIDENCE = {"endpoint": "none", "account": "none"}


def evidence_of_dial(failure):
    rows = TABLES["gate"]["evidence"][failure["code"]]
    origin = failure.get("origin")
    if origin in ("application", "local"):
        return NO_EVIDENCE
    if failure["permanent"] and rows["dial"]["endpoint"] == "unreachable":
        return rows["permanentDial"]
    if origin == "gateway":
        hinted = failure["retryAfterMs"] is not None
        return rows["dialRefusedByGatewayWithHint" if hinted else "dialRefusedByGateway"]
    return rows["dial"]


def evidence_of_loss(failure):
    of_this_side = failure.get("origin") in ("application", "local")
    return NO_EVIDENCE if of_this_side else TABLES["gate"]["evidence"][failure["code"]]["loss"]


class Belief:
    """The health of the endpoint, or of one account."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.level = "healthy"
        self.grown_limit = 0
        self.row = 0
        self.fastest_ms = None
        self.trouble_ms = -math.inf
        self.since_serial = 0
        self.next_probe_ms = 0
        self.probes = 0
        self.not_before_ms = -math.inf
        self.paces = {"dial": -math.inf, "call": -math.inf}
        self.dialling = 0
        self.called = 0

    @property
    def limit(self):
        if self.level == "healthy":
            return math.inf
        return self.grown_limit if self.level == "recovering" else self.numbers["minInFlight"]

    def has_room(self):
        one_prepares = self.level == "down" and self.called > 0
        return self.dialling + self.called < self.limit and not one_prepares

    def next_at_ms(self, step):
        if self.level == "healthy":
            return self.not_before_ms
        burst_ms = (self.numbers["paceBurst"] - 1) * self.numbers["paceIntervalMs"]
        least_ms = max(self.not_before_ms, self.paces[step] - burst_ms)
        return max(least_ms, self.next_probe_ms) if self.level == "down" else least_ms

    def pace(self, step, now_ms):
        self.paces[step] = max(self.paces[step], now_ms) + self.numbers["paceIntervalMs"]

    def draw_period_ms(self, random):
        probe = self.numbers["probe"]
        ceiling = ceiling_ms(probe, self.probes)
        drawn_ms = random() * ceiling if probe["jitter"] == "full" else ceiling
        return max(probe["minIntervalMs"], drawn_ms)

    def dial_begins(self, now_ms, random):
        self.dialling += 1
        if self.level == "healthy":
            return
        self.pace("dial", now_ms)
        if self.level == "down":
            self.probes += 1
            self.next_probe_ms = now_ms + self.draw_period_ms(random)

    def recover(self, now_ms, serial, row):
        self.level, self.grown_limit, self.row = "recovering", self.numbers["minInFlight"], row
        self.trouble_ms, self.since_serial = now_ms, serial

    def succeeded(self, now_ms, serial, took_ms, busy):
        if self.level == "down":
            self.recover(now_ms, serial, 0)
            self.fastest_ms = took_ms
        elif self.level == "recovering":
            self.fastest_ms = took_ms if self.fastest_ms is None else min(self.fastest_ms, took_ms)
            quick = took_ms <= self.fastest_ms + self.numbers["queueingMs"]
            self.row = 0
            if busy >= self.grown_limit and quick:
                self.grown_limit += 1

    def refused(self, now_ms, serial):
        if self.level == "down":
            self.recover(now_ms, serial, 0)
            self.fastest_ms = None
        self.row = 0

    def throttled(self, now_ms, serial):
        if self.level != "recovering":
            self.fastest_ms = None
        self.recover(now_ms, serial, 0)

    def unreachable(self, now_ms, serial, dial_serial, random):
        if self.level == "healthy":
            self.fastest_ms = None
            self.recover(now_ms, serial, 1)
            return
        self.trouble_ms = now_ms
        if self.level == "down" or dial_serial < self.since_serial:
            return
        self.row += 1
        self.since_serial = serial
        if self.row >= self.numbers["failuresUntilDown"]:
            self.level, self.probes = "down", 0
            self.next_probe_ms = now_ms + self.draw_period_ms(random)
        else:
            self.grown_limit = max(self.numbers["minInFlight"], self.grown_limit // 2)

    def inconclusive(self, now_ms, dial_serial):
        if self.level == "down" and dial_serial >= self.since_serial:
            self.next_probe_ms = now_ms

    def lost(self, now_ms, serial):
        if self.level == "healthy":
            self.fastest_ms = None
            self.recover(now_ms, serial, 1)
        self.trouble_ms = now_ms

    def settle(self, now_ms):
        if self.level == "down" and self.dialling > 0:
            return
        if now_ms - max(self.trouble_ms, self.not_before_ms) >= self.numbers["settleMs"]:
            self.level = "healthy"


class Account:
    def __init__(self, numbers):
        self.belief = Belief(numbers)
        self.ready = []
        self.waiting = []
        self.tickets = 0

    def waits(self):
        return bool(self.ready or self.waiting)

    def next_step(self):
        return "call" if not self.ready and self.waiting and self.waiting[0].prepares else "dial"


class Ticket:
    def __init__(self, name, account, account_name, prepares, lease_ms):
        self.name, self.account, self.account_name = name, account, account_name
        self.prepares, self.lease_ms = prepares, lease_ms
        self.stage = "waiting"  # ready, free, young, late, dialling, expired, done
        self.serial = self.started_ms = 0


class Gate:
    def __init__(self, numbers, enrolled, random):
        self.numbers = {**TABLES["gate"]["numbers"], **numbers}
        self.alone = enrolled == 1
        self.random = random
        self.endpoint = Belief(self.numbers)
        self.accounts = {}
        self.turns = []
        # Accounts and tickets that change only with time, in the order in which they were added.
        self.later = {}
        self.late = 0
        self.next_serial = 0
        self.lost_ms = -math.inf
        self.waiting = 0

    def account(self, name, now_ms):
        if name not in self.accounts:
            self.accounts[name] = Account(self.numbers)
        elif not self.accounts[name].waits():
            self.accounts[name].belief.settle(now_ms)
        return self.accounts[name]

    # Turns

    def place(self, account, now_ms):
        belief = account.belief
        due_ms = belief.next_at_ms(account.next_step()) if account.waits() and belief.has_room() else None
        self.later.pop(account, None)
        if due_ms is None or due_ms > now_ms:
            if account in self.turns:
                self.turns.remove(account)
            if due_ms is not None:
                self.later[account] = due_ms
        elif account not in self.turns:
            self.turns.append(account)

    def expire(self, now_ms):
        while True:
            due = min(self.later, key=self.later.get, default=None)
            if due is None or self.later[due] > now_ms:
                return
            del self.later[due]
            if isinstance(due, Account):
                self.place(due, now_ms)
                continue
            prepared = due.stage == "young"
            self.end(due)
            self.late += prepared
            due.stage = "late" if prepared else "expired"
            self.place(due.account, now_ms)

    def next_account(self, now_ms):
        if self.alone:
            return next((account for account in self.accounts.values() if account.waits()), None)
        if not self.turns or not self.endpoint.has_room():
            return None
        first = self.turns[0]
        return first if self.endpoint.next_at_ms(first.next_step()) <= now_ms else None

    def wake_at_ms(self):
        if self.waiting == 0:
            return None
        if self.alone:
            return -math.inf
        times = list(self.later.values())
        if self.turns and self.endpoint.has_room():
            times.append(self.endpoint.next_at_ms(self.turns[0].next_step()))
        return min(times, default=None)

    def admit(self, now_ms):
        """The tickets that are called or admitted now."""
        self.expire(now_ms)
        moved = []
        while (account := self.next_account(now_ms)) is not None:
            ticket = (account.ready or account.waiting).pop(0)
            self.waiting -= 1
            if ticket.prepares and ticket.stage == "waiting":
                self.call(ticket, now_ms)
            else:
                self.start(ticket, now_ms)
            if account in self.turns:
                self.turns.remove(account)
            self.place(account, now_ms)
            moved.append(ticket)
        return moved

    # Permits

    def both(self, ticket):
        return self.endpoint, ticket.account.belief

    def call(self, ticket, now_ms):
        if all(belief.level == "healthy" for belief in self.both(ticket)):
            ticket.stage = "free"
            return
        ticket.stage = "young"
        for belief in self.both(ticket):
            belief.called += 1
            belief.pace("call", now_ms)
        self.later[ticket] = now_ms + self.numbers["prepareBesideLateMs" if self.late else "prepareMs"]

    def start(self, ticket, now_ms):
        self.end(ticket)
        ticket.stage, ticket.serial, ticket.started_ms = "dialling", self.next_serial, now_ms
        self.next_serial += 1
        for belief in self.both(ticket):
            belief.dial_begins(now_ms, self.random)
        if ticket.lease_ms != math.inf:
            self.later[ticket] = now_ms + ticket.lease_ms

    def end(self, ticket):
        stage, ticket.stage = ticket.stage, "done"
        if stage == "late":
            self.late -= 1
        if stage in ("young", "dialling"):
            self.later.pop(ticket, None)
            for belief in self.both(ticket):
                if stage == "young":
                    belief.called -= 1
                else:
                    belief.dialling -= 1

    # Events

    def join(self, name, now_ms, account_name="", prepares=False, lease_ms=math.inf):
        if self.waiting == 0:
            self.endpoint.settle(now_ms)
        account = self.account(account_name, now_ms)
        ticket = Ticket(name, account, account_name, prepares, lease_ms)
        account.tickets += 1
        account.waiting.append(ticket)
        self.waiting += 1
        self.place(account, now_ms)
        return ticket

    def ready(self, ticket, now_ms):
        if ticket.stage not in ("free", "young", "late"):
            return
        if ticket.stage == "young":
            at_once = all(
                belief.dialling < belief.limit and belief.next_at_ms("dial") <= now_ms
                for belief in self.both(ticket)
            )
        else:
            healthy = all(belief.level == "healthy" for belief in self.both(ticket))
            at_once = healthy and self.endpoint.not_before_ms <= now_ms
        if self.alone or at_once:
            self.start(ticket, now_ms)
        else:
            self.end(ticket)
            ticket.stage = "ready"
            ticket.account.ready.append(ticket)
            self.waiting += 1
        self.place(ticket.account, now_ms)

    def succeeded(self, ticket, now_ms):
        if ticket.stage not in ("dialling", "expired"):
            return
        for belief in self.both(ticket):
            busy = belief.dialling + belief.called
            belief.succeeded(now_ms, self.next_serial, now_ms - ticket.started_ms, busy)
        self.leave(ticket, now_ms)

    def failed(self, ticket, failure, now_ms):
        if ticket.stage in ("dialling", "expired"):
            evidence = evidence_of_dial(failure)
            if evidence["endpoint"] == "unreachable":
                self.endpoint.unreachable(now_ms, self.next_serial, ticket.serial, self.random)
            elif evidence["endpoint"] == "refused":
                self.endpoint.refused(now_ms, self.next_serial)
            elif evidence["endpoint"] == "inconclusive":
                self.endpoint.inconclusive(now_ms, ticket.serial)
            if evidence["account"] == "throttled":
                ticket.account.belief.throttled(now_ms, self.next_serial)
            self.raise_floor(ticket.account, evidence.get("hintOf"), failure["retryAfterMs"], now_ms)
        self.leave(ticket, now_ms)

    def raise_floor(self, account, hint_of, hint_ms, now_ms):
        if hint_of is None or hint_ms is None or hint_ms > self.numbers["maxHintMs"]:
            return
        belief = self.endpoint if hint_of == "endpoint" else account.belief
        belief.not_before_ms = max(belief.not_before_ms, now_ms + hinted_ms(hint_ms, self.random()))
        if belief.level == "healthy":
            belief.throttled(now_ms, self.next_serial)
        self.place(account, now_ms)

    def leave(self, ticket, now_ms):
        if ticket.stage == "done":
            return
        account = ticket.account
        if ticket.stage in ("waiting", "ready"):
            (account.waiting if ticket.stage == "waiting" else account.ready).remove(ticket)
            self.waiting -= 1
        self.end(ticket)
        account.tickets -= 1
        self.place(account, now_ms)
        if account.tickets == 0:
            account.belief.settle(now_ms)
            if account.belief.level == "healthy" and account.belief.not_before_ms <= now_ms:
                self.accounts.pop(ticket.account_name, None)

    def connection_lost(self, failure, now_ms, account_name=""):
        """Whether no other connection was lost shortly before."""
        lone = now_ms - self.lost_ms > self.numbers["loneAfterMs"]
        self.lost_ms = now_ms
        evidence = evidence_of_loss(failure)
        if evidence["endpoint"] == "unreachable":
            self.endpoint.lost(now_ms, self.next_serial)
        if evidence["account"] == "throttled":
            account = self.account(account_name, now_ms)
            account.belief.throttled(now_ms, self.next_serial)
            self.place(account, now_ms)
        return lone
