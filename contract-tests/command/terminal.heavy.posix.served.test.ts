import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { environment, exportArgs, newDirectory, without } from '../support/command.ts';
import { mockService } from '../support/mock-service.ts';
import { emptyDirectory, example, handle, scripted } from '../support/play.ts';
import { storeExport } from '../support/storage.ts';

/** `script` of util-linux runs a command on a new terminal. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

describe.skipIf(!hasScript)('on a terminal (needs script of util-linux)', () => {
  it.each([
    ['in colour', {}, true],
    ['without colour for NO_COLOR', { NO_COLOR: '1' }, false],
  ])('the progress is a bar %s', async (_, env, coloured) => {
    const blob = toBlob([...partnerMonth(500)]);
    const stored = await storeExport({ a: blob, b: blob, c: blob });
    const service = await mockService(['succeededEmbedded'], () => stored.manifest());
    const directory = await newDirectory();
    const command = [process.execPath, 'src/cli/main.ts', ...exportArgs(service, directory)];
    const script = spawn('script', ['-qec', command.join(' '), '/dev/null'], {
      env: { ...environment, TERM: 'xterm', NO_COLOR: undefined, ...env },
    });
    const [output] = await Promise.all([text(script.stdout), once(script, 'close')]);
    expect(script.exitCode).toBe(0);
    const full = '█'.repeat(20);
    expect(output).toContain(coloured ? `\x1b[36m${full}\x1b[39m  3/3 blobs` : `${full}  3/3 blobs`);
    expect(output).toMatch(/3\/3 blobs {2}0\.\d MB {2}1,500 items {2}\d+\.\d MB\/s {2}0:00 left/);
    expect(output.includes('\x1b[36m')).toBe(coloured);
    expect(output.trimEnd().endsWith(`in ${directory}`)).toBe(true);
    expect(output).not.toMatch(/test-token|sig=/);
  });

  it.each([
    ['without a credential', [], { GRAPH_ACCESS_TOKEN: '' }, without('@azure/identity'), 1, /MissingPackageError: /],
    ['without data', [{ body: example('failedNoData') }], {}, [], 3, /ExportFailedError: /],
    ['whose terminal is closed', [{ body: example('running') }], {}, [], 130, /Interrupted: stopped by SIGHUP/],
  ])('a resume %s clears its screen and ends', async (_, answers, env, node, exitCode, message) => {
    const service = await scripted(...answers);
    const directory = await emptyDirectory();
    await writeFile(join(directory, 'export.json'), JSON.stringify({ handle, blobs: {} }));
    const args = ['resume', directory, '--base-url', `${service.url}/v1.0`];
    const command = [process.execPath, ...node, 'src/cli/main.ts', ...args].map(
      (each) => `'${each.replaceAll("'", "'\\''")}'`,
    );
    const script = spawn('script', ['-qec', `exec ${command.join(' ')}`, '/dev/null'], {
      env: { ...environment, TERM: 'xterm', ...env },
    });
    let output = '';
    let interrupted = false;
    script.stdout.setEncoding('utf8').on('data', (piece) => {
      output += piece;
      if (exitCode !== 130 || interrupted || !output.includes('running')) return;
      interrupted = true; // A second signal would end the process immediately.
      spawnSync('pkill', ['-HUP', '-P', `${script.pid}`]);
    });
    await once(script, 'close');
    expect(output).toMatch(message);
    expect(output.slice(0, output.search(message)).endsWith('\r\x1b[K')).toBe(true);
    expect(script.exitCode).toBe(exitCode);
  });
});
