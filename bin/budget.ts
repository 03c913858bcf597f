import { addBudgetStack } from '../lib/budget/options';
import { runApp } from './run-app';

// An app of its own: it watches the account, and outlives the stacks that are tried in it.
runApp(addBudgetStack);
