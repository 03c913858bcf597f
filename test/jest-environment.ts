import { TestEnvironment } from 'jest-environment-node';
import './environment';

/**
 * Node.js as Jest isolates it, but for the AWS CDK, which all test files of one process share: to load and compile it
 * anew for each of them takes longer than most of their tests. `test/shared-modules.js` is the other half.
 */
export default class extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { shared: { require, Error, env: process.env } });
  }
}
