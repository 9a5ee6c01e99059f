import { readFileSync } from 'node:fs';
import { contractFile, readDocument } from '../../../spec/document.ts';
import { accepted } from './accepted.ts';
import { compare } from './compare.ts';
import { type Description, describe, readDescription, UnreadableDescription } from './description.ts';
import type { Findings } from './findings.ts';

// The command `npm run drift -- FILE`. Exit codes: 0 nothing new, 1 differences, 2 wrong usage or an unreadable file.

const [file, ...more] = process.argv.slice(2);
if (!file || more.length > 0) {
  console.error("Usage: npm run drift -- FILE, the vendor's OpenAPI description of Microsoft Graph in YAML or JSON");
  process.exitCode = 2;
} else {
  process.exitCode = drift(file);
}

function drift(file: string): number {
  const ours = describe(readDocument(contractFile));
  let vendor: Description;
  let findings: Findings;
  try {
    vendor = readDescription(readFileSync(file, 'utf8'));
    findings = compare(ours, vendor);
  } catch (error) {
    const unreadable = error instanceof UnreadableDescription || (error instanceof Error && 'code' in error);
    if (!unreadable) throw error;
    console.error(`${file}: ${error.message}`);
    return 2;
  }
  if (!vendor.hasSubclasses) console.log(`${file} has no subclasses, so the kinds of operations are not compared.\n`);
  const all = [...findings.differences];
  const newDifferences = all.filter((difference) => !(difference in accepted));
  const stale = Object.keys(accepted).filter((difference) => findings.isGone(difference));
  if (newDifferences.length > 0) console.log(`New in ${file}:\n${list(newDifferences)}\n`);
  if (stale.length > 0)
    console.log(`Accepted, but no longer found; if that is permanent, remove the entry:\n${list(stale)}\n`);
  const known = all.length - newDifferences.length;
  console.log(
    `new: ${newDifferences.length}, stale: ${stale.length}, known: ${known} (see contract-tests/tools/drift/accepted.ts)`,
  );
  return newDifferences.length + stale.length > 0 ? 1 : 0;
}

function list(lines: string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
