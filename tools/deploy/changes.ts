import { change, type Change, type Options } from '../change/change';
import { count, describeChange, describeEffect } from '../change/report';
import type { Finding } from '../change/rules';
import { verdicts, type Verdict } from '../change/verdict';
import type { Where } from './account';
import type { DeployedStack } from './assembly';
import type { StandingStack } from './standing';
import { judge, shiftsOf } from './weights';

/** What a deployment does to the stacks that stand. */
export interface PlannedChanges {
  readonly verdicts: readonly Verdict[];
  /** What must not be deployed, one line each. */
  readonly problems: readonly string[];
}

/** Holds the templates that stand in the account against those of the assembly, and both against the rules of changes. */
export async function plannedChanges(
  standing: readonly StandingStack[],
  stacks: readonly DeployedStack[],
  options: Options,
  where: Where,
  interrupted: AbortSignal,
): Promise<PlannedChanges> {
  const all = verdicts(changeOf(standing, stacks, options));
  const problems: string[] = [];
  for (const { update, faults } of all) {
    const stack = standing.find(({ id }) => id === update.stack);
    if (stack === undefined || faults.length === 0) continue;
    const isShift = faults.some(({ rule }) => rule === SHIFTED);
    const shifts = isShift ? await shiftsOf(stack, where, interrupted) : [];
    const judged = faults.flatMap((fault) => (fault.rule === SHIFTED ? (judge(fault, stack, shifts) ?? []) : fault));
    problems.push(...judged.map(inWords));
  }
  return { verdicts: all, problems };
}

/** The rule that asks where ECS has moved the weights, which the account knows and no template. */
const SHIFTED = 'shifted weights';

function changeOf(standing: readonly StandingStack[], stacks: readonly DeployedStack[], options: Options): Change {
  const before = standing.map(({ id, stackName, template }) => ({ id, stackName, template, needs: [], problems: [] }));
  // The options that a stack was deployed with, its template does not say: the rules look at both templates.
  return change({ options, stacks: before }, { options, stacks });
}

const inWords = ({ stack, resource, problem, rule }: Finding): string =>
  `change of ${stack}, ${resource}: ${problem} (rule: ${rule}; npm run change shows all of it)`;

/** How many changed resources of a stack are named. */
const NAMED = 12;

/** What happens to each stack, in a line, and below it to each resource that stands. */
export function describeChanges(stacks: readonly DeployedStack[], { verdicts: all }: PlannedChanges): string[] {
  return stacks.flatMap(({ id, stackName, template }) => {
    const verdict = all.find(({ update }) => update.stack === id);
    if (verdict === undefined) {
      const resources = Object.keys(template.Resources ?? {}).length;
      return `${id} (${stackName}): new, ${resources} resources`;
    }
    const { changes } = verdict.update;
    if (changes.length === 0) return `${id} (${stackName}): nothing changes`;
    const ofWhatStands = changes.filter(({ action }) => action !== 'add');
    const more = ofWhatStands.length - NAMED;
    return [
      `${id} (${stackName}): ${count(verdict.update)}; to those who use the service: ${describeEffect(verdict)}`,
      ...ofWhatStands.slice(0, NAMED).map((each) => `  ${describeChange(each)}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ];
  });
}
