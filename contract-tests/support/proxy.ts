import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { listen } from '../kit/mock/listen.ts';

export interface TestProxy {
  url: string;
  /** The hosts and ports that were asked for, in order. */
  requests: string[];
}

/**
 * Starts a proxy that opens tunnels, and stops it after the test. It alone knows the names in `services`, and the URL of
 * each.
 */
export async function startProxy(services: Record<string, string>): Promise<TestProxy> {
  const requests: string[] = [];
  /** The ends of the tunnels, which the server does not close. */
  const ends: Duplex[] = [];
  const server = createServer().on('connect', ({ url = '' }, socket, head) => {
    requests.push(url);
    const port = new URL(services[url.replace(/:\d+$/, '')] ?? 'http://127.0.0.1:9').port;
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) {
      ends.push(end);
      end.on('error', () => socket.destroy());
    }
  });
  const { host, close } = await listen(server);
  onTestFinished(() => {
    for (const end of ends) end.destroy();
    return close();
  });
  return { url: `http://${host}`, requests };
}
