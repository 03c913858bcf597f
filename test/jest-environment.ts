import { createRequire } from 'node:module';
import type * as ServiceSpec from '@aws-cdk/aws-service-spec';
import { TestEnvironment } from 'jest-environment-node';
import './environment';

/**
 * Node.js as Jest isolates it, but for the AWS CDK and other large packages, which all test files of one process share:
 * to load and compile them anew for each file takes longer than most of their tests. `test/shared-modules.js` is the
 * other half.
 */
export default class extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    loadSchemasOnce();
    Object.assign(this.global, { shared: { require, Error, env: process.env } });
  }
}

let isLoadedOnce = false;

/** Keeps CloudFormation's schemas, which take two seconds to load: the package loads them for each of its callers. */
function loadSchemasOnce(): void {
  if (isLoadedOnce) return;
  isLoadedOnce = true;
  // Not by an import: Jest would put its stand-in for shared packages in the place of this one.
  const spec = createRequire(__filename)('@aws-cdk/aws-service-spec') as typeof ServiceSpec;
  const load = spec.loadAwsServiceSpecSync;
  let schemas: ReturnType<typeof load> | undefined;
  Object.assign(spec, { loadAwsServiceSpecSync: () => (schemas ??= load()) });
}
