import { testLanguage } from '../test-language.ts';
import * as languages from './openapi-generator.ts';

for (const language of Object.values(languages)) testLanguage(language);
