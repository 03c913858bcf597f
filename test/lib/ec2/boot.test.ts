import { readFileSync } from 'node:fs';
import path from 'node:path';
import { serviceBundle } from '../../../packaging/bundle';
import { describeUnless } from '../../left-out';
import { resources, template } from '../../synthesis';
import { Machine, missing, resolved, type MachineFile } from './machine';

// What an instance does when it boots, on a systemd of its own: the user data as it is in the template, the files, commands
// and services of the metadata, the unit, the watch. Not here: Amazon Linux, its packages, cfn-init, the CloudWatch agent
// and AWS. In their places stand scripts that note how they were called.

const [instance] = resources(
  template('Ec2', { region: 'eu-central-1', 'ec2.instanceType': process.arch === 'x64' ? 't3.micro' : 't4g.micro' }),
  'AWS::EC2::Instance',
) as unknown as [{ Properties: { UserData: unknown }; Metadata: { 'AWS::CloudFormation::Init': Init } }];

interface Init {
  readonly configSets: { readonly default: readonly string[] };
  readonly [config: string]: Config | { readonly default: readonly string[] };
}
interface Config {
  readonly packages?: { readonly yum: Readonly<Record<string, readonly string[]>> };
  readonly sources?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, { readonly content: unknown; readonly mode: string }>>;
  readonly commands?: Readonly<Record<string, { readonly command: unknown }>>;
  readonly services?: {
    readonly systemd: Readonly<Record<string, { readonly enabled: boolean; readonly ensureRunning: boolean }>>;
  };
}

const init = resolved(instance.Metadata['AWS::CloudFormation::Init']) as Init;
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** One config in the order that cfn-init keeps: packages, sources, files, commands, services (CloudFormation User Guide). */
function stepsOf({ packages, sources, files, commands, services }: Config): string[] {
  return [
    ...Object.keys(packages?.yum ?? {}).map((name) => `yum -y install ${name}`),
    ...Object.keys(sources ?? {}).map(
      (folder) => `mkdir -p ${folder} && python3 -m zipfile -e /root/bundle.zip ${folder}`,
    ),
    ...Object.entries(files ?? {}).map(([file, { content, mode }]) => {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      return `mkdir -p $(dirname ${file}) && printf %s ${quoted(text)} > ${file} && chmod ${mode.slice(-3)} ${file}`;
    }),
    ...Object.entries(commands ?? {})
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([, { command }]) => `bash -c ${quoted(String(command))}`),
    ...Object.keys(services?.systemd ?? {}).map((name) => `systemctl enable ${name} && systemctl start ${name}`),
  ];
}

const script = (text: string): MachineFile => ({ content: `#!/bin/bash\n${text}\n`, mode: 0o755 });
const note = script('echo "$(basename "$0") $*" >> /var/log/calls');
const userData = String(resolved(instance.Properties.UserData))
  // The service has port 80 of each address of this machine, so that the metadata service is at another.
  .replaceAll('http://169.254.169.254/', 'http://127.0.0.1:1338/');
const metadata = `require('node:http').createServer((request, response) => {
  const answers = { '/latest/api/token': 'token', '/latest/meta-data/instance-id': 'i-0123456789abcdef0', '/latest/meta-data/public-ipv4': '192.0.2.1' };
  response.statusCode = answers[request.url] ? 200 : 404;
  response.end(answers[request.url]);
}).listen(1338, '127.0.0.1');`;

const files: Readonly<Record<string, MachineFile>> = {
  'usr/local/bin/yum': note,
  'usr/local/bin/aws': note,
  'opt/aws/bin/cfn-signal': note,
  'opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl': script(
    'set -e\npython3 -m json.tool "${@: -1:1}" 2>/dev/null || python3 -m json.tool "$(sed s/^file:// <<< "${@: -1}")" > /dev/null\necho "agent $*" >> /var/log/calls',
  ),
  'opt/aws/bin/cfn-init': script(
    [
      'set -e',
      'echo "cfn-init $*" >> /var/log/calls',
      ...init.configSets.default
        .flatMap((name) => stepsOf(init[name] as Config))
        .map((step) => step.replaceAll('http://169.254.169.254/', 'http://127.0.0.1:1338/')),
    ].join('\n'),
  ),
  'root/user-data': { content: userData, mode: 0o755 },
  'root/metadata.js': { content: metadata, mode: 0o644 },
};

describeUnless(missing(), 'an instance that boots', () => {
  let machine: Machine;
  let boot: ReturnType<Machine['run']>;
  const of = (command: string): string => machine.run(command).stdout.trim();
  beforeAll(async () => {
    // As files of the machine: it may not see where this repository and Node.js are.
    const fileAt = (name: string, mode = 0o644): MachineFile => ({ content: readFileSync(name), mode });
    machine = await Machine.start({
      ...files,
      'usr/bin/node-24': fileAt(process.execPath, 0o755),
      'root/bundle.zip': fileAt(serviceBundle(process.arch === 'x64' ? 'x64' : 'arm64').path),
      'root/in.png': fileAt(path.join(__dirname, '..', '..', '..', 'docs', 'page-light.png')),
    });
    machine.run('systemd-run --unit=metadata --collect /usr/bin/node-24 /root/metadata.js');
    boot = machine.run('/root/user-data', 120_000);
  }, 180_000);
  afterAll(() => machine.stop());

  test('signals success, after the service has answered and the address is taken', () => {
    expect(of('cat /var/log/calls')).toMatch(/cfn-signal -e 0 /);
    expect(of('cat /var/log/calls')).toMatch(/aws ec2 associate-address .*--instance-id i-0123456789abcdef0 /);
    expect(boot.status).toBe(0);
  });

  test('the service answers on port 80 as a user of its own, and comes back when it is killed', () => {
    expect(of('curl -sf http://127.0.0.1/health')).not.toBe('');
    const before = of('systemctl show -p MainPID --value thumbnails');
    expect(of(`ps -o user= -p ${before}`)).not.toBe('root');
    machine.run('systemctl kill --signal=KILL thumbnails');
    expect(of('curl -sf --retry 20 --retry-delay 1 --retry-all-errors http://127.0.0.1/health')).not.toBe('');
    expect(of('systemctl show -p MainPID --value thumbnails')).not.toBe(before);
  });

  test('makes a thumbnail within all that the unit takes away', () => {
    const send = `curl -s -o /tmp/out -w '%{http_code} %{content_type}' --data-binary @/root/in.png 'http://127.0.0.1/thumbnails?width=64&format=webp'`;
    expect(of(send)).toBe('200 image/webp');
  });

  test('writes its log where the agent and its rotation look for it, and can write nowhere else', () => {
    expect(of('tail -n 1 /var/log/thumbnails.log')).toMatch(/^\{/);
    const { file_path: logged } = (
      JSON.parse(of('cat /opt/aws/amazon-cloudwatch-agent/etc/thumbnails.json')) as {
        logs: { logs_collected: { files: { collect_list: [{ file_path: string }] } } };
      }
    ).logs.logs_collected.files.collect_list[0];
    expect(logged).toBe('/var/log/thumbnails.log');
    expect(of('head -n 1 /etc/logrotate.d/thumbnails')).toBe('/var/log/thumbnails.log {');
    const pid = of('systemctl show -p MainPID --value thumbnails');
    // What the process sees: read-only, but for a /tmp of its own.
    expect(machine.run(`nsenter -t ${pid} -m touch /var/lib/here`).stderr).toContain('Read-only file system');
    expect(of(`grep -E '^(NoNewPrivs|CapBnd):' /proc/${pid}/status | tr -d '\\t'`).split('\n')).toEqual([
      'CapBnd:0000000000000400', // CAP_NET_BIND_SERVICE
      'NoNewPrivs:1',
    ]);
  });

  test('asks itself for its health each minute, and writes a line while nothing answers', () => {
    expect(of('systemctl is-active thumbnails-watch.timer')).toBe('active');
    machine.run('systemctl start thumbnails-watch.service');
    expect(of('cat /var/log/calls')).toContain('--no-allow-reassociation');
    machine.run('systemctl stop thumbnails && systemctl start thumbnails-watch.service');
    expect(of('tail -n 1 /var/log/thumbnails.log')).toBe('{"level":"error","message":"unhealthy"}');
  }, 60_000);

  test('signals a failure where cfn-init fails', () => {
    machine.run('printf "#!/bin/bash\\nexit 1\\n" > /opt/aws/bin/cfn-init && /root/user-data');
    expect(of('tail -n 1 /var/log/calls')).toMatch(/^cfn-signal -e 1 /);
  });
});
