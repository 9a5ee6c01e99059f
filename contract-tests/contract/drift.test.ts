import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { contractFile, readDocument } from '../../spec/document.ts';
import { emptyDirectory } from '../support/play.ts';
import { accepted } from '../tools/drift/accepted.ts';
import { type Change, reportedChanges, silentChanges } from '../tools/drift/changes.ts';
import { compare } from '../tools/drift/compare.ts';
import { describe as describeDocument, type Node, readDescription } from '../tools/drift/description.ts';

const spec = readDocument(contractFile);
const standInFile = fileURLToPath(new URL('../tools/drift/stand-in.yaml', import.meta.url));
const standIn = readFileSync(standInFile, 'utf8');
const flattenedFile = fileURLToPath(new URL('../tools/drift/stand-in-flattened.yaml', import.meta.url));
const flattened = readFileSync(flattenedFile, 'utf8');

/** Returns the stand-in after one change. */
function standInWith(change: Change): Node {
  const vendor = parse(standIn);
  change(vendor, (name) => {
    const schema = vendor.components.schemas[`microsoft.graph.${name}`];
    return schema.allOf?.at(-1) ?? schema;
  });
  return vendor;
}

function differencesOf(text: string): string[] {
  return [...compare(describeDocument(spec), readDescription(text)).differences];
}

const known = differencesOf(standIn);

/** Returns the new differences, and those that have disappeared with a minus. */
function reportOf(vendor: Node): string[] {
  const now = differencesOf(JSON.stringify(vendor));
  return [
    ...now.filter((each) => !known.includes(each)),
    ...known.filter((each) => !now.includes(each)).map((x) => `-${x}`),
  ];
}

describe("the vendor's description", () => {
  it('has only the accepted differences', () => {
    expect(known.toSorted()).toEqual(Object.keys(accepted).toSorted());
    expect(Object.values(accepted).filter((reason) => reason.length < 10)).toEqual([]);
  });

  it('may be JSON, or YAML with actions without a namespace', () => {
    expect(differencesOf(JSON.stringify(parse(standIn)))).toEqual(known);
    expect(differencesOf(standIn.replace('/microsoft.graph.partners.billing.export:', '/export:'))).toEqual(known);
  });

  it('may begin with a byte order mark, and have any indentation', () => {
    for (const text of [standIn, JSON.stringify(parse(standIn))]) expect(differencesOf(`\uFEFF${text}`)).toEqual(known);
    for (const indent of [1, 3, 4]) expect(differencesOf(stringify(parse(standIn), { indent }))).toEqual(known);
  });

  it.each(reportedChanges)('with %s leads to a report', (_, change, expected) => {
    expect(reportOf(standInWith(change))).toEqual(expected);
  });

  it.each(silentChanges)('with %s leads to no report', (_, change) => {
    expect(reportOf(standInWith(change))).toEqual([]);
  });
});

describe("the vendor's description without subclasses", () => {
  const differencesWith = (before: string, after: string) => {
    expect(flattened).toContain(before);
    const now = differencesOf(flattened.replace(before, after));
    return now.filter((each) => !(each in accepted));
  };

  it('has only accepted differences', () => {
    expect(differencesOf(flattened).filter((each) => !(each in accepted))).toEqual([]);
  });

  it('is compared with what all kinds of operations have', () => {
    expect(differencesWith('lastActionDateTime:', 'lastAction:')).toEqual([
      'response property gone: OperationBase.lastActionDateTime',
      'response property new: microsoft.graph.partners.billing.operation.lastAction',
    ]);
    expect(differencesWith('- running\n', '- paused\n')).toEqual([
      'response value new: paused of OperationBase.status (microsoft.graph.partners.billing.operation.status)',
    ]);
  });
});

describe('npm run drift', () => {
  const drift = (...args: string[]) => {
    const main = fileURLToPath(new URL('../tools/drift/main.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };

  it('exits with 0 if there is nothing new', () => {
    expect(drift(standInFile)).toEqual({
      status: 0,
      output: `new: 0, stale: 0, known: ${known.length} (see contract-tests/tools/drift/accepted.ts)\n`,
    });
  });

  it('exits with 0 for a description without subclasses, and says what is not compared', () => {
    expect(drift(flattenedFile)).toEqual({
      status: 0,
      output: expect.stringMatching(
        /^\S+ has no subclasses, so the kinds of operations are not compared\.\n\nnew: 0, stale: 0, known: \d+ .*\n$/,
      ),
    });
  });

  it('exits with 1 for a reference that leads nowhere, and ignores the entries behind it', async () => {
    const file = join(await emptyDirectory(), 'vendor.yaml');
    await writeFile(file, standIn.replace('microsoft.graph.publicError:', 'microsoft.graph.error:'));
    const { status, output } = drift(file);
    expect(output).toMatch(
      /^New in .*\n- reference leads nowhere: #\S+publicError\n\nnew: 1, stale: 0, known: \d+ .*\n$/,
    );
    expect(status).toBe(1);
  });

  it('exits with 1 and lists what is new and which entries are stale', async () => {
    const file = join(await emptyDirectory(), 'vendor.yaml');
    const vendor = standInWith((_, schema) => {
      schema('longRunningOperationStatus').enum.push('paused');
      schema('publicError').properties.code.nullable = false;
    });
    await writeFile(file, stringify(vendor));
    const { status, output } = drift(file);
    expect(output).toBe(
      [
        `New in ${file}:`,
        '- response value new: paused of OperationBase.status (microsoft.graph.partners.billing.operation.status)',
        '',
        'Accepted, but no longer found; if that is permanent, remove the entry:',
        '- may be null: PublicError.code (microsoft.graph.publicError.code)',
        '',
        `new: 1, stale: 1, known: ${known.length - 1} (see contract-tests/tools/drift/accepted.ts)`,
        '',
      ].join('\n'),
    );
    expect(status).toBe(1);
  });

  it('exits with 1 for a stale entry alone', async () => {
    const file = join(await emptyDirectory(), 'vendor.json');
    await writeFile(
      file,
      standIn.replace('code:\n          type: string\n          nullable: true', 'code:\n          type: string'),
    );
    expect(drift(file)).toEqual({ status: 1, output: expect.stringMatching(/^new: 0, stale: 1, known: /m) });
  });

  it.each<[string, string, RegExp]>([
    ['not a description', '{"openapi": "2.0"}', /: not an OpenAPI 3 file$/m],
    ['neither YAML nor JSON', '{"openapi": ', /: neither YAML nor JSON: /],
  ])('exits with 2 for a file that is %s', async (_, text, message) => {
    const file = join(await emptyDirectory(), 'vendor.yaml');
    await writeFile(file, text);
    const { status, output } = drift(file);
    expect(output).toMatch(message);
    expect(status).toBe(2);
  });

  it('exits with 2 without a file, or if it is missing', () => {
    expect(drift()).toEqual({ status: 2, output: expect.stringMatching(/^Usage: npm run drift -- FILE/) });
    expect(drift('nowhere.yaml')).toEqual({ status: 2, output: expect.stringMatching(/^nowhere\.yaml: ENOENT/) });
  });
});
