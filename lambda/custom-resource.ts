import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';
import { patience, type Patiently, type Wait } from './patience';

/** What a resource is called from now on, and what `Fn::GetAtt` reads of it. */
export interface Answer {
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

export type Request = CloudFormationCustomResourceCreateEvent | CloudFormationCustomResourceUpdateEvent;

/** One kind of resource: called to create and to update it. None leaves anything behind that would be deleted. */
export type CustomResource = (request: Request, patiently: Patiently) => Promise<Answer>;

/** A property that the construct always gives. */
export function property(event: Request, name: string): string {
  const value: unknown = event.ResourceProperties[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${event.ResourceType} lacks the property ${name}.`);
  return value;
}

/** The handler of a function for several resources, by their types. */
export const handlerOf =
  (resources: Readonly<Record<string, CustomResource>>, wait: Wait) =>
  async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const { ResourceType } = event;
    await answerCloudFormation(
      event,
      resources[ResourceType] ?? (() => Promise.reject(new Error(`${ResourceType} is no resource of this function.`))),
      wait,
    );
  };

/**
 * Does what CloudFormation asks and tells it so, at the address that it gives (CloudFormation User Guide, "Custom
 * resource response objects"). Whatever goes wrong is what the person who deploys reads.
 *
 * @param wait between two tries of what is refused at first
 */
export async function answerCloudFormation(
  event: CloudFormationCustomResourceEvent,
  resource: CustomResource,
  wait: Wait,
): Promise<void> {
  const outcome = await answerTo(event, resource, patience(wait)).then(
    (answer) => ({ Status: 'SUCCESS', ...answer }),
    (error: unknown) => {
      console.error(error);
      const reason = error instanceof Error ? error.message : String(error);
      return { Status: 'FAILED', Reason: shortened(reason), PhysicalResourceId: physicalIdOf(event) };
    },
  );
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  // A buffer, since a text would get a Content-Type, which the signature of the address doesn't cover.
  const body = Buffer.from(JSON.stringify({ ...outcome, StackId, RequestId, LogicalResourceId }));
  const { ok, status } = await fetch(ResponseURL, { method: 'PUT', body });
  if (!ok) throw new Error(`CloudFormation did not take the answer: ${status}.`);
}

const answerTo = async (
  event: CloudFormationCustomResourceEvent,
  resource: CustomResource,
  patiently: Patiently,
): Promise<Answer> =>
  event.RequestType === 'Delete' ? { PhysicalResourceId: event.PhysicalResourceId } : resource(event, patiently);

// The whole answer has 4,096 at most, or CloudFormation hears nothing until its time is up.
const REASON_BYTES = 3_000;

/** As much of a text as there is room for in the answer, counted as JSON writes it. */
function shortened(text: string): string {
  const bytes = (character: string): number => Buffer.byteLength(JSON.stringify(character)) - 2;
  let room = REASON_BYTES;
  let result = '';
  for (const character of text) {
    room -= bytes(character);
    if (room < 0) return `${result}…`;
    result += character;
  }
  return result;
}

/** What failed to be created has to be called something all the same; CloudFormation then deletes it by that name. */
const physicalIdOf = (event: CloudFormationCustomResourceEvent): string =>
  event.RequestType === 'Create' ? event.LogicalResourceId : event.PhysicalResourceId;
