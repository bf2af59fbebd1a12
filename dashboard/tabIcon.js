// @ts-check
// The page's icon, drawn: with a dot while something is unread.
import { el } from './dom.js';

/** As a data: address. */
export function tabIcon(dot) {
  const canvas = el('canvas', { width: 64, height: 64 });
  const draw = canvas.getContext('2d');
  const disc = (x, y, r, colour) => {
    draw.fillStyle = colour;
    draw.beginPath();
    draw.arc(x, y, r, 0, 7);
    draw.fill();
  };
  disc(32, 29, 27, '#1F5FBF');
  draw.fill(new Path2D('M10 40 6 62l24-10'));
  for (const x of [20, 32, 44]) disc(x, 29, 4, '#fff');
  if (dot) {
    draw.globalCompositeOperation = 'destination-out';
    disc(48, 48, 18, '#000');
    draw.globalCompositeOperation = 'source-over';
    disc(48, 48, 15, '#EA580C');
  }
  return canvas.toDataURL();
}
