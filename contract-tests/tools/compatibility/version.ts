import { compare } from './compare.ts';
import type { Node } from './rules.ts';

const order = ['patch', 'minor', 'major'] as const;

/** Returns the problems of the version of a contract and of its changelog entry. */
export function versionProblems(released: Node, contract: Node, changelog: string): string[] {
  const [old, now] = [released, contract].map(({ info }) => numbers(info.version));
  const version = contract.info.version;
  if (!old || !now) return [`info.version ${JSON.stringify(version)} is not MAJOR.MINOR.PATCH`];

  const changes = compare(released, contract);
  const level = order.findLast((each) => changes.some((change) => change.level === each));
  const least = level ? bump(old, level) : old;
  const problems: string[] = [];
  if (isBefore(now, least)) {
    const why = changes.filter((change) => change.level === level).map(({ what }) => `\n  ${level}: ${what}`);
    problems.push(`info.version ${version} must be ${least.join('.')} or later${why.join('')}`);
  }
  const entry = entryOf(changelog, version);
  if (!entry) problems.push(`CHANGELOG.md has no entry “The contract ${version}: …”`);
  else if (now[0] > old[0] && !/\bmigrat/i.test(entry)) {
    problems.push(`The entry “The contract ${version}” in CHANGELOG.md does not say how to migrate`);
  }
  return problems;
}

type Numbers = [major: number, minor: number, patch: number];

function numbers(version: unknown): Numbers | undefined {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(`${version}`);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

function bump([major, minor, patch]: Numbers, level: (typeof order)[number]): Numbers {
  if (level === 'major') return [major + 1, 0, 0];
  return level === 'minor' ? [major, minor + 1, 0] : [major, minor, patch + 1];
}

function isBefore(a: Numbers, b: Numbers): boolean {
  const first = a.findIndex((number, i) => number !== b[i]);
  return first >= 0 && (a[first] ?? 0) < (b[first] ?? 0);
}

/** Returns the list item that starts with “The contract VERSION”, with all its lines. */
function entryOf(changelog: string, version: string): string | undefined {
  return changelog.split(/^(?=- |#)/m).find((item) => item.startsWith(`- The contract ${version}:`));
}
