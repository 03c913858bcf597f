import { addGitHubStack } from '../lib/github/options';
import { runApp } from './run-app';

// An app of its own, so that no `cdk deploy` of all compute options deploys it, and none of them removes it.
runApp(addGitHubStack);
