import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface Bundle {
  /** The size as a browser loads it, minified and compressed with gzip. */
  bytes: number;
  /** The size of each file before compression, largest first. */
  files: { path: string; bytes: number }[];
}

/** The maximum size of the library, in bytes. 1,000 bytes are 1 kB. */
export const LIMIT = 8_500;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles everything that an entry exports for browsers. */
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
