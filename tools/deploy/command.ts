import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { silenceNodeWarning } from '../command-line';
import { runProgram } from '../container';
import { regionFrom, type Where } from './account';
import { readAsked, type Asked } from './ask';
import { SynthesisError } from './assembly';
import { ROOT } from './cdk';
import { RefusedError, type Stage } from './stage';

/** Where the assembly of this run is; it goes when the process ends. */
export const ASSEMBLY = path.join(ROOT, '.cache', 'deploy', String(process.pid));

/** What differs between the commands that change an account. */
export interface AccountCommand {
  readonly stage: Stage;
  readonly usage: string;
  /** What was not done to anything where it is refused: `made`, `removed`. */
  readonly verb: string;
  /** Whether `--all` stands for every stack. Default: stacks are named. */
  readonly takesAll?: boolean;
  /** Does what was asked, and gives the exit code. */
  readonly main: (asked: Asked, where: Where, interrupted: AbortSignal) => Promise<number>;
}

/** Runs a command that changes an account, from its command line to its exit code. */
export function runAccountCommand({ stage, usage, verb, takesAll = false, main }: AccountCommand): void {
  silenceNodeWarning();
  process.on('exit', () => rmSync(ASSEMBLY, { recursive: true, force: true }));
  runProgram((interrupted) => {
    // Every stack is asked for at once, and each call listens.
    setMaxListeners(0, interrupted);
    return stage.run(async () => {
      try {
        const asked = readAsked(usage, takesAll);
        const region = await regionFrom(asked.config.region, process.env);
        if (region === undefined)
          throw new RefusedError(
            [
              'region = none: allowed is one such as eu-central-1; set AWS_REGION, the region of the profile, or -c region=…',
            ],
            verb,
          );
        return await main(asked, { region }, interrupted);
      } catch (error) {
        if (error instanceof SynthesisError)
          throw new Error(`The app could not be synthesised:\n\n${error.message}`, { cause: error });
        throw error;
      }
    }, interrupted);
  });
}
