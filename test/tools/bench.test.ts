import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE } from '../../packaging/bundle';
import type { Figures } from '../../tools/figures';

const ROOT = path.join(__dirname, '..', '..');

describe('npm run bench', () => {
  const bench = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const command = ['--import', 'tsx', path.join(ROOT, 'tools', 'bench.ts'), ...args];
      const env = { ...process.env, CDK_DOCKER: 'no-such-engine' };
      execFile(process.execPath, command, { cwd: ROOT, env }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });

  it('measures the parts that it is asked for, and says on what machine', async () => {
    const { code, stdout } = await bench('packages');
    expect(code).toBe(0);
    const { machine, packages, synth } = JSON.parse(stdout) as Partial<Figures>;
    expect(machine).toMatchObject({ node: process.versions.node });
    expect(packages?.[0]).toMatchObject({ name: 'service, arm64', zipBytes: readFileSync(BUNDLE.zip('arm64')).length });
    expect(synth).toBeUndefined();
  });

  it('goes on without a container engine, and says so', async () => {
    const { code, stdout } = await bench('image');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Partial<Figures>).image).toEqual({
      notMeasured: expect.stringContaining('no-such-engine') as string,
    });
  });

  it.each([
    [
      ['weight'],
      'There is no part weight. There are: sandbox, synth, packages, lambda, pipeline, server, cost, image, ways, frameworks.',
    ],
    [['--wirte'], "Unknown option '--wirte'"],
    [['--write', 'lambda'], '--write writes all parts: name none with it.'],
  ])('refuses %j, with how it is called', async (args, message) => {
    const { code, stdout, stderr } = await bench(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run bench -- [part ...] [--write]');
  });

  it('says how it is called', async () => {
    const { code, stdout } = await bench('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('npm run bench -- [part ...] [--write]');
  });
});
