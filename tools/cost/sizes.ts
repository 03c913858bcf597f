import { COMPARED } from '../../lib/app';
import type { Size } from '../../lib/shared/compute-option';

const AS_DECLARED: Size = { name: '', options: {} };

/** The sizes of a stack that leave what the user has set as it is: as declared, and what a larger load is better off with. */
export const sizesOf = (stackId: string, given: Readonly<Record<string, unknown>>): Size[] => [
  AS_DECLARED,
  ...(COMPARED.get(stackId)?.sizes ?? []).filter(({ options }) =>
    Object.keys(options).every((name) => given[name] === undefined),
  ),
];
