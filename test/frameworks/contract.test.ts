import { FRAMEWORKS } from '../../lib/framework-packages';
import { describeContract } from '../contract/contract';
import { oneAtATime, serveFramework } from './serve-framework';

for (const framework of FRAMEWORKS) {
  const { name, title, thumbnails } = framework;
  const served = serveFramework(framework);
  if (typeof served === 'string') {
    it.skip(`${title} as a function: ${served}`, () => undefined);
    continue;
  }
  describe(`${title} as a function`, () => {
    beforeAll(served.start);
    afterAll(served.stop);

    describeContract(title, served.url, {
      kind: 'sample',
      thumbnails,
      behind: 'lambda',
      fresh: true,
      // Each request at once with others has a process of its own: eight JVMs take this machine ten seconds to start.
      send: oneAtATime(fetch),
    });

    it('names its framework and its runtime', async () => {
      const info: unknown = await (await fetch(`${served.url()}/info`)).json();
      expect(info).toMatchObject({
        option: `frameworks/${name}`,
        framework: expect.stringMatching(new RegExp(`^${title} \\d+\\.\\d+\\.\\d+$`)),
        runtime: expect.stringMatching(new RegExp(`^${framework.language} \\d+\\.\\d+\\.\\d+`)),
        memoryMiB: framework.memoryMiB,
      });
    });
  });
}
