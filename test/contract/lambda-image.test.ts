import path from 'node:path';
import { describeContract } from '../../contract/contract';
import { serveFunctionUrl } from '../../contract/runtime/function-url';
import { nodeBinary } from '../../contract/runtime/install';
import { ADAPTER, whyNoAdapter } from '../../contract/runtime/lambda-adapter';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { leaveOut } from '../left-out';

const reason = whyNoAdapter();

if (reason === undefined) {
  let bundle: ReturnType<typeof unpackBundle>;
  let lambda: LambdaFunction;
  let front: Awaited<ReturnType<typeof serveFunctionUrl>>;

  beforeAll(async () => {
    bundle = unpackBundle();
    lambda = new LambdaFunction({
      code: bundle.folder,
      handler: '',
      client: [nodeBinary(), path.join(bundle.folder, 'server.mjs')],
      extension: [ADAPTER],
      portVariable: 'PORT',
      environment: { SERVICE_OPTION: 'lambda-image', AWS_LWA_READINESS_CHECK_PATH: '/health' },
    });
    front = await serveFunctionUrl(lambda);
  });
  afterAll(async () => {
    await front.close();
    await lambda.stop();
    bundle.remove();
  });

  describeContract('The server behind the adapter of Lambda', () => front.url, { fresh: true, behind: 'lambda' });
} else {
  leaveOut('The server behind the adapter of Lambda keeps the contract', reason);
}
