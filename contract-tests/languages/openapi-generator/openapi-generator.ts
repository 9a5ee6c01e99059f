import { readFileSync } from 'node:fs';
import { type Language, PIP, PYTHON, type Row } from '../language.ts';

const pom = readFileSync(new URL('pom.xml', import.meta.url), 'utf8');
const version = /<artifactId>openapi-generator-cli<\/artifactId>\s*<version>(.*)<\/version>/.exec(pom)?.[1] ?? '';

/** Returns a language with this generator, which needs Java. */
function generator(language: Language, row: Omit<Row, 'tool' | 'version' | 'program'>, program: string): Language {
  const { needs, locks, install } = language;
  return {
    ...language,
    needs: { 'java -version': /version "(1[7-9]|[2-9]\d)[."]/, 'mvn --version': /Apache Maven 3/, ...needs },
    locks: ['openapi-generator/pom.xml', ...locks],
    install: `mvn --quiet --batch-mode generate-resources
printf '#!/bin/sh\\nexec java -jar %s "$@"\\n' "$CACHE"/generator/*.jar > bin/openapi-generator-cli
chmod +x bin/openapi-generator-cli
${install}`,
    rows: [{ tool: 'openapi-generator', version, program: `openapi-generator/${program}`, ...row }],
  };
}

const generate = 'openapi-generator-cli generate -i dist/openapi-3.0.yaml';

export const java = generator(
  { name: 'Java', needs: { 'javac -version': /^javac (1[7-9]|[2-9]\d)\./ }, locks: [], install: '', rows: [] },
  {
    command: `${generate} -g java --library native -o client`,
    build: 'javac -nowarn -d classes -cp "$CACHE/jars/*" -sourcepath client/src/main/java ReadExport.java',
    run: 'java -cp "classes:$CACHE/jars/*" ReadExport $BASE_URL',
    amounts: 'exact',
    notes: 'Amounts are `BigDecimal`, missing ones `null`. The token needs a request interceptor',
  },
  'java',
);

export const python = generator(
  { name: 'Python', needs: PYTHON, locks: ['openapi-generator/python/requirements.txt'], install: PIP, rows: [] },
  {
    command: `${generate} -g python -o client`,
    run: 'PYTHONPATH=client python read_export.py $BASE_URL',
    amounts: 'double',
    notes: 'Refuses an amount that is text: convert or drop it first',
  },
  'python',
);

export const go = generator(
  { name: 'Go', needs: { 'go version': /go1\.(2[3-9]|[3-9]\d)/ }, locks: [], install: '', rows: [] },
  {
    command: `${generate} -g go -o unbilledusage --package-name unbilledusage --type-mappings=number=json.Number --additional-properties=withGoMod=false,disallowAdditionalPropertiesIfNotPresent=false,useOneOfDiscriminatorLookup=true`,
    build: 'go build -o read-export .',
    run: './read-export $BASE_URL',
    amounts: 'exact',
    notes:
      'Without the mapping, amounts are `float32`; without the last two properties, the client refuses unknown properties and cannot tell the operations apart. Replace `""` with `null` in lines',
  },
  'go',
);

export const rust = generator(
  {
    name: 'Rust',
    needs: { 'cargo --version': /^cargo 1\.(8[5-9]|9\d|\d{3})/ },
    locks: ['openapi-generator/rust/Cargo.toml', 'openapi-generator/rust/Cargo.lock'],
    // Compiles the dependencies.
    install: `mkdir -p src && echo 'fn main() {}' > src/main.rs
cargo build --quiet --locked`,
    rows: [],
  },
  {
    command: `${generate} -g rust -o client --type-mappings=number=serde_json::Value --additional-properties=supportAsync=false`,
    build: 'cargo build --quiet --locked --offline',
    run: '"$CARGO_TARGET_DIR/debug/read-export" $BASE_URL',
    amounts: 'exact',
    notes:
      'Needs the feature `arbitrary_precision` of `serde_json`. The client drops `Location` and cannot read an operation: send these two requests yourself',
  },
  'rust',
);

export const csharp = generator(
  {
    name: 'C#',
    needs: PYTHON,
    locks: ['openapi-generator/csharp/requirements.txt'],
    install: PIP,
    rows: [],
  },
  {
    command: `${generate} -g csharp -o client`,
    build: 'python parse.py client',
    amounts: 'exact',
    notes: 'Generated and parsed by our tests, but neither compiled nor run. Amounts are `decimal`, of 28 digits',
  },
  'csharp',
);
