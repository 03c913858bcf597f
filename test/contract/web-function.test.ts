import { nodeBinary } from '../../contract/runtime/install';
import { describeContract } from '../../contract/contract';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { serveWebFunction, type RunningWebFunction } from '../../contract/runtime/web-function';

let bundle: ReturnType<typeof unpackBundle>;
let service: RunningWebFunction;

beforeAll(async () => {
  bundle = unpackBundle();
  service = await serveWebFunction({
    code: bundle.folder,
    node: nodeBinary(),
    entryPoint: 'server.mjs',
    environment: { SERVICE_OPTION: 'web-function', SERVICE_DRAIN_SECONDS: '1' },
  });
});
afterAll(async () => {
  await service.close();
  bundle.remove();
});

describeContract('The server as a Web Function', () => service.url, { fresh: true, behind: 'web-function' });
