import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OPTIONS } from '../lib/app';
import { BUDGET_OPTIONS } from '../lib/budget/options';
import { GITHUB_OPTIONS } from '../lib/github/options';
import { defaultOf, type Option, type Rows } from '../lib/options/kinds';
import { fail, readCommandLine } from './command-line';
import { markdownTable } from './table';

const USAGE = `Prints every option: its default, what is allowed, what it means.

  npm run options
  npm run options -- --write     writes the tables of the pages instead`;

/** The options of each page: of the compute options, and of the two stacks that have apps of their own. */
export const PAGES: Readonly<Record<string, Rows>> = {
  'options.md': OPTIONS,
  'pipeline.md': GITHUB_OPTIONS,
  'deploy.md': BUDGET_OPTIONS,
};
export const pathOf = (page: string): string => path.join(__dirname, '..', 'docs', page);
const HEAD = ['option', 'default', 'allowed', 'meaning'];
const GENERATED = /(<!-- options: npm run options -- --write -->\n)[\s\S]*?(\n<!-- end of options -->)/;

const shown = (value: unknown): string => {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' && value !== null && 'sameAs' in value
    ? String(value.sameAs)
    : JSON.stringify(value).replaceAll('"', '');
};

function shownDefault(option: Option<unknown>): string {
  const [sandbox, production] = [shown(defaultOf(option, 'sandbox')), shown(defaultOf(option, 'production'))];
  return sandbox === production ? sandbox : `${sandbox}; production: ${production}`;
}

/** One row an option: name, default, what is allowed, meaning. */
export const optionRows = (options: Rows): string[][] =>
  Object.entries<Option<unknown>>(options).map(([name, option]) => {
    return [
      name,
      shownDefault(option),
      option.unit ? `${option.allowed} (${option.unit})` : option.allowed,
      option.meaning,
    ];
  });

/** The page with the table of options as it is now. */
export function withOptions(page: string, options: Rows): string {
  const rows = optionRows(options).map(([name, ...rest]) => [`\`${name ?? ''}\``, ...rest]);
  return page.replace(GENERATED, (_, start: string, end: string) => `${start}\n${markdownTable(HEAD, rows)}\n${end}`);
}

if (require.main === module) {
  try {
    const { values } = readCommandLine(USAGE, { options: { write: { type: 'boolean' } } });
    if (values.write)
      for (const [page, options] of Object.entries(PAGES))
        writeFileSync(pathOf(page), withOptions(readFileSync(pathOf(page), 'utf8'), options));
    else {
      for (const [name, byDefault, allowed, meaning] of optionRows({
        ...BUDGET_OPTIONS,
        ...GITHUB_OPTIONS,
        ...OPTIONS,
      }))
        console.log(`${name ?? ''} = ${byDefault ?? ''}\n    ${meaning ?? ''}\n    allowed: ${allowed ?? ''}`);
      console.log(
        '\nSet one with -c option=value, or under "context" in cdk.json: npx cdk synth -c ec2.plan=spot\nThose of github are for npm run github (docs/pipeline.md), those of budget for npm run budget (docs/deploy.md).',
      );
    }
  } catch (error) {
    fail(error);
  }
}
