import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Identity, Where } from './account';
import type { DeployedStack } from './assembly';

/** The version that `cdk bootstrap` of the CLI here makes is newer than any that a stack needs. */
const COMMAND = ({ account }: Identity, { region }: Where): string => `npx cdk bootstrap aws://${account}/${region}`;

/** What is wrong with the bootstrap stack of account and region; nothing where the stacks can be deployed by it. */
export async function bootstrapProblem(
  stacks: readonly DeployedStack[],
  identity: Identity,
  where: Where,
  interrupted: AbortSignal,
): Promise<string | undefined> {
  const needed = Math.max(0, ...stacks.map(({ bootstrap }) => bootstrap.version));
  const [parameter] = stacks.map(({ bootstrap }) => bootstrap.parameter);
  if (parameter === undefined) return undefined;
  const found = await read(parameter, where, interrupted);
  if (typeof found === 'string') return found;
  const place = `${identity.account}/${where.region}`;
  if (found.version === undefined)
    return `bootstrap = none in ${place}: ${needed} or newer is needed; run ${COMMAND(identity, where)}`;
  if (found.version < needed)
    return `bootstrap = version ${found.version} in ${place}: ${needed} or newer is needed; run ${COMMAND(identity, where)}`;
  return undefined;
}

async function read(
  Name: string,
  where: Where,
  interrupted: AbortSignal,
): Promise<{ readonly version: number | undefined } | string> {
  try {
    const { Parameter } = await new SSMClient(where).send(new GetParameterCommand({ Name }), {
      abortSignal: interrupted,
    });
    return { version: Number(Parameter?.Value) };
  } catch (error) {
    interrupted.throwIfAborted();
    const { name, message } = error as Error;
    if (name === 'ParameterNotFound') return { version: undefined };
    return `bootstrap = not known, since SSM refused to read ${Name} (${name}: ${message}); allow ssm:GetParameter for it`;
  }
}
