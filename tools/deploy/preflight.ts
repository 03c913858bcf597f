import type { Asked } from './ask';
import { regionProblems } from './ask';
import { callerOf, type Identity, type Where } from './account';
import { dockerProblem, type DeployedStack } from './assembly';
import { bootstrapProblem } from './bootstrap';
import { checkQuotas } from './quotas';
import { standingStacks, statusProblem, type StandingStack } from './standing';

/** What is known of the account before a deployment. */
export interface Preflight {
  readonly identity: Identity | undefined;
  readonly standing: readonly StandingStack[];
  /** What is in the way, one line each. */
  readonly problems: readonly string[];
  /** What could not be looked at. */
  readonly remarks: readonly string[];
}

/**
 * Looks at all that a deployment needs, and stops at nothing: what is wrong is said at once. Where no credentials are there,
 * or to an account that is not allowed, the account is asked nothing more.
 */
export async function preflight(
  { given, config }: Pick<Asked, 'given' | 'config'>,
  stacks: readonly DeployedStack[],
  where: Where,
  interrupted: AbortSignal,
): Promise<Preflight> {
  const ids = stacks.map(({ id }) => id);
  const refused = stacks.flatMap(({ id, problems }) => problems.map((problem) => `${id}: ${problem}`));
  const here = [...new Set([...refused, ...regionProblems(ids, given, where.region)])];
  const docker = await dockerProblem(stacks, interrupted);
  const problems = [...here, ...(docker === undefined ? [] : [docker])];

  const { identity, problem } = await callerOf(where, config.deploy.accounts, interrupted);
  if (problem !== undefined) return { identity, standing: [], problems: [problem, ...problems], remarks: [] };

  const [bootstrap, standing, quotas] = await Promise.all([
    bootstrapProblem(stacks, identity, where, interrupted),
    standingStacks(stacks, where, interrupted),
    checkQuotas(stacks, where, interrupted),
  ]);
  return {
    identity,
    standing,
    problems: [
      ...problems,
      ...(bootstrap === undefined ? [] : [bootstrap]),
      ...standing.flatMap((stack) => statusProblem(stack) ?? []),
      ...quotas.problems,
    ],
    remarks: quotas.remarks,
  };
}
