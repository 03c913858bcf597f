/**
 * Leaves tests out that this machine can't run, and says why in a line: of skipped tests Jest itself prints the names
 * of a single file only, and of what is said by `console` where in the source it was.
 *
 * With LEAVE_NOTHING_OUT=1 in the environment they fail: for machines that are made to run them.
 */
export function leaveOut(name: string, reason: string): void {
  if (process.env['LEAVE_NOTHING_OUT'] === '1') {
    test(name, () => {
      throw new Error(`This can't be run here: ${reason}`);
    });
    return;
  }
  process.stderr.write(`left out: ${name}: ${reason}\n`);
  test.skip(`${name} (left out: ${reason})`, () => undefined);
}

/** Tests that are left out for a reason, if there is one. */
export function describeUnless(reason: string | undefined, name: string, tests: () => void): void {
  if (reason === undefined) describe(name, tests);
  else leaveOut(name, reason);
}
