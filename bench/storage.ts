import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../src/index.ts';
import { type Kind, LINES_PER_BLOCK } from './blob-data.ts';
import { createCertificate } from './certificate.ts';

/** An export whose blobs the storage has created. */
export interface LocalExport {
  manifest: Manifest;
  urls: string[];
  /** Each blob repeats the lines of its first block. */
  linesPerBlock: number;
  blocks: number;
  lineItems: number;
  /** The compressed size. */
  bytes: number;
}

/** The process of the service and its storage. */
export interface LocalStorage {
  url: string;
  /** The same service over HTTPS. Missing without openssl. */
  secureUrl?: string;
  /** Creates blobs of `blocks` times 10 MB: compressed for `dense`, as text for the others. */
  export: (kind: Kind, blocks: number, blobs?: number) => Promise<LocalExport>;
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** Starts the process. With `smoke`, blocks are 50 times smaller, and a blob has at most two. */
export async function startStorage(smoke: boolean): Promise<LocalStorage> {
  const server = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PEM: await createCertificate() },
  });
  const exit = once(server, 'exit');
  const failure = exit.then(() => {
    throw new Error('The server ended before it was ready.');
  });
  const [line] = (await Promise.race([once(createInterface(server.stdout), 'line'), failure])) as [string];
  const { url, secureUrl } = JSON.parse(line);
  return {
    url,
    secureUrl,
    export: async (kind, requestedBlocks, count = 1) => {
      const linesPerBlock = Math.floor(LINES_PER_BLOCK[kind] / (smoke ? 50 : 1));
      const blocks = smoke ? Math.min(requestedBlocks, 2) : requestedBlocks;
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
      await exit;
    },
  };
}
