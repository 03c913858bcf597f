import path from 'node:path';
import type { Finding } from './finding';

interface Match {
  readonly Filename: string;
  readonly Level: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

/** Arguments of cfn-lint for all templates of a folder, as if they were deployed in each of the regions. */
export const cfnLintArguments = (folder: string, regions: readonly string[]): string[] => [
  ...['--regions', ...regions],
  ...['--format', 'json'],
  ...['--', path.join(folder, '*', '*.json')],
];

/**
 * The errors that cfn-lint reports, each once. Its warnings are about style, such as a `DependsOn` that a reference implies,
 * which CDK writes into every template.
 *
 * @param report what it writes with `--format json`
 * @throws SyntaxError where that is no JSON
 */
export function cfnLintErrors(report: string): Finding[] {
  const errors = (JSON.parse(report) as Match[])
    .filter(({ Level }) => Level === 'Error')
    .map(({ Filename, Message, Rule, Location }) => {
      const at = Location.Path ?? [];
      const [section, id, ...within] = at;
      return {
        rule: Rule.Id,
        template: templateOf(Filename),
        resource: section === 'Resources' ? String(id) : at.join('/'),
        message: section === 'Resources' ? `${within.join('/')}: ${Message}` : Message,
      };
    });
  return [...new Map(errors.map((error) => [JSON.stringify(error), error])).values()];
}

/** The preset and the stack of a template that `writeTemplates` has written. */
export const templateOf = (file: string): string =>
  `${path.basename(path.dirname(file))} ${path.basename(file, '.json')}`;
