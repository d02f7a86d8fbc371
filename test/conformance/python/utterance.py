"""One request across connections: the subject `utterance`."""

import math

from tables import TABLES

KEYFRAME_MS = 1000 / TABLES["utterance"]["keyframesPerSecond"]
SAMPLE_BYTES = TABLES["utterance"]["sampleBytes"]
ROUNDING = 1e-6


class Utterance:
    def __init__(self, case):
        self.recovery = case["recovery"]
        self.uses_egress = case["usesEgress"]
        self.cuttable = case["audio"]["format"] == "pcm"
        self.sample_rate = case["audio"]["sampleRateHz"]
        self.lead_in_ms = case.get("leadInMs", 0)
        self.connected = True
        self.said = 0
        self.kept_from = 0
        self.sent = 0
        self.furthest_sent = 0
        self.kept = True
        self.end_asked = False
        self.begun = False
        self.end_sent = False
        self.fresh_id = True
        self.run_from_ms = 0
        self.keyframes_in_run = 0
        self.delivered = 0
        self.played_ms = 0
        self.resuming = False
        self.complete = False

    def next(self, event):
        return getattr(self, "on_" + event["event"])(event)

    def on_say(self, event):
        self.said += event["bytes"]
        return self.send()

    def on_end(self, _event):
        self.end_asked = True
        return self.send()

    def on_connected(self, _event):
        self.connected = True
        return self.send()

    def on_played(self, event):
        self.played_ms = max(self.played_ms, self.run_from_ms + event["ms"])
        return {}

    def on_audioForgotten(self, _event):
        self.kept = False
        self.forget_sent()
        return {}

    def send(self):
        size = self.said - self.sent
        owes_end = self.end_asked and not self.end_sent
        if not self.connected or (size == 0 and not owes_end):
            return {"sentBytes": 0, "sentEnd": False}
        fresh, self.fresh_id = self.fresh_id, False
        self.begun = True
        self.sent = self.said
        self.end_sent = self.end_asked
        self.forget_sent()
        return {"sentBytes": size, "sentEnd": self.end_asked, "freshReqId": fresh}

    def forget_sent(self):
        if not self.kept and self.sent == self.said:
            self.kept_from = self.said

    def on_frames(self, event):
        count, end = event["keyframes"], event.get("end", False)
        if self.complete:
            return {"delivered": None}
        last = end and self.end_sent
        first = self.keyframes_in_run
        after = first + count
        self.keyframes_in_run = after
        index = self.delivered
        if not last and (after < index or (after == index and count > 0)):
            return {"delivered": None}
        skip = min(max(index - first, 0), count)
        self.delivered = max(index, after)
        resumed = self.resuming and (count > skip or last or index == 0)
        if resumed:
            self.resuming = False
        self.complete = last
        if skip == count:
            return {"delivered": None}
        return {"delivered": {"from": index, "count": count - skip}, "resumed": resumed}

    def on_lost(self, _event):
        self.connected = False
        if not self.begun:
            return {"action": "nothing"}
        if self.recovery in ("drop", "fail"):
            return {"action": "giveUp", "silently": self.recovery == "drop"}
        if not self.kept:
            return {"action": "giveUp", "silently": False}
        from_ms, keyframe = self.resend_from()
        from_byte = self.byte_at(from_ms)
        if from_byte > self.sent:
            from_ms, from_byte = from_ms * self.sent / from_byte, self.sent
            self.played_ms = from_ms
        self.furthest_sent = max(self.furthest_sent, self.sent)
        self.kept_from = max(self.kept_from, from_byte)
        self.run_from_ms = from_ms
        self.sent = self.kept_from
        self.begun = self.end_sent = False
        self.fresh_id = True
        self.keyframes_in_run = keyframe
        self.resuming = True
        return {"action": "resend", "fromMs": from_ms, "fromByte": from_byte, "firstKeyframe": keyframe}

    def resend_from(self):
        """The position in the audio, milliseconds, and the number of the first keyframe that will come."""
        if self.recovery == "replay" or not self.cuttable:
            return 0, 0
        if self.uses_egress:
            return self.played_ms, 0
        furthest_ms = self.ms_at(max(self.furthest_sent, self.sent))
        resume_ms = min(self.delivered * KEYFRAME_MS, furthest_ms)
        kept = math.floor((resume_ms - self.ms_at(self.kept_from)) / KEYFRAME_MS + ROUNDING)
        lead_in = max(0, min(math.floor(self.lead_in_ms / KEYFRAME_MS + ROUNDING), self.delivered, kept))
        return resume_ms - lead_in * KEYFRAME_MS, self.delivered - lead_in

    def byte_at(self, ms):
        return math.floor(ms * self.sample_rate / 1000 + ROUNDING) * SAMPLE_BYTES

    def ms_at(self, size):
        return size / SAMPLE_BYTES / self.sample_rate * 1000
