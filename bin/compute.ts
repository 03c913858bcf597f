import { App } from 'aws-cdk-lib';
import { addStacks } from '../lib/app';
import { BundleError } from '../packaging/bundle';
import { ConfigurationError, readConfig } from '../lib/options/config';

const app = new App();
try {
  addStacks(app, readConfig(app.node.getAllContext() as Record<string, unknown>));
} catch (error) {
  if (!(error instanceof ConfigurationError || error instanceof BundleError)) throw error;
  // Its message says it all; a stack trace would bury it. Leaving at once also keeps the app from synthesising.
  console.error(`\n${error.message}\n`);
  process.exit(1);
}
