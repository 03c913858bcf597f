import { App } from 'aws-cdk-lib';
import { addBudgetStack } from '../lib/budget/options';
import { ConfigurationError } from '../lib/options/problems';

// An app of its own: it watches the account, and outlives the stacks that are tried in it.
const app = new App();
try {
  addBudgetStack(app, app.node.getAllContext() as Record<string, unknown>);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`\n${error.message}\n`);
  process.exit(1);
}
