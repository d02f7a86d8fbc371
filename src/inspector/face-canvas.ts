/** What a face is drawn from, and on what. Types only: browsers load nothing for them. */

/** The lists of a keyframe that are drawn; a list that is missing or too short counts as zeros. */
export interface FacePose {
  /** Of the head: to the right, up, towards the viewer. */
  readonly translation?: ArrayLike<number>;
  /** Of the whole head. */
  readonly rotation?: ArrayLike<number>;
  /** Of the head on its neck. */
  readonly neckPose?: ArrayLike<number>;
  /** The first number is how far the mouth is open. */
  readonly jawPose?: ArrayLike<number>;
  /** Left eye, right eye: three angles each. */
  readonly eyePose?: ArrayLike<number>;
  /** Left, right: 0 is open, 1 is closed. */
  readonly eyeLid?: ArrayLike<number>;
}

/** The part of a `CanvasRenderingContext2D` that is used, as that has it. */
export interface FaceCanvas {
  /** The colour of `fill`. */
  fillStyle: string | object;
  /** The colour of `stroke`. */
  strokeStyle: string | object;
  /** The width of `stroke`. */
  lineWidth: number;
  /** How lines end. */
  lineCap: string;
  /** How lines meet. */
  lineJoin: string;
  /** Keeps the styles and the clip. */
  save(): void;
  /** Takes back what was kept. */
  restore(): void;
  /** Begins another path. */
  beginPath(): void;
  /** Begins a line of the path. */
  moveTo(x: number, y: number): void;
  /** Adds a cubic curve. */
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void;
  /** Adds an arc. */
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  /** Draws within the path only. */
  clip(): void;
  /** Fills the path. */
  fill(): void;
  /** Draws along the path. */
  stroke(): void;
}

/** Where to draw, in the units of the canvas. */
export interface FaceBox {
  /** The left side. */
  readonly x: number;
  /** The upper side. */
  readonly y: number;
  /** To the right. */
  readonly width: number;
  /** Downwards. */
  readonly height: number;
}

/** Colours, as CSS has them. */
export interface FaceColours {
  /** All lines, and the pupils. */
  readonly line: string;
  /** Face and ears. */
  readonly skin: string;
  /** Neck and shoulders. */
  readonly shade: string;
  /** The white of the eyes. */
  readonly white: string;
  /** The iris. */
  readonly iris: string;
  /** The inside of the mouth. */
  readonly mouth: string;
  /** The teeth. */
  readonly teeth: string;
  /** Hair and brows. */
  readonly hair: string;
}
