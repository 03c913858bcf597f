import { describeContract } from '../../contract/contract';
import { serveFunctionUrl } from '../../contract/runtime/function-url';
import { type FunctionConfiguration, LambdaFunction } from '../../contract/runtime/lambda-function';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { leaveOut } from '../left-out';

/**
 * Declares that what the bundle ships keeps the contract as a function behind a function URL.
 *
 * @param reason why this machine cannot run it; undefined where it can
 * @param describeFunction how it runs, its code apart: from the folder that the bundle is unpacked into
 */
export function describeBehindFunctionUrl(
  name: string,
  reason: string | undefined,
  describeFunction: (folder: string) => Omit<FunctionConfiguration, 'code'>,
): void {
  if (reason !== undefined) {
    leaveOut(`${name} keeps the contract`, reason);
    return;
  }
  let bundle: ReturnType<typeof unpackBundle>;
  let lambda: LambdaFunction;
  let front: Awaited<ReturnType<typeof serveFunctionUrl>>;

  beforeAll(async () => {
    bundle = unpackBundle();
    lambda = new LambdaFunction({ code: bundle.folder, ...describeFunction(bundle.folder) });
    front = await serveFunctionUrl(lambda);
  });
  afterAll(async () => {
    await front.close();
    await lambda.stop();
    bundle.remove();
  });

  describeContract(name, () => front.url, { fresh: true, behind: 'lambda' });
}
