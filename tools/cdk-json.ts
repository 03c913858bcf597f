import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The context of cdk.json: the feature flags that people run with, and whatever options they have set there. */
export const CDK_CONTEXT = (
  JSON.parse(readFileSync(path.join(__dirname, '..', 'cdk.json'), 'utf8')) as {
    readonly context: Readonly<Record<string, unknown>>;
  }
).context;
