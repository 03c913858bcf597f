import { FRAMEWORK_MEMORY_MIB, FRAMEWORKS } from '../../packaging/framework-packages';
import type { Info } from '../../contract/client';
import { describeContract } from '../../contract/contract';
import { oneAtATime, serveFramework } from '../../contract/runtime/serve-framework';
import { leaveOut } from '../left-out';

for (const framework of FRAMEWORKS) {
  const { name, title, language, thumbnails } = framework;
  const served = serveFramework(framework);
  if (typeof served === 'string') {
    leaveOut(`${title} as a function`, served);
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

    it('names its framework, its runtime and its memory', async () => {
      const info = (await (await fetch(`${served.url()}/info`)).json()) as Info;
      expect(info.option).toBe(`frameworks/${name}`);
      expect(info.framework).toMatch(new RegExp(`^${title} \\d+\\.\\d+\\.\\d+$`));
      expect(info.runtime).toMatch(new RegExp(`^${language} \\d+\\.\\d+\\.\\d+`));
      expect(info.memoryMiB).toBe(FRAMEWORK_MEMORY_MIB);
    });
  });
}
