import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../src/index.ts';
import { type Kind, LINES_PER_BLOCK } from './blob-data.ts';

/** An export whose blobs the storage has made by now. */
export interface LocalExport {
  manifest: Manifest;
  urls: string[];
  /** Each blob holds the lines of its first block again and again. */
  linesPerBlock: number;
  blocks: number;
  lineItems: number;
  /** As stored, so compressed. */
  bytes: number;
}

/** The process that plays the service and its storage. */
export interface LocalStorage {
  url: string;
  /** So many blobs of so many times 10 MB; of `dense` as stored, of the others as text. */
  export: (kind: Kind, blocks: number, blobs?: number) => Promise<LocalExport>;
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** Blocks are 50 times smaller where `smoke` asks for it, and no blob has more than two. */
export async function startStorage(smoke: boolean): Promise<LocalStorage> {
  const server = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const ended = exited.then(() => {
    throw new Error('The server ended before it listened.');
  });
  const [url] = (await Promise.race([once(createInterface(server.stdout), 'line'), ended])) as [string];
  return {
    url,
    export: async (kind, asked, count = 1) => {
      const linesPerBlock = Math.floor(LINES_PER_BLOCK[kind] / (smoke ? 50 : 1));
      const blocks = smoke ? Math.min(asked, 2) : asked;
      const rootDirectory = `${url}/blobs/${kind}/${linesPerBlock}/${blocks}`;
      const names = Array.from({ length: count }, (_, n) => `part-${String(n).padStart(5, '0')}.json.gz`);
      const urls = names.map((name) => `${rootDirectory}/${name}`);
      const blobs = names.map((name) => ({ name }));
      const { headers } = await fetch(urls[0] ?? '', { method: 'HEAD' });
      return {
        manifest: { rootDirectory, sasToken: 'sig=bench', eTag: 'bench', blobCount: count, blobs },
        urls,
        linesPerBlock,
        blocks,
        lineItems: linesPerBlock * blocks * count,
        bytes: Number(headers.get('content-length')) * count,
      };
    },
    [Symbol.asyncDispose]: async () => {
      server.stdin.end();
      await exited;
    },
  };
}
