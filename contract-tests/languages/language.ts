/** Another language, with its pinned packages. */
export interface Language {
  name: string;
  /** The commands that this machine must have, with what they must print. */
  needs: Readonly<Record<string, RegExp>>;
  /** The files that pin the packages. */
  locks: readonly string[];
  /** A shell command that fetches the packages, with the locks in its directory. Installs commands in `$CACHE/bin`. */
  install: string;
  /** Takes minutes, even with a full cache of packages: runs only with `HEAVY=true`. */
  isHeavy?: boolean;
  rows: readonly Row[];
}

/** A client, and a row of the table in spec/README.md. */
export interface Row {
  tool: string;
  version: string;
  /** The command in the table. Runs in a copy of the program's folder, next to `dist`. */
  command: string;
  /** The folder of the program that uses the client, next to this file. */
  program: string;
  /** A shell command that compiles the program. */
  build?: string;
  /** A shell command that prints the line items of an export from the service at `$BASE_URL`, as JSON Lines. */
  run?: string;
  /** Whether amounts keep every digit, are rounded to floating-point numbers, or are not read by the client at all. */
  amounts: 'exact' | 'double' | 'raw';
  /** What else to watch for. */
  notes: string;
}

/** Python, with what makes a virtual environment. */
export const PYTHON = {
  'python3 --version': /^Python 3\.1\d\./,
  'python3 -c "import ensurepip; print(ensurepip.version())"': /^\d/,
};

export const PIP = 'python3 -m venv . && bin/pip install --quiet --retries 1 --requirement requirements.txt';
