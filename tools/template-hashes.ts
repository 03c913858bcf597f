import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStacks, readConfig } from '../lib/app';
import { CDK_CONTEXT } from './cdk-json';
import { fail, readCommandLine } from './command-line';
import { variants, type Variant } from './variants';

const USAGE = `Prints the SHA-256 of every template, for both presets and every value of every enumerated option.

  npm run template-hashes > before     then change the code, run it again, and compare: diff before after

Equal lines: the change moves code and changes no deployment.`;

/** The hash of each template of one variant, in the order of the stacks. */
function hashes({ name, context }: Variant): string[] {
  const outdir = mkdtempSync(path.join(tmpdir(), 'template-hashes-'));
  try {
    const app = new App({
      outdir,
      treeMetadata: false,
      analyticsReporting: false,
      context: { ...CDK_CONTEXT, 'aws:cdk:disable-asset-staging': true },
    });
    addStacks(app, readConfig({ ...CDK_CONTEXT, ...context }));
    return app.synth().stacks.map(({ id, template }) => {
      const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex');
      return `${hash} ${id} ${name}`;
    });
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

try {
  readCommandLine(USAGE, {});
  Error.stackTraceLimit = 0; // CDK notes where each construct is from, which no template shows
  for (const variant of variants()) for (const line of hashes(variant)) console.log(line);
} catch (error) {
  fail(error);
}
