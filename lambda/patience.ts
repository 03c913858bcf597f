/** Lets time pass; tests stand in for it. */
export type Wait = (milliseconds: number) => Promise<unknown>;

/** Does something, and does it again while it may only be too early for it. */
export type Patiently = <T>(act: () => Promise<T>, isComplete?: (result: T) => boolean) => Promise<T>;

/** Until a service of AWS may take on a role that has just been made (IAM User Guide, "Eventual consistency"). */
export const SPREAD_MS = 15_000;

// About a minute in all, within the two of the function.
const DELAYS_MS = [1, 2, 4, 8, 15, 15, 15].map((seconds) => seconds * 1_000);

const REFUSALS = ['AccessDenied', 'AccessDeniedException', 'InsufficientPrivilegesException'];

/** Elastic Beanstalk reads a source bundle with the rights of its caller, and words it so where those don't suffice. */
const isRefused = (error: unknown): error is Error =>
  error instanceof Error && (REFUSALS.includes(error.name) || error.message.includes('Reason: Forbidden'));

/**
 * CloudFormation calls the function as soon as its policy is written, and IAM takes some seconds to spread that
 * (aws/aws-cdk#37675, #18237): what is refused is tried again, and so is an answer that isn't complete, for Elastic
 * Beanstalk answers who may not see something with a list in which it isn't.
 *
 * @param wait between two tries
 * @returns a function whose calls share one minute: what was refused the whole time is refused for good
 */
export function patience(wait: Wait): Patiently {
  const delays = [...DELAYS_MS];
  return async (act, isComplete = () => true) => {
    for (;;) {
      const outcome = await act().then(
        (result) => ({ result, done: isComplete(result), why: 'nothing was there' }),
        (error: unknown) => {
          if (!isRefused(error) || delays.length === 0) throw error;
          return { done: false as const, why: error.message };
        },
      );
      const delay = outcome.done ? undefined : delays.shift();
      if (delay !== undefined) {
        console.log(`trying again in ${delay / 1_000} s: ${outcome.why}`);
        await wait(delay);
      } else if ('result' in outcome) return outcome.result;
    }
  };
}
