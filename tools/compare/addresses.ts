/** Where an address comes from: started by this command, an output of a stack of the app, or named by a person. */
export type Origin = 'local' | 'output' | 'named';

/** What is measured: an option and its address. */
export interface Address {
  readonly name: string;
  readonly url: string;
  readonly origin: Origin;
}

/** An address that gets no load, and why. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * An address that may get load: on loopback where this machine runs the option; of a stack's own output; or named.
 *
 * @param text without a path
 * @throws RefusedAddressError that says what is wrong with it
 */
export function address(name: string, text: string, origin: Origin): Address {
  const refuse = (why: string): RefusedAddressError =>
    new RefusedAddressError(`${name}: ${JSON.stringify(text)} gets no load: ${why}.`);
  if (!URL.canParse(text)) throw refuse('it is no address, such as https://example.com');
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw refuse('only http and https are measured');
  if (url.username !== '' || url.password !== '') throw refuse('it has a password in it');
  if (url.search !== '' || url.hash !== '') throw refuse('it has a query or a fragment, and the load has its own');
  if (origin === 'local' && !LOOPBACK.test(url.hostname)) throw refuse('it is not on the loopback interface');
  return { name, url: url.href.replace(/\/$/, ''), origin };
}

/**
 * An address that a person named.
 *
 * @param text as `name=https://example.com`
 * @throws RefusedAddressError where it has no name or is no address
 */
export function namedAddress(text: string): Address {
  const [, name, url] = /^([\w./-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || url === undefined)
    throw new RefusedAddressError(
      `--url ${text}: an address has a name before it, such as --url mine=https://example.com`,
    );
  return address(name, url, 'named');
}

/** Whether an output of a stack of this app is where its service answers, by its name. A queue has a URL too. */
export const isAddressOutput = (output: string): boolean => output.endsWith('Url') && !output.endsWith('QueueUrl');

/**
 * The addresses among the outputs of deployed stacks, from the file that `cdk deploy --outputs-file` writes: outputs
 * that name an address, of the stacks of this app.
 *
 * @param stackNames the names that CloudFormation has, by the ids of the app
 * @throws Error where the file is of another form, or has no such output
 */
export function outputAddresses(text: string, stackNames: ReadonlyMap<string, string>): Address[] {
  const outputs = parse(text);
  const ids = new Map([...stackNames].map(([id, stackName]) => [stackName, id]));
  const found = Object.entries(outputs).flatMap(([stackName, values]) => {
    const id = ids.get(stackName);
    if (id === undefined || typeof values !== 'object' || values === null) return [];
    return Object.entries(values)
      .filter(([output, value]) => isAddressOutput(output) && /^https?:/.test(String(value)))
      .map(([output, value]) =>
        address(output === 'Url' ? id : `${id}/${output.slice(0, -3)}`, String(value), 'output'),
      );
  });
  if (found.length === 0)
    throw new Error(
      `has no address of a stack of this app: it has ${Object.keys(outputs).join(', ') || 'no stack'}, and the app has ${[...ids.keys()].join(', ')}`,
    );
  return found;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let outputs: unknown;
  try {
    outputs = JSON.parse(text);
  } catch (error) {
    throw new Error(`is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs))
    throw new Error('is not what cdk deploy --outputs-file writes: an object with a member for each stack');
  return outputs as Readonly<Record<string, unknown>>;
}
