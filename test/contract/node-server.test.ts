import { nodeBinary } from '../lambda-runtime/install';
import { describeContract } from './contract';
import { startNodeServer } from './node-server';
import { unpackBundle } from './unpacked-bundle';

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
