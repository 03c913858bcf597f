import { CloudFormationClient, DescribeStackEventsCommand, type StackEvent } from '@aws-sdk/client-cloudformation';
import type { Where } from './account';

/** How long the newest rollback of a stack took, in milliseconds; undefined where there was none since a time. */
export function rollbackMs(events: readonly StackEvent[], since: Date): number | undefined {
  const own = events.filter(
    ({ PhysicalResourceId, StackId, Timestamp }) =>
      PhysicalResourceId === StackId && Timestamp !== undefined && Timestamp >= since,
  );
  const at = (status: RegExp): number | undefined =>
    own.find(({ ResourceStatus = '' }) => status.test(ResourceStatus))?.Timestamp?.getTime();
  const [began, ended] = [at(/ROLLBACK_IN_PROGRESS$/), at(/ROLLBACK_(COMPLETE|FAILED)$/)];
  return began === undefined || ended === undefined || ended < began ? undefined : ended - began;
}

/** The longest rollback among some stacks since a time. */
export async function longestRollbackMs(
  stackNames: readonly string[],
  since: Date,
  where: Where,
  interrupted: AbortSignal,
): Promise<number | undefined> {
  const client = new CloudFormationClient(where);
  const all = await Promise.all(
    stackNames.map(async (StackName) => {
      try {
        const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }), {
          abortSignal: interrupted,
        });
        return rollbackMs(StackEvents, since);
      } catch {
        interrupted.throwIfAborted();
        return undefined; // it was deleted
      }
    }),
  );
  const known = all.filter((each) => each !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
