import { readFileSync } from 'node:fs';
import { type Language, PIP, PYTHON, type Row } from '../language.ts';

/** Returns the version that a file pins. */
function versionIn(file: string, pattern: RegExp): string {
  return pattern.exec(readFileSync(new URL(file, import.meta.url), 'utf8'))?.[1] ?? '';
}

interface Sdk extends Omit<Language, 'rows'>, Omit<Row, 'amounts' | 'command'> {
  command: (version: string) => string;
}

/** The vendor's SDK, unmodified. It ends at the manifest: the program reads the blobs. */
function sdk({ name, needs, locks, install, isHeavy = false, command, ...row }: Sdk): Language {
  return { name, needs, locks, install, isHeavy, rows: [{ ...row, command: command(row.version), amounts: 'raw' }] };
}

const HEADER = 'returns no `Location`: inspect the header';
const HOSTS = 'Sends the token to other hosts only if you name them';

export const python = sdk({
  name: 'Python',
  tool: 'msgraph-sdk',
  version: versionIn('python/requirements.txt', /^msgraph-sdk==(.*)$/m),
  needs: PYTHON,
  locks: ['sdks/python/requirements.txt'],
  install: PIP,
  command: (version) => `pip install msgraph-sdk==${version}`,
  program: 'sdks/python',
  run: 'python read_export.py $BASE_URL',
  notes: `The export ${HEADER}, which is lost if the request was retried`,
});

export const java = sdk({
  name: 'Java',
  tool: 'microsoft-graph',
  version: versionIn('java/pom.xml', /<artifactId>microsoft-graph<\/artifactId>\s*<version>(.*)<\/version>/),
  needs: { 'javac -version': /^javac (1[7-9]|[2-9]\d)\./, 'mvn --version': /Apache Maven 3/ },
  locks: ['sdks/java/pom.xml'],
  install: 'mvn --quiet --batch-mode generate-resources',
  command: (version) => `mvn dependency:get -Dartifact=com.microsoft.graph:microsoft-graph:${version}`,
  program: 'sdks/java',
  build: 'javac -nowarn -d classes -cp "$CACHE/jars/*" ReadExport.java',
  run: 'java -cp "classes:$CACHE/jars/*" ReadExport $BASE_URL',
  notes: `${HOSTS}. The export ${HEADER}`,
});

export const typescript = sdk({
  name: 'TypeScript',
  tool: 'microsoft-graph-client',
  version: versionIn('typescript/package.json', /"@microsoft\/microsoft-graph-client": "(.*)"/),
  needs: { 'npm --version': /^\d/ },
  locks: ['sdks/typescript/package.json', 'sdks/typescript/package-lock.json'],
  install: 'npm ci --no-audit --no-fund',
  command: (version) => `npm install @microsoft/microsoft-graph-client@${version}`,
  program: 'sdks/typescript',
  build: 'ln -s "$CACHE/node_modules" node_modules',
  run: 'node read-export.js $BASE_URL',
  notes: 'Sends the token only over TLS. Request the raw response of the export, for its `Location`',
});

export const go = sdk({
  name: 'Go',
  tool: 'msgraph-sdk-go',
  version: versionIn('go/go.mod', /msgraph-sdk-go v(\S+)/),
  needs: { 'go version': /go1\.(2[5-9]|[3-9]\d)/ },
  locks: ['sdks/go/go.mod', 'sdks/go/go.sum'],
  install: 'go mod download',
  isHeavy: true,
  command: (version) => `go get github.com/microsoftgraph/msgraph-sdk-go@v${version}`,
  program: 'sdks/go',
  build: 'go build -o read-export .',
  run: './read-export $BASE_URL',
  notes: `Compiles for minutes, so our tests run it at night. ${HOSTS}, compresses requests. The export ${HEADER}`,
});
