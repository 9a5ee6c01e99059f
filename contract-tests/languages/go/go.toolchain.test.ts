import { testLanguage } from '../test-language.ts';
import { go } from './go.ts';

testLanguage(go);
