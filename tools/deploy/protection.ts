import { CloudFormationClient, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import type { Asked } from './ask';
import type { Where } from './account';

/** Whether stacks are protected once they stand; undefined where they stay as they are. */
export const protectionOf = ({ config, set }: Pick<Asked, 'config' | 'set'>): boolean | undefined =>
  set.has('protect') ? config.protect : config.preset === 'production' ? true : undefined;

/** Protects stacks that stand, or lifts their protection. */
export async function protect(
  stackNames: readonly string[],
  EnableTerminationProtection: boolean,
  where: Where,
  interrupted: AbortSignal,
): Promise<void> {
  const client = new CloudFormationClient(where);
  for (const StackName of stackNames)
    await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection }), {
      abortSignal: interrupted,
    });
}
