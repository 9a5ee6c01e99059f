import { testLanguage } from '../test-language.ts';
import * as sdks from './sdks.ts';

for (const sdk of Object.values(sdks)) testLanguage(sdk);
