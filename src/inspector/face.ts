/**
 * A schematic head, drawn from one keyframe on a 2D canvas: jaw, lids, gaze and the pose of the head. For browsers, without any import:
 * it uses the lists of a keyframe and is independent of sessions. The coefficients of the expression are not drawn, because none of them
 * has a meaning of its own.
 *
 * Angles are radians about the axes x (to the right of the picture), y (up) and z (towards the viewer). The left eye is that of the
 * person, on the right of the picture.
 */

import type { FaceBox, FaceCanvas, FaceColours, FacePose } from './face-canvas.js';

export type { FaceBox, FaceCanvas, FaceColours, FacePose } from './face-canvas.js';

/** For a light background. */
export const FACE_COLOURS: FaceColours = Object.freeze({
  line: '#23303d',
  skin: '#f3dfd0',
  shade: '#e3c5b0',
  white: '#ffffff',
  iris: '#3b6ea8',
  mouth: '#7c2f38',
  teeth: '#fbf7f2',
  hair: '#4b3a33',
});

/** The angle of the jaw at which the mouth is drawn fully open, radians. */
const OPEN_JAW = 0.35;
/** How far the chin moves down then, in half heights of the head. */
const CHIN_DROP = 0.2;

type Point = readonly [x: number, y: number];

const LISTS = ['translation', 'rotation', 'neckPose', 'jawPose', 'eyePose', 'eyeLid'] as const;

/**
 * The pose between two keyframes: `part` 0 is `from`, 1 is `to`. For screens that draw more than 25 times a second.
 *
 * @example
 * ```ts
 * const halfway = blendPoses(before, after, 0.5);
 * ```
 */
export function blendPoses(from: FacePose, to: FacePose, part: number): FacePose {
  const blended: Record<string, number[]> = {};
  for (const name of LISTS) {
    const after = to[name];
    if (after === undefined) continue;
    const before = from[name];
    blended[name] = Array.from({ length: after.length }, (_, at) => {
      const end = numberAt(after, at);
      const begin = before === undefined ? end : numberAt(before, at);
      return begin + (end - begin) * part;
    });
  }
  return blended;
}

/**
 * Draws the head into the box, without clearing it first.
 *
 * @example
 * ```ts
 * declare const canvas: { getContext(kind: '2d'): FaceCanvas; readonly width: number; readonly height: number };
 *
 * session.on('frame', ({ keyframes }) => {
 *   for (const keyframe of keyframes)
 *     drawFace(canvas.getContext('2d'), keyframe, { x: 0, y: 0, width: canvas.width, height: canvas.height });
 * });
 * ```
 */
export function drawFace(
  canvas: FaceCanvas,
  pose: FacePose,
  box: FaceBox,
  colours: FaceColours = FACE_COLOURS,
): void {
  const head = new Head(canvas, pose, box, colours);
  canvas.save();
  canvas.lineCap = 'round';
  canvas.lineJoin = 'round';
  head.draw();
  canvas.restore();
}

/**
 * A closed shape or a line: the first point, and then three points for each cubic curve; x and y alternately, in half heights of the
 * head.
 */
type Curves = readonly number[];

const SHOULDERS: Curves = [
  -1.25, -1.95, -1.2, -1.5, -0.75, -1.36, -0.36, -1.24, -0.3, -1.1, -0.3, -0.9, -0.3, -0.6, -0.1, -0.6, 0.1,
  -0.6, 0.3, -0.6, 0.3, -0.9, 0.3, -1.1, 0.36, -1.24, 0.75, -1.36, 1.2, -1.5, 1.25, -1.95,
];
const EAR: Curves = [0.74, 0.2, 0.94, 0.34, 0.96, 0.02, 0.84, -0.16, 0.8, -0.22, 0.74, -0.2, 0.72, -0.14];
const HAIR: Curves = [
  -0.79, 0.2, -0.9, 0.76, -0.56, 1.14, 0, 1.14, 0.56, 1.14, 0.9, 0.76, 0.79, 0.2, 0.76, 0.4, 0.62, 0.52, 0.5,
  0.6, 0.2, 0.7, -0.1, 0.62, -0.36, 0.74, -0.56, 0.66, -0.74, 0.44, -0.79, 0.2,
];
const BROW: Curves = [0.16, 0.36, 0.28, 0.44, 0.42, 0.44, 0.54, 0.34];
const NOSE: Curves = [
  0.07, 0.06, 0.06, -0.08, 0.1, -0.16, 0.12, -0.24, 0.06, -0.3, -0.06, -0.3, -0.12, -0.24,
];

/** One drawing: the pose, and the mapping of points of the head to points of the canvas. */
class Head {
  readonly #canvas: FaceCanvas;
  readonly #pose: FacePose;
  readonly #colours: FaceColours;
  readonly #centre: Point;
  readonly #unit: number;
  readonly #pitch: number;
  readonly #yaw: number;
  readonly #roll: number;
  /** How far the mouth is open, 0 to 1. */
  readonly #open: number;

  constructor(canvas: FaceCanvas, pose: FacePose, box: FaceBox, colours: FaceColours) {
    const { rotation, neckPose, translation, jawPose } = pose;
    const turn = (axis: number): number =>
      within(numberAt(rotation, axis) + numberAt(neckPose, axis), -1.2, 1.2);
    this.#canvas = canvas;
    this.#pose = pose;
    this.#colours = colours;
    this.#unit = Math.min(box.width / 2.5, box.height / 3.1);
    this.#pitch = turn(0);
    this.#yaw = turn(1);
    this.#roll = turn(2);
    this.#open = within(numberAt(jawPose, 0) / OPEN_JAW, 0, 1);
    const shift = (axis: number): number => within(numberAt(translation, axis), -0.3, 0.3) * this.#unit;
    this.#centre = [box.x + box.width / 2 + shift(0), box.y + box.height * 0.41 - shift(1)];
  }

  draw(): void {
    const { skin, shade, hair } = this.#colours;
    const [x, y] = this.#centre;
    // The shoulders do not move with the head.
    this.#trace(SHOULDERS, (dx, dy) => [x + dx * this.#unit, y - dy * this.#unit]);
    this.#shape(shade);
    for (const side of [-1, 1]) {
      this.#trace(EAR, (dx, dy) => this.#at(side * dx, dy, -0.05));
      this.#shape(skin);
    }
    this.#outline();
    this.#trace(HAIR, (dx, dy) => this.#at(dx, dy, dy < 0.75 && Math.abs(dx) < 0.63 ? 0.5 : -0.05));
    this.#shape(hair);
    for (const side of [-1, 1]) {
      this.#trace(BROW, (dx, dy) => this.#at(side * dx, dy, 0.78));
      this.#line(0.055, hair);
    }
    this.#eye(-0.34, 1);
    this.#eye(0.34, 0);
    this.#trace(NOSE, (dx, dy) => this.#at(dx, dy, 0.9 - dy * 0.2));
    this.#line(0.026);
    this.#mouth();
  }

  /** A point of the head: rotated about y, then x, then z. */
  #at(x: number, y: number, z: number): Point {
    const turnedX = x * Math.cos(this.#yaw) + z * Math.sin(this.#yaw);
    const depth = z * Math.cos(this.#yaw) - x * Math.sin(this.#yaw);
    const turnedY = y * Math.cos(this.#pitch) - depth * Math.sin(this.#pitch);
    const [sin, cos] = [Math.sin(this.#roll), Math.cos(this.#roll)];
    return [
      this.#centre[0] + (turnedX * cos - turnedY * sin) * this.#unit,
      this.#centre[1] - (turnedX * sin + turnedY * cos) * this.#unit,
    ];
  }

  #trace(curves: Curves, place: (x: number, y: number) => Point): void {
    const point = (at: number): Point => place(curves[at] ?? 0, curves[at + 1] ?? 0);
    this.#canvas.beginPath();
    this.#canvas.moveTo(...point(0));
    for (let at = 2; at + 5 < curves.length; at += 6)
      this.#canvas.bezierCurveTo(...point(at), ...point(at + 2), ...point(at + 4));
  }

  #line(width: number, colour = this.#colours.line): void {
    this.#canvas.strokeStyle = colour;
    this.#canvas.lineWidth = Math.max(width * this.#unit, 1);
    this.#canvas.stroke();
  }

  #fill(colour: string): void {
    this.#canvas.fillStyle = colour;
    this.#canvas.fill();
  }

  #shape(colour: string): void {
    this.#fill(colour);
    this.#line(0.022);
  }

  /** The chin moves down with the jaw, and lies further in front than the cheeks. */
  #outline(): void {
    const drop = this.#open * CHIN_DROP;
    const low = -1 - drop;
    const half = [0.52, 1.04, 0.8, 0.68, 0.78, 0.16, 0.77, -0.16, 0.72, -0.42 - drop * 0.3, 0.54];
    const right = [...half, -0.7 - drop * 0.6, 0.4, low + 0.1, 0.22, low, 0, low];
    const points = Array.from({ length: right.length / 2 }, (_, at) => right.slice(2 * at, 2 * at + 2));
    const left = [...points.slice(0, -1).reverse(), [0, 1.04]].flatMap(([x = 0, y = 0]) => [-x, y]);
    this.#trace([0, 1.04, ...right, ...left], (x, y) => this.#at(x, y, y < low + 0.05 ? 0.22 : 0.05));
    this.#shape(this.#colours.skin);
  }

  /** @param middle its position, to the right */
  #eye(middle: number, index: 0 | 1): void {
    const canvas = this.#canvas;
    const { white, iris, line } = this.#colours;
    const open = 1 - within(numberAt(this.#pose.eyeLid, index), 0, 1);
    const [up, low] = [-0.05 + 0.2 * open, -0.05 - 0.09 * open];
    const at = (x: number, y: number): Point => this.#at(middle + x, 0.13 + y, 0.74);
    const lid = [-0.17, 0, -0.09, up, 0.09, up, 0.17, 0];
    const shape = [...lid, 0.09, low, -0.09, low, -0.17, 0];
    canvas.save();
    this.#trace(shape, at);
    this.#fill(white);
    canvas.clip();
    const right = within(Math.sin(numberAt(this.#pose.eyePose, 3 * index + 1)) * 0.2, -0.1, 0.1);
    const down = within(Math.sin(numberAt(this.#pose.eyePose, 3 * index)) * 0.2, -0.06, 0.06);
    for (const [radius, colour] of [[0.082, iris] as const, [0.038, line] as const]) {
      canvas.beginPath();
      canvas.arc(...at(right, 0.02 - down), radius * this.#unit, 0, 2 * Math.PI);
      this.#fill(colour);
    }
    canvas.restore();
    this.#trace(shape, at);
    this.#line(0.018);
    this.#trace(lid, at);
    this.#line(0.04);
  }

  #mouth(): void {
    const canvas = this.#canvas;
    const { mouth, teeth } = this.#colours;
    const half = 0.27 - 0.05 * this.#open;
    const low = -0.05 - 0.36 * this.#open;
    const at = (x: number, y: number): Point => this.#at(x * half, y - 0.5, 0.82);
    const inside = [-1, 0, -0.5, 0.05, 0.5, 0.05, 1, 0, 0.7, low, -0.7, low, -1, 0];
    canvas.save();
    this.#trace(inside, at);
    this.#fill(mouth);
    canvas.clip();
    this.#trace([-0.8, 0.06, -0.4, 0.06, 0.4, 0.06, 0.8, 0.06, 0.5, -0.05, -0.5, -0.05, -0.8, 0.06], at);
    if (this.#open > 0.15) this.#fill(teeth);
    canvas.restore();
    this.#trace(inside, at);
    this.#line(0.03);
    const lip = low * 0.8 - 0.1;
    this.#trace([-0.45, lip, -0.2, lip - 0.03, 0.2, lip - 0.03, 0.45, lip], at);
    this.#line(0.016);
  }
}

/** 0 for a missing number, and for a value that is no number. */
function numberAt(list: ArrayLike<number> | undefined, at: number): number {
  const value = list?.[at];
  return value === undefined || !Number.isFinite(value) ? 0 : value;
}

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
