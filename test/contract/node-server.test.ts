import { nodeBinary } from '../../contract/runtime/install';
import { describeContract } from '../../contract/contract';
import { startNodeServer } from '../../contract/runtime/node-server';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';

let bundle: ReturnType<typeof unpackBundle>;
let server: Awaited<ReturnType<typeof startNodeServer>>;

beforeAll(async () => {
  bundle = unpackBundle();
  server = await startNodeServer(nodeBinary(), bundle.folder);
});
afterAll(async () => {
  await server.stop();
  bundle.remove();
});

describeContract('The Node server of the bundle', () => server.url, { fresh: true });
