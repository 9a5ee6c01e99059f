import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { install } from './install.ts';

// `node contract-tests/tools/run.ts COMMAND …` installs the tools of this folder and runs a command with them on its
// PATH.

install(import.meta.dirname);
process.env.PATH = join(import.meta.dirname, 'node_modules/.bin') + delimiter + process.env.PATH;
const [command = '', ...args] = process.argv.slice(2);
// On Windows, the commands in .bin need a shell.
const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
if (error) throw error;
process.exitCode = status ?? 1;
