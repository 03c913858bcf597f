import type { Rows, Values } from './kinds';
import { problemsOf, type Rule } from './problems';
import { readOptions } from './reading';

/**
 * Reads the options of an app that is not that of the compute options, whose options are passed over.
 *
 * @param namespace in which each key is for this app: one that is no option of it is a problem
 * @param context all context
 */
export function readOwnOptions<R extends Rows>(
  rows: R,
  rules: readonly Rule<Values<R>>[],
  namespace: string,
  context: Readonly<Record<string, unknown>>,
): { readonly values: Values<R>; readonly problems: readonly string[] } {
  const isInside = new RegExp(`^${namespace}\\b`, 'i');
  const own = Object.entries(context).filter(([key]) => Object.hasOwn(rows, key) || isInside.test(key));
  const { values, given, wrong, problems } = readOptions(rows, Object.fromEntries(own));
  return { values, problems: [...problems, ...problemsOf(rules, values, given, wrong)] };
}
