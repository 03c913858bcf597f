import { addStacks, readConfig } from '../lib/app';
import { runApp } from './run-app';

runApp((app, context) => addStacks(app, readConfig(context)));
