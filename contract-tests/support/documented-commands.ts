import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const preload = fileURLToPath(new URL('at-the-mock.ts', import.meta.url));
const command = resolve('src/cli/main.ts');
const kit = resolve('contract-tests/kit/command/main.ts');
const { scripts, peerDependencies, version } = JSON.parse(await readFile('package.json', 'utf8'));
const duckdb = pathToFileURL(resolve('node_modules/@duckdb/node-api/lib/index.js'));

/** Writes replacements for the documented commands to a folder, and returns the environment in which they use the mock. */
export async function documentedCommands(folder: string, mockUrl: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, '.bin');
  await mkdir(bin);
  for (const [name, script] of Object.entries({ 'unbilled-usage': unbilledUsage, npx, npm, az })) {
    await writeFile(join(bin, name), `#!/bin/sh\nset -eu\n${script}`);
    await chmod(join(bin, name), 0o755);
  }
  for (const [name, module] of Object.entries({ duckdb: duckdbModule, pytest: pytestModule })) {
    await writeFile(join(bin, `${name}.py`), module);
  }
  const path = [bin, process.env.PATH].join(delimiter);
  const identity = { AZURE_TENANT_ID: 'any', AZURE_CLIENT_ID: 'any', GRAPH_ACCESS_TOKEN: SIGNED_IN };
  return { ...process.env, ...identity, PATH: path, PYTHONPATH: bin, HOME: folder, MOCK_URL: mockUrl };
}

/** Stands for the credentials that a page sets before. */
const SIGNED_IN = 'signed-in';

/**
 * Runs the command from its sources. Sends requests for Microsoft Graph, or for the default port, to the mock of the test.
 * A reader who uses the mock has not signed in, so the page must set a token.
 */
const unbilledUsage = `
for argument; do
  shift
  if [ "$argument" = http://127.0.0.1:4010/v1.0 ]; then
    [ "$GRAPH_ACCESS_TOKEN" != ${SIGNED_IN} ]
    argument="$MOCK_URL/v1.0"
  fi
  set -- "$@" "$argument"
done
exec node --import '${preload}' '${command}' "$@"
`;

/** Checks the mock of the test. Starts no mock on the default port, because that of the test is already running. */
const npx = `
[ "$1" = --yes ] && shift
case "$*" in
  *' mock --port 0 --storage-port 0 --quiet') shift && exec node '${kit}' "$@" ;;
  'partner-unbilled-usage-contract mock'|'partner-unbilled-usage-contract mock --scenario no-data') ;;
  'partner-unbilled-usage-contract check http://127.0.0.1:4010/v1.0'|\\
  'partner-unbilled-usage-contract@${version} check http://127.0.0.1:4010/v1.0') exec node '${kit}' check "$MOCK_URL/v1.0" ;;
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
      case "$name" in --global|--save-dev|partner-unbilled-usage|partner-unbilled-usage-contract|${Object.keys(peerDependencies).join('|')}) ;; *) exit 1 ;; esac
    done ;;
  *) exit 1 ;;
esac
`;

/** Answers every query with the same ID. */
const az = `
case "$*" in *--query*) echo 00000000-0000-0000-0000-000000000000 ;; esac
`;

/** Runs queries with the DuckDB of this project, because Python may have none. */
const duckdbModule = `
import subprocess
program = """const { DuckDBInstance } = await import('${duckdb}');
const connection = await (await DuckDBInstance.create()).connect();
console.log((await connection.runAndReadAll(process.argv[1])).currentRowCount);"""
def sql(query):
    return subprocess.run(["node", "--input-type=module", "--eval", program, query], check=True)
`;

/** Runs a fixture to its end, and requests what it yields in between. */
const pytestModule = `
import urllib.error, urllib.request
def fixture(scope):
    def run(function):
        steps = function()
        try:
            urllib.request.urlopen(next(steps) + "/reports/partners/billing/operations/1")
        except urllib.error.HTTPError as answer:
            print(answer.code)
        next(steps, None)
    return run
`;
