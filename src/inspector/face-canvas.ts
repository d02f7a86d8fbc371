/** The input of a drawn face, and the canvas. Types only: browsers load nothing for them. */

/** The lists of a keyframe that are drawn; a missing or too short list counts as zeros. */
export interface FacePose {
  /** The position of the head: to the right, upwards, towards the viewer. */
  readonly translation?: ArrayLike<number>;
  /** The rotation of the whole head. */
  readonly rotation?: ArrayLike<number>;
  /** The rotation of the head on its neck. */
  readonly neckPose?: ArrayLike<number>;
  /** The first number is how far the mouth is open. */
  readonly jawPose?: ArrayLike<number>;
  /** Left eye, right eye: three angles each. */
  readonly eyePose?: ArrayLike<number>;
  /** Left, right: 0 is open, 1 is closed. */
  readonly eyeLid?: ArrayLike<number>;
}

/** The part of `CanvasRenderingContext2D` that is used. */
export interface FaceCanvas {
  /** The colour of `fill`. */
  fillStyle: string | object;
  /** The colour of `stroke`. */
  strokeStyle: string | object;
  /** The width of `stroke`. */
  lineWidth: number;
  /** The form of the ends of lines. */
  lineCap: string;
  /** The form of the joints of lines. */
  lineJoin: string;
  /** Saves the styles and the clip. */
  save(): void;
  /** Restores what `save` has saved. */
  restore(): void;
  /** Begins another path. */
  beginPath(): void;
  /** Moves the beginning of the next line or curve. */
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

/** The place of the drawing, in the units of the canvas. */
export interface FaceBox {
  /** The left edge. */
  readonly x: number;
  /** The upper edge. */
  readonly y: number;
  /** The width, to the right. */
  readonly width: number;
  /** The height, downwards. */
  readonly height: number;
}

/** Colours in the notation of CSS. */
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
