import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const preload = fileURLToPath(new URL('at-the-mock.ts', import.meta.url));
const command = resolve('src/cli/main.ts');
const kit = resolve('contract-tests/kit/command/main.ts');
const { scripts, peerDependencies } = JSON.parse(await readFile('package.json', 'utf8'));

/** Writes replacements for the documented commands to a folder, and returns the environment in which they use the mock. */
export async function documentedCommands(folder: string, mockUrl: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, '.bin');
  await mkdir(bin);
  for (const [name, script] of Object.entries({ 'unbilled-usage': unbilledUsage, npx, npm, az })) {
    await writeFile(join(bin, name), `#!/bin/sh\nset -eu\n${script}`);
    await chmod(join(bin, name), 0o755);
  }
  const path = [bin, process.env.PATH].join(delimiter);
  const identity = { AZURE_TENANT_ID: 'any', AZURE_CLIENT_ID: 'any', GRAPH_ACCESS_TOKEN: 'any' };
  return { ...process.env, ...identity, PATH: path, HOME: folder, MOCK_URL: mockUrl };
}

/** Runs the command from its sources. Sends requests for Microsoft Graph, or for the default port, to the mock of the test. */
const unbilledUsage = `
for argument; do
  shift
  [ "$argument" = http://127.0.0.1:4010/v1.0 ] && argument="$MOCK_URL/v1.0"
  set -- "$@" "$argument"
done
exec node --import '${preload}' '${command}' "$@"
`;

/** Checks the mock of the test. Ignores `mock`, because the mock is already running. */
const npx = `
[ "$1" = --yes ] && shift
case "$*" in
  'partner-unbilled-usage-contract mock') ;;
  'partner-unbilled-usage-contract check http://127.0.0.1:4010/v1.0') exec node '${kit}' check "$MOCK_URL/v1.0" ;;
  *) exit 1 ;;
esac
`;

/** Accepts only existing scripts, and only packages of this project. */
const npm = `
command=$1
shift
case "$command" in
  ci|cit|start) ;;
  run) case "$1" in ${Object.keys(scripts).join('|')}) ;; *) exit 1 ;; esac ;;
  install)
    for name; do
      case "$name" in --global|partner-unbilled-usage|${Object.keys(peerDependencies).join('|')}) ;; *) exit 1 ;; esac
    done ;;
  *) exit 1 ;;
esac
`;

/** Answers every query with the same ID. */
const az = `
case "$*" in *--query*) echo 00000000-0000-0000-0000-000000000000 ;; esac
`;
