import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runProgram } from './run-program.ts';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Creates a key and its certificate in one file, valid for 127.0.0.1, the other hosts, and for one day. */
export async function newCertificate(folder: string, name: string, ...hosts: string[]): Promise<string> {
  const path = join(folder, `${name}.pem`);
  const names = ['IP:127.0.0.1', ...hosts.map((host) => `DNS:${host}`)].join(',');
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`, '-days', '1'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, '-keyout', path, '-out', path];
  expect(await runProgram('openssl', args)).toMatchObject({ code: 0 });
  return path;
}
