import { readFileSync } from 'node:fs';
import type { Language } from '../language.ts';

const manifest = readFileSync(new URL('progenitor/Cargo.toml', import.meta.url), 'utf8');

export const rust: Language = {
  name: 'Rust',
  needs: { 'cargo --version': /^cargo 1\.(8[8-9]|9\d|\d{3})/ },
  locks: ['rust/progenitor/Cargo.toml', 'rust/progenitor/Cargo.lock'],
  // Compiles the dependencies.
  install: `mkdir -p src && echo 'fn main() {}' > src/main.rs
cargo build --quiet --locked`,
  rows: [
    {
      tool: 'progenitor',
      version: /^progenitor = "(.*)"$/m.exec(manifest)?.[1] ?? '',
      command: 'cargo build',
      program: 'rust/progenitor',
      run: '"$CARGO_TARGET_DIR/debug/read-export" $BASE_URL',
      amounts: 'exact',
      notes:
        'The macro in `main.rs` reads `dist/openapi-3.0.json`. Its line items have `f64` amounts, which refuse text: read lines as maps, with the feature `arbitrary_precision` of `serde_json`',
    },
  ],
};
