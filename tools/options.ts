import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OPTIONS } from '../lib/app';
import { defaultOf, type Option } from '../lib/options/kinds';
import { fail, readCommandLine } from './command-line';
import { markdownTable } from './table';

const USAGE = `Prints every option: its default, what is allowed, what it means.

  npm run options
  npm run options -- --write     writes the table of docs/options.md instead`;

const PAGE = path.join(__dirname, '..', 'docs', 'options.md');
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
export const optionRows = (): string[][] =>
  Object.entries<Option<unknown>>(OPTIONS).map(([name, option]) => {
    return [
      name,
      shownDefault(option),
      option.unit ? `${option.allowed} (${option.unit})` : option.allowed,
      option.meaning,
    ];
  });

/** The page with the table of options as it is now. */
export function withOptions(page: string): string {
  const rows = optionRows().map(([name, ...rest]) => [`\`${name ?? ''}\``, ...rest]);
  return page.replace(GENERATED, (_, start: string, end: string) => `${start}\n${markdownTable(HEAD, rows)}\n${end}`);
}

if (require.main === module) {
  try {
    const { values } = readCommandLine(USAGE, { options: { write: { type: 'boolean' } } });
    if (values.write) writeFileSync(PAGE, withOptions(readFileSync(PAGE, 'utf8')));
    else {
      for (const [name, byDefault, allowed, meaning] of optionRows())
        console.log(`${name ?? ''} = ${byDefault ?? ''}\n    ${meaning ?? ''}\n    allowed: ${allowed ?? ''}`);
      console.log('\nSet one with -c option=value, or under "context" in cdk.json: npx cdk synth -c ec2.plan=spot');
    }
  } catch (error) {
    fail(error);
  }
}
