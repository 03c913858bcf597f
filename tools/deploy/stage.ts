/** Says what an interruption or a failure leaves behind, by how far a command has got. */
export class Stage {
  private left = 'nothing was changed';
  constructor(private readonly command: string) {}

  /** From here on an interruption leaves this. */
  reach(left: string): void {
    this.left = left;
  }

  progress(line: string): void {
    process.stderr.write(`${this.command}: ${line}\n`);
  }

  /** Runs a command to its end; an interruption ends it with 130 and a line that says what is left. */
  async run(main: () => Promise<number>, interrupted: AbortSignal): Promise<number> {
    try {
      const code = await main();
      if (!interrupted.aborted) return code;
    } catch (error) {
      if (!interrupted.aborted) throw error;
    }
    this.progress(`interrupted; ${this.left}`);
    return 130;
  }
}

/** All that is wrong, before anything is made. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(problems: readonly string[], verb: string) {
    super(
      [
        `${problems.length} ${problems.length === 1 ? 'thing is' : 'things are'} in the way; nothing was ${verb}.`,
        ...problems.map((problem) => `  - ${problem}`),
      ].join('\n'),
    );
  }
}
