// @ts-check
/**
 * Measures the cost of receiving animation messages: with 1 and with 10 keyframes, not decoded and completely
 * decoded (for the bare socket with the decoder that protobufjs generates); with 10 and with 25 keyframes,
 * delivered to `transportFrames` in one long utterance.
 */
import { openBareAndWrapped, openSession, startPeer } from '../ends.mjs';
import { compare, cpuEach } from '../measure.mjs';
import { generatedDecoder } from '../generated-decoder.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const messages = quick ? 200 : 20_000;
  const rounds = quick ? 1 : 9;
  const peer = await startPeer({ awake: !quick });
  const others = await openBareAndWrapped(peer.rawUrl);
  const { raw, control, wrappers } = others;
  const session = await openSession({ ...peer.options, onFrame: () => undefined });
  const decode = await generatedDecoder();
  const rows = [];
  for (const keyframes of [1, 10]) {
    const order = new DataView(new ArrayBuffer(8));
    order.setUint32(0, messages);
    order.setUint32(4, keyframes);
    const question = `${messages} ${keyframes}`;

    /** @param {(bytes: Uint8Array) => unknown} look */
    const rawRound =
      (look, socket = raw) =>
      () =>
        cpuEach(() => {
          let left = messages + 1;
          return new Promise((resolve) => {
            socket.on('message', function onMessage(/** @type {Buffer} */ data) {
              look(data);
              left -= 1;
              if (left > 0) return;
              socket.off('message', onMessage);
              resolve(undefined);
            });
            socket.send(question);
          });
        }, messages);
    /** @param {(frame: import('avatarkit-session').Frame) => unknown} look */
    const sessionRound = (look) => () =>
      cpuEach(() => {
        return new Promise((resolve) => {
          session.on('frame', function onFrame(frame) {
            look(frame);
            if (!frame.end) return;
            session.off('frame', onFrame);
            resolve(undefined);
          });
          void session.sendAudio(new Uint8Array(order.buffer), true);
        });
      }, messages);
    /** @param {import('../ends.mjs').Wrapper} wrapper */
    const wrapperRound = (wrapper) => () =>
      cpuEach(() => {
        let left = messages + 1;
        return new Promise((resolve) => {
          wrapper.addEventListener('message', function onMessage() {
            left -= 1;
            if (left > 0) return;
            wrapper.removeEventListener('message', onMessage);
            resolve(undefined);
          });
          wrapper.send(question);
        });
      }, messages);

    const name = `receive ${keyframes} keyframe${keyframes === 1 ? '' : 's'}`;
    /** @type {{ [who: string]: import('../measure.mjs').Contender }} */
    const wrapped = {};
    for (const [who, wrapper] of Object.entries(wrappers)) wrapped[who] = wrapperRound(wrapper);
    rows.push(
      ...(await compare(name, 'µs', rounds, {
        raw: rawRound(() => undefined),
        'a second raw': rawRound(() => undefined, control),
        ours: sessionRound(() => undefined),
        ...wrapped,
      })),
      ...(await compare(`${name}, decoded`, 'µs', rounds, {
        raw: rawRound(decode),
        'ours, typed': sessionRound((frame) => frame.typedKeyframes),
        'ours, plain': sessionRound((frame) => frame.keyframes),
      })),
    );
  }
  await session.close();
  rows.push(...(await measureRelay(quick, peer, others)));
  others.close();
  peer.stop();
  return rows;
}

/**
 * @param {boolean} quick
 * @param {Awaited<ReturnType<typeof startPeer>>} peer
 * @param {Awaited<ReturnType<typeof openBareAndWrapped>>} others
 */
async function measureRelay(quick, peer, { raw, control }) {
  const messages = quick ? 200 : 20_000;
  /** @type {() => void} */
  let answered = () => undefined;
  let bytes = 0;
  const session = await openSession({
    ...peer.options,
    transportFrames(envelope, isLast) {
      bytes += envelope.length;
      if (isLast) answered();
    },
  });
  const rows = [];
  for (const keyframes of [10, 25]) {
    const order = new DataView(new ArrayBuffer(8));
    order.setUint32(0, messages);
    order.setUint32(4, keyframes);
    const bare = (/** @type {import('ws').WebSocket} */ socket) => () =>
      cpuEach(() => {
        let left = messages + 1;
        return new Promise((resolve) => {
          socket.on('message', function onMessage(/** @type {Buffer} */ envelope) {
            bytes += envelope.length;
            left -= 1;
            if (left > 0) return;
            socket.off('message', onMessage);
            resolve(undefined);
          });
          socket.send(`${messages} ${keyframes}`);
        });
      }, messages);
    rows.push(
      ...(await compare(`receive ${keyframes} keyframes, to transportFrames`, 'µs', quick ? 1 : 9, {
        raw: bare(raw),
        'a second raw': bare(control),
        ours: () =>
          cpuEach(() => {
            return new Promise((resolve) => {
              answered = () => {
                resolve(undefined);
              };
              void session.sendAudio(new Uint8Array(order.buffer), true);
            });
          }, messages),
      })),
    );
  }
  if (bytes === 0) throw new Error('no envelope arrived');
  await session.close();
  return rows;
}
