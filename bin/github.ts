import { App } from 'aws-cdk-lib';
import { addGitHubStack } from '../lib/github/options';
import { ConfigurationError } from '../lib/options/problems';

// An app of its own, so that no `cdk deploy` of all compute options deploys it, and none of them removes it.
const app = new App();
try {
  addGitHubStack(app, app.node.getAllContext() as Record<string, unknown>);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`\n${error.message}\n`);
  process.exit(1);
}
