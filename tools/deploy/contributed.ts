import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { markdownTable } from '../table';
import { deploymentReport, type DeploymentReport } from './report';

/** Where reports of deployments stand that people have contributed, each as `npm run deploy` wrote it. */
export const CONTRIBUTED = path.join(__dirname, '..', '..', 'docs', 'deployments');

/**
 * The contributed reports, the oldest first; none where there is no folder.
 *
 * @throws Error with the name of a file that is no such report, or of a deployment to something other than AWS
 */
export function contributedReports(folder = CONTRIBUTED): DeploymentReport[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.sort().map((name) => {
    const parsed = deploymentReport.safeParse(JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
    if (!parsed.success)
      throw new Error(`${path.join(folder, name)} is no report of a deployment: ${parsed.error.message}`);
    if (parsed.data.against !== 'aws')
      throw new Error(`${path.join(folder, name)} is of an emulator, whose times say nothing of AWS`);
    return parsed.data;
  });
}

const HEAD = [
  ...['day', 'region', 'stacks', 'options', 'minutes to deploy', 'first answer', 'contract', 'minutes to roll back'],
  ...['minutes to destroy', 'left after it'],
];

/** The section of docs/figures.md, with an empty line before it; nothing where there is none. */
export function deploymentsSection(reports: readonly DeploymentReport[]): string {
  if (reports.length === 0) return '';
  return `
## Deployed to AWS

Each row is a deployment to an account, as \`npm run deploy\` and \`npm run destroy\` measured it and as a user contributed it ([Deploy](deploy.md)).

${markdownTable(HEAD, reports.map(row))}
`;
}

const row = (report: DeploymentReport): string[] => [
  report.date.slice(0, 10),
  report.region,
  report.stacks.map(({ id, was }) => `${id} (${was})`).join(', '),
  Object.entries(report.options)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ') || 'the defaults',
  report.succeeded ? String(report.minutesToDeploy) : `failed after ${report.minutesToDeploy}`,
  ofEndpoints(report, ({ firstAnswerSeconds: seconds }) => (seconds === null ? 'none' : `${seconds} s`)),
  ofEndpoints(report, ({ contract }) =>
    contract === null ? 'not checked' : `${contract.passed} of ${contract.passed + contract.failed}`,
  ),
  report.minutesToRollBack === null ? '' : String(report.minutesToRollBack),
  report.minutesToDestroy === null ? '' : String(report.minutesToDestroy),
  report.left === null ? '' : report.left.join(', ') || 'nothing',
];

const ofEndpoints = (
  { endpoints }: DeploymentReport,
  show: (endpoint: DeploymentReport['endpoints'][number]) => string,
): string => endpoints.map((each) => (endpoints.length === 1 ? show(each) : `${each.name} ${show(each)}`)).join(', ');
