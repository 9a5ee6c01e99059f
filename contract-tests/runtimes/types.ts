import { join } from 'node:path';
import { here } from './installed.ts';
import { run } from './run.ts';

/** The ways to resolve modules, with the matching module formats. */
const resolutions = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' };

const STRICT = [
  ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck', 'false'],
  ...['--target', 'es2022', '--lib', 'es2023,dom'],
];

export const compilers = ['55', '59', '6', '7'].map((alias) => join(here, `node_modules/typescript${alias}/bin/tsc`));

export async function compilerVersion(program: string): Promise<string> {
  return (await run(process.execPath, [program, '--version'], here)).replace('Version ', '');
}

/** Compiles consumer.ts in a folder with each way to resolve modules. */
export async function compileConsumer(program: string, folder: string): Promise<string> {
  const compile = async ([moduleResolution = '', module = '']: string[]) => {
    const options = ['--moduleResolution', moduleResolution, '--module', module];
    await run(process.execPath, [program, ...STRICT, ...options, 'consumer.ts'], folder, 60_000).catch((error) => {
      throw new Error(`under ${moduleResolution}: ${error.message}`);
    });
  };
  await Promise.all(Object.entries(resolutions).map(compile));
  return `types under ${Object.keys(resolutions).join(', ')}`;
}
