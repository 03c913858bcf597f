import { serveFunctionUrl } from '../../contract/runtime/function-url';
import { runtimeClient, unsupported } from '../../contract/runtime/install';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { describeContract } from '../../contract/contract';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { leaveOut } from '../left-out';

const reason = unsupported();

if (reason === undefined) {
  let bundle: ReturnType<typeof unpackBundle>;
  let lambda: LambdaFunction;
  let front: Awaited<ReturnType<typeof serveFunctionUrl>>;

  beforeAll(async () => {
    bundle = unpackBundle();
    const environment = { SERVICE_OPTION: 'lambda' };
    lambda = new LambdaFunction({
      code: bundle.folder,
      handler: 'lambda.handler',
      client: runtimeClient(),
      environment,
    });
    front = await serveFunctionUrl(lambda);
  });
  afterAll(async () => {
    await front.close();
    await lambda.stop();
    bundle.remove();
  });

  describeContract('The Lambda handler of the bundle', () => front.url, { fresh: true, behind: 'lambda' });
} else {
  leaveOut('The Lambda handler keeps the contract', reason);
}
