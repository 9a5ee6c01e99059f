import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Arguments of the mock: the line items of the fixtures in their blobs, and free ports. */
export const fixturesOnFreePorts = ['--items', '20', '--blobs', '2', '--port', '0', '--storage-port', '0'];

export interface MockProcess {
  url: string;
  storageUrl: string;
  /** What it prints on start. */
  guide: string;
  /** Sends a signal, to all of its processes as a terminal does or to the first alone; resolves when none of them is left. */
  end: (signal: NodeJS.Signals, to: 'all' | 'first') => Promise<{ code: number | null; stderr: string }>;
}

/** The mock as a process of its own, started by a command; with other words for the ports, on free ones. */
export async function startMockProcess(command: string, ...args: string[]): Promise<MockProcess> {
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    stderr += piece;
  });
  const closed = once(child, 'close');
  for await (const piece of child.stdout.setEncoding('utf8')) {
    stdout += piece;
    if (stdout.includes('Prefer: code=429')) break;
  }
  const [, url, storageUrl] = /is at (http:\S+)\/v1\.0.* its storage at (http:\S+)\.$/m.exec(stdout) ?? [];
  if (!url || !storageUrl || !child.pid) throw new Error(`The mock did not start: ${stdout}${stderr}`);
  const { pid } = child;
  return {
    url,
    storageUrl,
    guide: stdout,
    end: async (signal, to) => {
      process.kill(to === 'all' ? -pid : pid, signal);
      const [code] = await closed;
      return { code, stderr };
    },
  };
}
