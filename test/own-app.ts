import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { ConfigurationError } from '../lib/options/problems';
import { CDK_CONTEXT } from '../tools/cdk-json';

type Options = Readonly<Record<string, unknown>>;

/** The one stack of an app of its own, in the tests of a file. */
export function ownApp<S extends Stack>(add: (app: App, options: Options) => S) {
  const folder = mkdtempSync(path.join(tmpdir(), 'compute-own-app-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const stack = (options: Options): S => {
    const outdir = mkdtempSync(path.join(folder, 'assembly-'));
    return add(new App({ outdir, treeMetadata: false, analyticsReporting: false, context: CDK_CONTEXT }), options);
  };
  /** What is wrong with these options. */
  const problemsWith = (options: Options): readonly string[] => {
    try {
      stack(options);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  };
  return { stack, problemsWith };
}
