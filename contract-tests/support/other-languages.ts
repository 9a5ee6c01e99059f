import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { interpreters } from './interpreters.ts';

/** Java is compiled once, so that it starts faster in each test. The README runs it from its source. */
const classes = await mkdtemp(join(tmpdir(), 'java-'));
afterAll(() => rm(classes, { recursive: true }));
if (interpreters.java) spawnSync('javac', ['-d', classes, 'spec/clients/UnbilledUsage.java'], { stdio: 'inherit' });

/** The clients in spec/clients: language, oldest version, interpreter and its first arguments. */
export const clients = [
  ['Python', '3.9', 'python3', ['spec/clients/unbilled_usage.py']],
  ['Java', '17', 'java', ['-cp', classes, 'UnbilledUsage']],
] as const;
