import { testLanguage } from '../test-language.ts';
import { rust } from './rust.ts';

testLanguage(rust);
