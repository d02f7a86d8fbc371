"""Encodes and decodes the messages of proto/avatar.proto: the subject `wire`. Messages are as the cases write them."""

import struct

# Fields as (number, name, kind), in the order of the numbers. A kind that is a list of such fields is a message.
EGRESS_LIVEKIT = [
    (1, "url", "text"),
    (2, "apiKey", "text"),
    (3, "apiSecret", "text"),
    (4, "roomName", "text"),
    (5, "publisherId", "text"),
    (6, "extraAttributes", "map"),
    (7, "idleTimeout", "int"),
    (8, "apiToken", "text"),
]
EGRESS_AGORA = [(1, "channelName", "text"), (2, "token", "text"), (3, "uid", "int"), (4, "publisherId", "text")]
TRACE = [(1, "traceparent", "text"), (2, "tracestate", "text")]
REQUEST = [(1, "reqId", "text")]
CONFIGURE = [
    (1, "sampleRate", "int"),
    (2, "bitrate", "int"),
    (3, "audioFormat", "int"),
    (4, "transportCompression", "int"),
    (5, "egressType", "int"),
    (6, "livekitEgress", EGRESS_LIVEKIT),
    (7, "agoraEgress", EGRESS_AGORA),
    (8, "extraParams", "map"),
]
AUDIO = [(1, "reqId", "text"), (2, "end", "int"), (3, "audio", "bytes"), (4, "traceContext", TRACE)]
CONFIRM = [(1, "connectionId", "text"), (2, "capabilities", "texts")]
ERROR = [(1, "connectionId", "text"), (2, "reqId", "text"), (3, "code", "int"), (4, "message", "text")]
ANIMATION = [
    (1, "connectionId", "text"),
    (2, "reqId", "text"),
    (3, "end", "bool"),
    (4, "keyframes", "keyframes"),
    (5, "avatarId", "text"),
    (6, "traceContext", TRACE),
]
PLAYBACK = [
    (1, "connectionId", "text"),
    (2, "reqId", "text"),
    (3, "state", "int"),
    (4, "playedMs", "int"),
    (5, "reason", "text"),
]
# The number of the content field is the number of the type plus 1.
OF_CLIENT = {1: CONFIGURE, 3: AUDIO, 7: REQUEST, 8: REQUEST, 9: REQUEST}
OF_SERVICE = {2: CONFIRM, 4: ERROR, 5: ANIMATION, 10: PLAYBACK}
FLAME = ["translation", "rotation", "neckPose", "jawPose", "eyePose", "eyeLid", "expression"]
ZEROS = {"text": "", "int": 0, "bool": False}
DEEPEST_GROUP = 100
GREATEST_EXACT = 2**53 - 1


class Refused(Exception):
    """Raised for bytes that are not a valid message."""


# Writing


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def block(number, content):
    return varint(number * 8 + 2) + varint(len(content)) + content


def encode(message):
    content = encode_fields(message, OF_CLIENT[message["type"]])
    return varint(8) + varint(message["type"]) + block(message["type"] + 1, content)


def encode_fields(message, fields):
    out = b""
    for number, name, kind in fields:
        value = message.get(name)
        if isinstance(kind, list):
            out += b"" if value is None else block(number, encode_fields(value, kind))
        elif not value:
            continue
        elif kind == "int":
            out += varint(number * 8) + varint(int(value))
        elif kind == "map":
            for key, held in value.items():
                out += block(number, block(1, key.encode()) + block(2, held.encode()))
        else:
            out += block(number, bytes.fromhex(value) if kind == "bytes" else value.encode())
    return out


# Reading


def read_varint(data, at):
    value = 0
    for index in range(10):
        if at + index >= len(data):
            raise Refused("a number is cut")
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & (2**64 - 1), at + index + 1
    raise Refused("a number is too long")


def fields_of(data):
    """Pairs of field number and value, which is an integer or bytes. Groups are skipped."""
    found, at, groups = [], 0, []
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise Refused("field number 0")
        value = None
        if wire_type == 0:
            value, at = read_varint(data, at)
        elif wire_type in (1, 2, 5):
            size = {1: 8, 5: 4}.get(wire_type)
            if size is None:
                size, at = read_varint(data, at)
            if size > len(data) - at:
                raise Refused("a length beyond the data")
            value, at = data[at : at + size], at + size
        elif wire_type == 3:
            groups.append(number)
            if len(groups) > DEEPEST_GROUP:
                raise Refused("groups are nested too deep")
        elif wire_type == 4:
            if not groups or groups.pop() != number:
                raise Refused("a group ends that did not begin")
        else:
            raise Refused("no such wire type")
        if value is not None and not groups:
            found.append((number, wire_type, value))
    if groups:
        raise Refused("a group does not end")
    return found


def text_of(value):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("no UTF-8") from error


def signed(value):
    value = value - 2**64 if value >= 2**63 else value
    if abs(value) > GREATEST_EXACT:
        raise Refused("a number that is not exact")
    return value


def decode(data):
    """The message of the service; None if it is ignored."""
    found = fields_of(data)
    types = [value for number, wire_type, value in found if (number, wire_type) == (1, 0)]
    if not types or types[-1] == 0:
        raise Refused("no type")
    kind = types[-1]
    if kind not in OF_SERVICE:
        return None
    contents = [value for number, wire_type, value in found if (number, wire_type) == (kind + 1, 2)]
    if not contents:
        raise Refused("a type without its content")
    for piece in contents:
        fields_of(piece)
    return {"type": kind, **decode_fields(b"".join(contents), OF_SERVICE[kind])}


def decode_fields(data, fields, absent_is_zero=True):
    by_number = {number: (name, kind) for number, name, kind in fields}
    message = {name: ZEROS[kind] for _, name, kind in fields if absent_is_zero and kind in ("text", "int", "bool")}
    message.update({name: [] for _, name, kind in fields if kind in ("texts", "keyframes")})
    for number, wire_type, value in fields_of(data):
        name, kind = by_number.get(number, (None, None))
        if kind in ("int", "bool") and wire_type == 0:
            message[name] = bool(value) if kind == "bool" else signed(value)
        elif kind == "text" and wire_type == 2:
            message[name] = text_of(value)
        elif kind == "texts" and wire_type == 2:
            message[name].append(text_of(value))
        elif kind == "keyframes" and wire_type == 2:
            message[name] += [flame_of(held) for at, wire, held in fields_of(value) if (at, wire) == (1, 2)]
        elif isinstance(kind, list) and wire_type == 2:
            message[name] = decode_fields(value, kind, absent_is_zero=False)
    return message


def flame_of(data):
    flame = {name: [] for name in FLAME}
    for number, wire_type, value in fields_of(data):
        if 1 <= number <= len(FLAME) and wire_type in (2, 5):
            if len(value) % 4:
                raise Refused("a list that is no list of floats")
            flame[FLAME[number - 1]] += struct.unpack(f"<{len(value) // 4}f", value)
    return flame
