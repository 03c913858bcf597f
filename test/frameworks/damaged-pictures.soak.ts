import { FRAMEWORK_MEMORY_MIB, FRAMEWORKS } from '../../packaging/framework-packages';
import { describeMutations } from '../../contract/mutations';
import { startNodeServer } from '../../contract/runtime/node-server';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { nodeBinary } from '../../contract/runtime/install';
import { leaveOut } from '../left-out';
import { serveFramework } from '../../contract/runtime/serve-framework';

describe('The Node server', () => {
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
  describeMutations(() => server.url, true, 512);
});

for (const framework of FRAMEWORKS) {
  const served = serveFramework(framework);
  if (typeof served === 'string') {
    leaveOut(`${framework.title} as a function`, served);
    continue;
  }
  describe(`${framework.title} as a function`, () => {
    beforeAll(served.start);
    afterAll(served.stop);
    describeMutations(served.url, framework.thumbnails, FRAMEWORK_MEMORY_MIB);
  });
}
