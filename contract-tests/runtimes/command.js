import process from 'node:process';
import { readExport } from './flow.js';

console.log(JSON.stringify(await readExport(process.argv[2])));
