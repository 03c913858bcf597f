import type { Target } from '../tools/contract';
import { describeContract } from './contract';
import { signingFetch } from './signing';

// Not among the tests of `npm test`: `npm run contract` runs it, and says by this variable what is to be checked.
const { url, sign, ...options } = JSON.parse(process.env['CONTRACT_TARGET'] ?? '') as Target;

describeContract(url, () => url, { ...options, ...(sign && { send: signingFetch(process.env) }) });
