import { print } from './print.ts';
import type { ProgressView } from './progress-view.ts';

/** The maximum number of progress lines. */
const MILESTONES = 5;

/** Shows progress as a few plain lines, for logs, which keep every line. */
export function plainLines(stream: NodeJS.WritableStream): ProgressView {
  let last = '';
  let reached = 0;
  return {
    say(text) {
      if (text !== last) print(text, stream);
      last = text;
    },
    begin() {},
    update({ blobs, blobCount, bytes, lineItems }) {
      const milestone = Math.floor((blobs / blobCount) * MILESTONES);
      if (milestone <= reached) return;
      reached = milestone;
      const [items, size] = [lineItems, bytes].map((n) => n.toLocaleString('en'));
      print(`${blobs} of ${blobCount} blobs: ${items} line items, ${size} bytes`, stream);
    },
    end() {},
  };
}
