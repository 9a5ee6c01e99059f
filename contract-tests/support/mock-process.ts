import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Arguments of the mock for the line items and blobs of the fixtures, on free ports. */
export const fixturesOnFreePorts = ['--items', '20', '--blobs', '2', '--port', '0', '--storage-port', '0'];

export interface MockProcess {
  url: string;
  storageUrl: string;
  /** The text that it prints when it is ready. */
  guide: string;
  /** Sends a signal to all of its processes, like a terminal, or only to the first. Resolves when all have ended. */
  end: (signal: NodeJS.Signals, to: 'all' | 'first') => Promise<{ code: number | null; stderr: string }>;
}

/** Starts the mock as a separate process with a command. */
export async function startMockProcess(command: string, ...args: string[]): Promise<MockProcess> {
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    stderr += piece;
  });
  const close = once(child, 'close');
  for await (const piece of child.stdout.setEncoding('utf8')) {
    stdout += piece;
    if (stdout.includes('Prefer: code=429')) break;
  }
  const [, url, storageUrl] = /runs at (http:\S+)\/v1\.0.* its storage at (http:\S+)\.$/m.exec(stdout) ?? [];
  if (!url || !storageUrl || !child.pid) throw new Error(`The mock did not start: ${stdout}${stderr}`);
  const { pid } = child;
  return {
    url,
    storageUrl,
    guide: stdout,
    end: async (signal, to) => {
      process.kill(to === 'all' ? -pid : pid, signal);
      const [code] = await close;
      return { code, stderr };
    },
  };
}
