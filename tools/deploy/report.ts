import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../packaging/write-whole';

const minutes = z.number().min(0);

/** What came of an endpoint after a deployment. */
const endpoint = z.strictObject({
  /** The stack, and where it has several endpoints, which of them. */
  name: z.string().min(1),
  /** From the end of the deployment to the first answer; null where none came. */
  firstAnswerSeconds: z.number().min(0).nullable(),
  contract: z.strictObject({ passed: z.int().min(0), failed: z.int().min(0) }).nullable(),
});

/**
 * A deployment to an account, as `npm run deploy` writes it and `npm run destroy` completes it: nothing in it says whose
 * account it was.
 */
export const deploymentReport = z.strictObject({
  /** When it began, as ISO 8601 has it. */
  date: z.iso.datetime(),
  region: z.string().min(1),
  /** What ran there: an account of AWS, or something that stands for one. */
  against: z.enum(['aws', 'emulator']),
  cdk: z.string().min(1),
  /** The options that were set; texts of the user's own are not shown. */
  options: z.record(z.string(), z.string()),
  stacks: z.array(z.strictObject({ id: z.string().min(1), was: z.enum(['new', 'changed', 'as it was']) })).min(1),
  succeeded: z.boolean(),
  minutesToDeploy: minutes,
  /** Of a deployment that failed; null of one that did not. */
  minutesToRollBack: minutes.nullable(),
  endpoints: z.array(endpoint),
  /** Null until the stacks are destroyed. */
  minutesToDestroy: minutes.nullable(),
  /** The types of what was left after that, such as `AWS::S3::Bucket`; null until it was looked for. */
  left: z.array(z.string()).nullable(),
});
export type DeploymentReport = z.output<typeof deploymentReport>;

const NAME = /^deployment-[\dT-]+Z\.json$/;

/** Writes a report beside the outputs, whole or not at all. */
export function writeReport(folder: string, report: DeploymentReport): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `deployment-${report.date.replaceAll(':', '-').replace(/\.\d+/, '')}.json`);
  writeWhole(file, `${JSON.stringify(deploymentReport.parse(report), null, 2)}\n`);
  return file;
}

/** The newest report of a deployment of these stacks that stand since; none where there is none that can be read. */
export function newestReport(folder: string, ids: readonly string[], region: string): DeploymentReport | undefined {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => NAME.test(name));
  } catch {
    return undefined;
  }
  for (const name of names.sort().toReversed()) {
    const report = readReport(path.join(folder, name));
    if (report?.region === region && report.stacks.some(({ id }) => ids.includes(id)) && report.left === null)
      return report;
  }
  return undefined;
}

function readReport(file: string): DeploymentReport | undefined {
  try {
    return deploymentReport.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

export const inMinutes = (milliseconds: number): number => Math.round(milliseconds / 600) / 100;
