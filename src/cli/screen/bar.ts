import type { Progress } from '../../index.ts';
import type { Screen } from '../context.ts';
import { count } from './count.ts';
import { plain } from './print.ts';
import type { Holdings, ProgressView } from './progress-view.ts';

const CLEAR = '\r\x1b[K';
const REDRAW_MS = 100;
const WIDTH = 20;

/** A line that is redrawn. The process does not end until `end` removes it. */
export function liveBar(stream: Screen, isColoured: boolean): ProgressView {
  let now = '';
  let before: Holdings = { blobs: 0, bytes: 0 };
  let progress: Progress | undefined;
  let since = performance.now();
  let ended = false;
  const colour = (text: string) => (isColoured ? `\x1b[36m${text}\x1b[39m` : text);
  const draw = () => {
    const seconds = (performance.now() - since) / 1_000;
    const [bar, text] = progress ? line(progress, before, seconds) : ['', `${now}  ${clock(seconds)}`];
    // A wrapped line could not be cleared.
    const room = (stream.columns || 80) - bar.length - 1;
    stream.write(`${CLEAR}${bar && colour(bar)}${plain(text).slice(0, Math.max(0, room))}`);
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    say(text) {
      progress = undefined;
      if (text !== now) since = performance.now();
      now = text;
      draw();
    },
    begin(holdings) {
      before = holdings;
    },
    update(current) {
      const isNew = progress?.blobs !== current.blobs;
      progress = current;
      if (isNew) draw();
    },
    end() {
      if (!ended) stream.write(CLEAR); // Later, it would remove other lines.
      ended = true;
      clearInterval(timer);
    },
  };
}

/** The bar and the time left use the number of blobs, because the manifest has no sizes. */
export function line(
  { blobs, blobCount, bytes, lineItems }: Progress,
  before: Holdings,
  seconds: number,
): [bar: string, text: string] {
  const full = Math.floor((blobs / blobCount) * WIDTH);
  const received = Math.max(0, bytes - before.bytes);
  const finished = blobs - before.blobs;
  const left = finished > 0 ? clock((seconds / finished) * (blobCount - blobs)) : '–';
  const parts = [
    `${blobs.toLocaleString('en')}/${count(blobCount, 'blob')}`,
    megabytes(bytes),
    count(lineItems, 'item'),
    `${megabytes(received / Math.max(seconds, 0.1))}/s`,
    `${left} left`,
  ];
  return ['█'.repeat(full) + '░'.repeat(WIDTH - full), `  ${parts.join('  ')}`];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [whole / 3600, (whole / 60) % 60, whole % 60].map(Math.floor);
  const pad = (n = 0) => String(n).padStart(2, '0');
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}
