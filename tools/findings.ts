import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { addStacks, readConfig } from '../lib/app';
import { CDK_CONTEXT } from './cdk-json';

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly severity?: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/**
 * Synthesises the app with these options, and with those of cdk.json, and checks it against CDK's built-in template
 * validation, its default rules, and cdk-nag's AwsSolutions and Serverless packs.
 *
 * @returns what was found, errors and warnings alike, one line each; empty where all is well
 * @throws ConfigurationError where the options are wrong
 */
export function findings(options: Readonly<Record<string, unknown>>): string[] {
  const config = readConfig({ ...CDK_CONTEXT, ...options });
  return findingsIn((app) => addStacks(app, config));
}

/**
 * The same of the stacks that are added to an empty app.
 *
 * @throws what adding them throws
 */
export function findingsIn(add: (app: App) => void): string[] {
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-validate-'));
  try {
    const app = new App({
      outdir,
      builtinCloudFormationValidation: true,
      context: {
        ...CDK_CONTEXT,
        '@aws-cdk/core:validateAgainstDefaultRules': true,
        '@aws-cdk/core:validationReportPrettyPrint': false,
        'aws:cdk:disable-asset-staging': true,
      },
    });
    add(app);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    const failure = synthesise(app);
    const report = JSON.parse(readFileSync(path.join(outdir, 'validation-report.json'), 'utf8')) as Report;
    const found = report.pluginReports.flatMap(({ pluginName, violations }) =>
      violations.flatMap(({ ruleName, description, severity, violatingConstructs }) =>
        violatingConstructs.map(
          ({ constructPath }) => `${severity ?? 'error'} ${constructPath}: ${description} (${pluginName} ${ruleName})`,
        ),
      ),
    );
    // A failure that the report does not explain must not pass for a clean bill.
    return found.length === 0 && failure !== undefined ? [failure] : found;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function synthesise(app: App): string | undefined {
  try {
    app.synth();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
