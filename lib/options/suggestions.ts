import { closest, distance } from 'fastest-levenshtein';

export const didYouMean = (suggestion: string | undefined): string =>
  suggestion ? `; did you mean ${suggestion}?` : '';

/** The candidate that a word was meant to be: the same but for case and marks, a part of it, or a slip of the hand. */
export function meant(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const [namespace = '', ...labels] = word.toLowerCase().trim().split('.');
  const label = plain(labels.join('') || namespace);
  const beside = candidates.filter((each) => labels.length === 0 || each.startsWith(`${namespace}.`));
  const labelOf = (each: string): string => plain(each.slice(each.indexOf('.') + 1));
  const nearest = closest(word, [...candidates]);
  return (
    candidates.find((each) => plain(each) === plain(word)) ??
    (distance(word, nearest) <= Math.min(2, word.length - 1) ? nearest : undefined) ??
    (label.length > 2 ? beside.find((each) => labelOf(each).startsWith(label)) : undefined) ??
    (label.length > 2 ? beside.find((each) => labelOf(each).includes(label)) : undefined) ??
    (distance(word, nearest) <= nearest.length / 3 ? nearest : undefined)
  );
}
