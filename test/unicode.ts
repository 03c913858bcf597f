import fc from 'fast-check';

/** Text of any code points, ASCII as often as the rest. fast-check's own `unit: 'binary'` takes a second to set up. */
export const anyText = (constraints: fc.ArrayConstraints = {}): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.integer({ max: 0x7f, min: 0 }),
        fc.integer({ min: 0, max: 0xd7ff }),
        fc.integer({ min: 0xe000, max: 0x10ffff }),
      ),
      constraints,
    )
    .map((points) => String.fromCodePoint(...points));
