import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { takeAddress, watchSingleInstance } from '../../../lib/ec2/single-instance-watch';

// The script itself, run by bash. What it calls, curl, aws and sleep, is stood in for and writes down how it is called.

const OURS = '198.51.100.7';
const folder = mkdtempSync(path.join(tmpdir(), 'compute-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const [calls, log] = [at('calls'), at('thumbnails.log')];

function command(name: string, body: string): void {
  writeFileSync(at(name), `#!/bin/bash\n${body}\n`);
  chmodSync(at(name), 0o755);
}

/** Runs a script on an instance whose service answers or not, and which has this address. */
function run(script: string, { healthy, address }: { healthy: boolean; address: string }) {
  for (const file of [calls, log]) rmSync(file, { force: true });
  command(
    'curl',
    `case "$*" in
      *api/token*) echo token ;;
      *instance-id*) echo i-0123456789abcdef0 ;;
      *public-ipv4*) echo ${address} ;;
      */health*) exit ${healthy ? 0 : 22} ;;
    esac`,
  );
  command('aws', `echo "$*" >> ${calls}`);
  command('sleep', '');
  const { status, stderr } = spawnSync('bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  });
  expect(stderr).toBe('');
  const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  return { status, calls: linesOf(calls), log: linesOf(log) };
}

const userData = (inGroup: boolean): string =>
  watchSingleInstance({
    port: 80,
    region: 'eu-central-1',
    allocationId: 'eipalloc-0',
    address: OURS,
    logFile: log,
    readyWithin: Duration.minutes(15),
    inGroup,
  }).join('\n');

/** A file that the user data writes. */
const written = (text: string, end: string, file: string): string => {
  const start = `cat > ${file} <<'${end}'\n`;
  const from = text.indexOf(start) + start.length;
  return text.slice(from, text.indexOf(`\n${end}\n`, from));
};
const script = (inGroup: boolean): string => written(userData(inGroup), 'SCRIPT', '/usr/local/bin/thumbnails-watch');

test('bash reads the user data without a complaint', () => {
  const { status, stderr } = spawnSync('bash', ['-n', '-c', userData(true)], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('an instance that answers and has the address does nothing', () => {
  expect(run(script(true), { healthy: true, address: OURS })).toEqual({ status: 0, calls: [], log: [] });
});

test('an instance that answers takes the address where it is free, and from no other instance', () => {
  expect(run(script(true), { healthy: true, address: '203.0.113.9' }).calls).toEqual([
    'ec2 associate-address --region eu-central-1 --allocation-id eipalloc-0 --instance-id i-0123456789abcdef0 --no-allow-reassociation',
  ]);
});

test('an instance that does not answer says so in the log, and its group replaces it', () => {
  const line = '{"level":"error","message":"unhealthy"}';
  const inGroup = run(script(true), { healthy: false, address: OURS });
  expect(inGroup.log).toEqual([line]);
  expect(inGroup.calls).toEqual([
    'autoscaling set-instance-health --region eu-central-1 --instance-id i-0123456789abcdef0 --health-status Unhealthy',
  ]);
  const alone = run(script(false), { healthy: false, address: OURS });
  expect([alone.log, alone.calls]).toEqual([[line], []]);
});

test('a new instance that is healthy takes the address from the one before', () => {
  const take = takeAddress({ region: 'eu-central-1', allocationId: 'eipalloc-0' });
  expect(run(take, { healthy: true, address: '203.0.113.9' })).toEqual({
    status: 0,
    calls: [
      'ec2 associate-address --region eu-central-1 --allocation-id eipalloc-0 --instance-id i-0123456789abcdef0 --allow-reassociation',
    ],
    log: [],
  });
});

test('it asks each minute, from when a boot must have succeeded', () => {
  const timer = written(userData(true), 'UNIT', '/etc/systemd/system/thumbnails-watch.timer');
  expect(timer).toContain('OnActiveSec=15min\nOnUnitActiveSec=1min');
});
