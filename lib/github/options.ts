import type { App } from 'aws-cdk-lib';
import { flag, list, text, type Values } from '../options/kinds';
import { readOwnOptions } from '../options/own-app';
import { ConfigurationError, type Rule } from '../options/problems';
import { sharedRows } from '../shared/options';
import { GitHubStack } from './stack';

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

/** What a user may set of the roles for GitHub Actions. They have an app of their own: `npm run github`. */
export const GITHUB_OPTIONS = {
  name: sharedRows.name,
  'github.repository': text({
    // An @ can be in no name of GitHub's: it divides names and ids.
    pattern: /^[\w.-]+(\/[\w.-]+|@\d+\/[\w.-]+@\d+)$/,
    allowed: 'OWNER/NAME, or OWNER@ID/NAME@ID where the subject claims of its tokens are immutable',
    default: undefined,
    meaning:
      'the one repository that may work in the account; a repository that was created, renamed or transferred since July 2026 has immutable subject claims',
  }),
  'github.environment': text({
    pattern: /^[\w.-]{1,64}$/,
    allowed: 'the name of a GitHub environment: letters, digits, dots, hyphens and underscores, 64 at most',
    default: 'sandbox',
    meaning: 'the environment whose jobs may deploy: sandbox or production in .github/workflows/deploy.yml',
  }),
  'github.branch': text({
    pattern: /^\w[\w./-]{0,99}$/,
    allowed: 'the name of a branch',
    default: 'main',
    meaning: 'the branch whose workflow may deploy, whatever the environment allows',
  }),
  'github.pullRequests': flag({
    default: true,
    meaning: 'a role for pull requests, which compares them with what is deployed and changes nothing',
  }),
  'github.providerArn': text({
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
    allowed: 'the ARN of the identity provider of token.actions.githubusercontent.com in the account',
    default: undefined,
    meaning: 'the identity provider that the account has already: it can have one only',
  }),
  'github.qualifier': text({
    pattern: /^[A-Za-z0-9_-]{1,10}$/,
    allowed: 'letters, digits, hyphens and underscores, 10 at most',
    default: 'hnb659fds',
    meaning: 'the qualifier that cdk bootstrap was given',
  }),
  'github.regions': list({
    pattern: REGION,
    allowed: 'regions, separated by commas, such as eu-central-1',
    fewest: 0,
    default: [],
    meaning: 'the regions that may be deployed to; without any, that of this stack',
  }),
};

type GitHubValues = Values<typeof GITHUB_OPTIONS>;

const rules: readonly Rule<GitHubValues>[] = [
  {
    about: ['github.repository'],
    problem: ({ github }) =>
      github.repository === undefined
        ? 'the roles trust one repository; set it, such as -c github.repository=octo-org/octo-repo'
        : undefined,
  },
];

/**
 * Adds the stack with the roles of GitHub Actions to its app.
 *
 * @param context all context; options of the compute options are passed over, which are not for this app
 * @throws ConfigurationError with everything that is wrong
 */
export function addGitHubStack(app: App, context: Readonly<Record<string, unknown>>): GitHubStack {
  const { values, problems } = readOwnOptions(GITHUB_OPTIONS, rules, 'github', context);
  const { name, github } = values;
  if (problems.length > 0 || github.repository === undefined) throw new ConfigurationError(problems);
  return new GitHubStack(app, 'GitHub', {
    ...github,
    name,
    repository: github.repository,
    regions: github.regions.length > 0 ? github.regions : undefined,
    // Two environments of one account have a stack each.
    stackName: `${name}-github-${github.environment.replace(/[^A-Za-z0-9-]/g, '-')}`,
    description: `Roles for GitHub Actions of ${github.repository}`,
  });
}
