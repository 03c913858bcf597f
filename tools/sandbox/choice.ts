import { COMPARED } from '../../lib/app';
import { noSuch } from '../command-line';
import { fileStem } from '../pictures/draw';
import type { Runner } from '../runners';
import type { PageOption } from './page';

/**
 * The runners that are meant by words, each a stack or a runner, in any case; all of them where there are no words.
 *
 * @throws Error that names the first word that is neither, and what is near
 */
export function chosenRunners(words: readonly string[], runners: readonly Runner[]): readonly Runner[] {
  if (words.length === 0) return runners;
  const known = [...new Set(runners.map(({ stack }) => stack)), ...runners.map(({ name }) => name)];
  const lower = (text: string): string => text.toLowerCase();
  const unknown = words.find((word) => !known.map(lower).includes(lower(word)));
  if (unknown !== undefined)
    throw new Error(
      `--options: ${noSuch('option that can run here', unknown, known, 3)} There are: ${known.join(', ')}.`,
    );
  const wanted = words.map(lower);
  return runners.filter(({ name, stack }) => wanted.includes(lower(name)) || wanted.includes(lower(stack)));
}

/** What the page shows of each compute option before it is known how it stands: one for each stack, with its runners. */
export function pageOptions(runners: readonly Runner[]): PageOption[] {
  return [...new Set(runners.map(({ stack }) => stack))].map((id) => {
    const option = COMPARED.get(id);
    const those = runners.filter(({ stack }) => stack === id);
    const [first] = those;
    return {
      id,
      // Of a title as Markdown: what its link says.
      title: /^\[(.+)\]\(/.exec(option?.comparison?.title ?? '')?.[1] ?? id,
      description: option?.description ?? '',
      picture: fileStem(id),
      runsAs: first?.runsAs ?? '',
      notShown: first?.notShown ?? '',
      runners: those.map(({ name, title }) => ({ name, title })),
    };
  });
}
