import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface Bundle {
  /** Minified and compressed with gzip, as a browser loads it. */
  bytes: number;
  /** What each file takes of it before compression, the largest first. */
  files: { path: string; bytes: number }[];
}

/** What the library may take, in bytes of which 1,000 are a kB. */
export const LIMIT = 8_500;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles everything that an entry exports, for browsers. */
export async function bundle(entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    metafile: true,
    write: false,
    outdir: '.',
    logLevel: 'silent',
  });
  const inputs = Object.values(metafile.outputs)[0]?.inputs ?? {};
  const files = Object.entries(inputs).map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput }));
  return {
    bytes: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length,
    files: files.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes),
  };
}
