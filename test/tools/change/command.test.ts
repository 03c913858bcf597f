import { execFile } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');

// Each run synthesises every stack twice, in a process of its own.
jest.setTimeout(120_000);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const run = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'tools/change.ts', ...args], { cwd: ROOT }, (error, out, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, error: stderr });
    });
  });

test('a change is shown in the order in which CloudFormation makes it, with what it means to users', async () => {
  const { code, out } = await run('Frameworks', '--to', '-c', 'frameworks.memoryMiB=2048');
  expect(code).toBe(0);
  expect(out).toMatch(/Frameworks: .*\d+ updated in place/);
  expect(out).toMatch(/updated in place +\S+ +AWS::Lambda::Function +.*MemorySize/);
  expect(out).toContain('To those who use the service: no interruption');
});

test('a change that is refused ends with 1 and says what to do in its place', async () => {
  const { code, out } = await run('Network', '--to', '-c', 'network.cidr=10.1.0.0/16');
  expect(code).toBe(1);
  expect(out).toContain('Refused: network.cidr cannot be changed on a deployed stack');
});

test.each([
  [['Ec2'], 'What changes is missing: name it after --to'],
  [['--to', '-c', 'ec2.plan=spot'], 'Name one stack'],
  [['Ec3', '--to'], '"Ec3" is no stack; did you mean Ec2?'],
  [['Ec2', '--to', '-c', 'ec2.plan=sport'], 'ec2.plan = "sport": allowed is one of on-demand, spot'],
  [['Fargate', '--to', '-c', 'fargate.maxTasks=1', '-c', 'fargate.tasks=2'], 'the maximum is below the minimum'],
])('%j is refused with 2, and with what was meant', async (args, message) => {
  const { code, error } = await run(...args);
  expect(code).toBe(2);
  expect(error).toContain(message);
});

test('an option that stands before --to is kept, and one without a value goes back to its default', async () => {
  const kept = await run('Ec2', '-c', 'ec2.volumeGiB=20', '--to', '-c', 'ec2.volumeType=io2');
  const back = await run('Ec2', '-c', 'ec2.plan=spot', '--to', '-c', 'ec2.plan=');
  expect(kept.out).toContain('BlockDeviceMappings');
  expect(back.out).toMatch(/removed +\S+ +AWS::AutoScaling::AutoScalingGroup/);
});
