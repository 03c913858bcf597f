import type { App } from 'aws-cdk-lib';
import { addBudgetStack } from '../lib/budget/options';
import { addGitHubStack } from '../lib/github/options';
import { CONTEXT, contextFrom, fail, readCommandLine } from './command-line';
import { findings, findingsIn } from './findings';
import { variants, type Variant } from './variants';

const USAGE = `Checks every template against CDK's template validation and cdk-nag.

  npm run validate                              both presets, and each with every value of every enumerated option;
                                                and the roles of GitHub Actions, and the budget
  npm run validate -- -c option=value           one set of options, such as -c ec2.plan=spot

Exit code: 0 nothing was found, 1 something was, 2 it was not asked rightly.`;

/** The roles of GitHub Actions, with all that may be set: they have an app of their own. */
const GITHUB: readonly Variant[] = [
  { name: 'github', context: { 'github.repository': 'octo-org/octo-repo' } },
  {
    name: 'github with its options',
    context: {
      name: 'copy',
      'github.repository': 'octo-org@123456/octo-repo@456789',
      'github.pullRequests': false,
      'github.providerArn': 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
      'github.regions': 'eu-central-1,us-east-1',
    },
  },
];

const BUDGET: Variant = { name: 'budget', context: { 'alarms.email': 'me@example.com' } };

const check = (variant: Variant): boolean => report(variant, findings(variant.context));
const checkApp = (variant: Variant, add: (app: App, context: Variant['context']) => unknown): boolean =>
  report(
    variant,
    findingsIn((app) => add(app, variant.context)),
  );

function report({ name }: Variant, found: readonly string[]): boolean {
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const line of found) console.log(`       ${line}`);
  return found.length === 0;
}

try {
  const { values } = readCommandLine(USAGE, { options: CONTEXT });
  const given = values.context.join(' ');
  const results =
    given === ''
      ? [
          ...GITHUB.map((variant) => checkApp(variant, addGitHubStack)),
          checkApp(BUDGET, addBudgetStack),
          ...variants().map(check),
        ]
      : [check({ name: given, context: contextFrom(values.context) })];
  const passed = results.filter(Boolean).length;
  console.log(`\n${String(passed)} passed, ${String(results.length - passed)} failed`);
  process.exitCode = passed === results.length ? 0 : 1;
} catch (error) {
  fail(error);
}
