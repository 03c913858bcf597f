import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';

/** What a resource is called from now on, and what `Fn::GetAtt` reads of it. */
export interface Answer {
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

export type Request = CloudFormationCustomResourceCreateEvent | CloudFormationCustomResourceUpdateEvent;

/** One kind of resource: called to create and to update it. None leaves anything behind that would be deleted. */
export type CustomResource = (request: Request) => Promise<Answer>;

/** A property that the construct always gives. */
export function property(event: Request, name: string): string {
  const value: unknown = event.ResourceProperties[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${event.ResourceType} lacks the property ${name}.`);
  return value;
}

/**
 * Does what CloudFormation asks and tells it so, at the address that it gives (CloudFormation User Guide, "Custom
 * resource response objects"). Whatever goes wrong is what the person who deploys reads.
 */
export async function answerCloudFormation(
  event: CloudFormationCustomResourceEvent,
  resource: CustomResource,
): Promise<void> {
  const outcome = await answerTo(event, resource).then(
    (answer) => ({ Status: 'SUCCESS', ...answer }),
    (error: unknown) => {
      console.error(error);
      const Reason = error instanceof Error ? error.message : String(error);
      return { Status: 'FAILED', Reason, PhysicalResourceId: physicalIdOf(event) };
    },
  );
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  // A buffer, since a text would get a Content-Type, which the signature of the address doesn't cover.
  const body = Buffer.from(JSON.stringify({ ...outcome, StackId, RequestId, LogicalResourceId }));
  const { ok, status } = await fetch(ResponseURL, { method: 'PUT', body });
  if (!ok) throw new Error(`CloudFormation did not take the answer: ${status}.`);
}

const answerTo = async (event: CloudFormationCustomResourceEvent, resource: CustomResource): Promise<Answer> =>
  event.RequestType === 'Delete' ? { PhysicalResourceId: event.PhysicalResourceId } : resource(event);

/** What failed to be created has to be called something all the same; CloudFormation then deletes it by that name. */
const physicalIdOf = (event: CloudFormationCustomResourceEvent): string =>
  event.RequestType === 'Create' ? event.LogicalResourceId : event.PhysicalResourceId;
