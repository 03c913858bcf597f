import { RUNNERS, type Runner } from '../runners';
import { deployedLambda } from './deployed-lambda';

/** What the sandbox starts: every runner that is compared, and the deployed stack, whose times are those of an emulator. */
export const SANDBOX_RUNNERS: readonly Runner[] = RUNNERS.flatMap((runner) =>
  runner.name === 'lambda' ? [runner, deployedLambda] : [runner],
);
