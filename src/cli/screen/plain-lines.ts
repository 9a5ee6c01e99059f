import { count } from './count.ts';
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
      const size = `${count(lineItems, 'line item')}, ${count(bytes, 'byte')}`;
      print(`${blobs.toLocaleString('en')} of ${count(blobCount, 'blob')}: ${size}`, stream);
    },
    end() {},
  };
}
