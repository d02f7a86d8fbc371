/** The version of a picture for dark pages: every colour keeps its hue and gets the opposite lightness. */

const DARKEST = 0.07;
const LIGHTEST = 0.93;

export function darkPicture(svg: string): string {
  return svg.replaceAll(/#(?:[0-9a-f]{6}|[0-9a-f]{3})\b/gi, (colour) => inverted(colour));
}

function inverted(colour: string): string {
  const digits = colour.length === 4 ? colour.slice(1).replaceAll(/./g, '$&$&') : colour.slice(1);
  const channels = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255);
  const [least, most] = [Math.min(...channels), Math.max(...channels)];
  const lightness = (least + most) / 2;
  const wanted = LIGHTEST - lightness * (LIGHTEST - DARKEST);
  // Scales the saturation to the range that the new lightness allows, so that no colour channel is clipped.
  const room = (of: number): number => 1 - Math.abs(2 * of - 1);
  const scale = room(lightness) === 0 ? 0 : room(wanted) / room(lightness);
  return `#${channels
    .map((channel) => wanted + (channel - lightness) * scale)
    .map((channel) =>
      Math.round(Math.min(1, Math.max(0, channel)) * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
