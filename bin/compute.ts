import { App } from 'aws-cdk-lib';
import { addStacks, readConfig } from '../lib/app';
import { ConfigurationError } from '../lib/options/problems';

const app = new App();
try {
  addStacks(app, readConfig(app.node.getAllContext() as Record<string, unknown>));
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  // Its message says it all; a stack trace would bury it. Leaving at once also keeps the app from synthesising.
  console.error(`\n${error.message}\n`);
  process.exit(1);
}
