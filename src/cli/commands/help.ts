import type { Command } from './command.ts';

/** In characters. */
const WIDTH = 80;

const credentials = wrap(
  'Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or else DefaultAzureCredential of the package @azure/identity.',
);

/** Returns the help of the whole command. */
export function overview(summaries: readonly (readonly [name: string, summary: string])[]): string {
  return `\
Usage: unbilled-usage COMMAND [OPTIONS]

Exports the unbilled usage of a Microsoft CSP partner from Microsoft Graph.

Commands:
${columns(summaries)}
Options:
${columns([
  ['-h, --help', 'show this text, or the help of a command'],
  ['-v, --version', 'show the version'],
])}
${credentials}
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no data, 4 timeout, 130 stopped.
`;
}

/** Returns the help of one command. */
export function helpOn(name: string, { about, operands = [], flags }: Command): string {
  const all = Object.entries(flags).map(([flag, { value, ...rest }]) => ({
    usage: `--${flag}${value ? ` ${value}` : ''}`,
    ...rest,
  }));
  const required = all.flatMap(({ usage, required }) => (required ? [usage] : []));
  const options = all.length > required.length ? ['[OPTIONS]'] : [];
  const lines = all.map(
    ({ usage, help, default: fallback }) => [usage, fallback ? `${help}; default ${fallback}` : help] as const,
  );
  return [
    wrap(`Usage: ${['unbilled-usage', name, ...operands, ...required, ...options].join(' ')}`, 2),
    wrap(about),
    ...(all.length ? [`Options:\n${columns(lines)}`] : []),
    ...('base-url' in flags ? [credentials] : []),
  ].join('\n');
}

/** Returns two columns, the second one wrapped. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length)) + 4;
  return rows.map(([first, second]) => `  ${first}`.padEnd(width) + wrap(second, width)).join('');
}

function wrap(text: string, indent = 0): string {
  const line = new RegExp(`(.{1,${WIDTH - indent}})(?: |$)`, 'g');
  return `${text.replace(line, `$1\n${' '.repeat(indent)}`).trimEnd()}\n`;
}
