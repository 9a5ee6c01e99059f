import { testLanguage } from '../test-language.ts';
import { python } from './python.ts';

testLanguage(python);
