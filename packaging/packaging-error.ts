/** Something that a stack ships is missing or would be refused; the message gives the command or the change that mends it. */
export class PackagingError extends Error {
  override readonly name: string = 'PackagingError';

  /** @param faults what is wrong, one sentence or two each */
  constructor(
    readonly faults: readonly string[],
    message = faults.join('\n'),
  ) {
    super(message);
  }
}
