import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CDK_CONTEXT } from '../../tools/cdk-json';

describe('the app as the CDK CLI runs it', () => {
  const root = path.join(__dirname, '..', '..');
  const { app: command } = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')) as { app: string };
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-cli-'));
  afterAll(() => rmSync(outdir, { recursive: true }));

  const run = (context: Record<string, unknown>) =>
    spawnSync(command, {
      shell: true,
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        CDK_OUTDIR: path.join(outdir, 'cdk.out'),
        CDK_CONTEXT_JSON: JSON.stringify({ ...CDK_CONTEXT, ...context }),
      },
    });

  test('wrong options: all of them on standard error, exit code 1, nothing written, no stack trace', () => {
    const { status, stderr } = run({ 'lambda.memoryMiB': '64', 'ec2.pln': 'spot' });
    expect(status).toBe(1);
    expect(stderr).toContain('lambda.memoryMiB = "64": allowed is a whole number, 128 to 10,240 (MiB)');
    expect(stderr).toContain('ec2.pln = "spot": no such option; did you mean ec2.plan?');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(path.join(outdir, 'cdk.out'))).toEqual([]); // CDK makes the folder before it knows the options
  });

  test('right options: an assembly', () => {
    const { status, stderr } = run({ 'ec2.plan': 'spot' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(existsSync(path.join(outdir, 'cdk.out', 'Ec2.template.json'))).toBe(true);
  });
});
