import { App } from 'aws-cdk-lib';
import { ConfigurationError } from '../lib/options/problems';

/** Runs an app of stacks that go by the options in its context. Where options are wrong, it says so and ends. */
export function runApp(addStacks: (app: App, context: Readonly<Record<string, unknown>>) => unknown): void {
  const app = new App();
  try {
    addStacks(app, app.node.getAllContext() as Record<string, unknown>);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // Its message says it all; a stack trace would bury it. Leaving at once also keeps the app from synthesising.
    console.error(`\n${error.message}\n`);
    process.exit(1);
  }
}
