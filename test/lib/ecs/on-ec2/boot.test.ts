import { describeUnless } from '../../../left-out';
import { resources, template } from '../../../synthesis';
import { Machine, missing, resolved } from '../../ec2/machine';

// The user data of an instance of the cluster, on a systemd of its own; without Amazon Linux, Docker and the ECS agent.

const [launchTemplate] = resources(template('EcsEc2', { region: 'eu-central-1' }), 'AWS::EC2::LaunchTemplate');
/** What stands in the place of the metadata service and of ECS, whose cluster has a capacity provider at the third look. */
const AWS = `let looks = 0;
const { createServer } = require('node:http');
const { appendFileSync } = require('node:fs');
const answers = {
  '/latest/api/token': 'token',
  '/latest/meta-data/iam/security-credentials/': 'instance-role',
  '/latest/meta-data/iam/security-credentials/instance-role': JSON.stringify({ Code: 'Success', AccessKeyId: 'AKID', SecretAccessKey: 'a/b+c', Token: 'session==' }, null, 2),
};
createServer(({ method, url, headers }, response) => {
  const isAsked = url === '/latest/api/token' ? method === 'PUT' : headers['x-aws-ec2-metadata-token'] === 'token';
  response.statusCode = isAsked && answers[url] ? 200 : 404;
  response.end(answers[url]);
}).listen(1338, '127.0.0.1');
createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const { authorization, 'x-amz-target': target, 'x-amz-security-token': token } = request.headers;
  appendFileSync('/root/looks', JSON.stringify({ authorization, target, token, body }) + '\\n');
  looks += 1;
  response.end(JSON.stringify({ clusters: [{ capacityProviders: looks < 3 ? [] : ['one'] }] }));
}).listen(1339, '127.0.0.1');`;

const { UserData } = launchTemplate?.Properties?.['LaunchTemplateData'] as { readonly UserData: unknown };

const userData = String(resolved(UserData))
  .replaceAll('http://169.254.169.254/', 'http://127.0.0.1:1338/')
  .replaceAll('https://ecs.eu-central-1.AWS::URLSuffix/', 'http://127.0.0.1:1339/')
  .replaceAll('sleep 5', 'sleep 0.1');

describeUnless(missing(), 'an instance of the cluster that boots', () => {
  let machine: Machine;
  const of = (command: string): string => machine.run(command).stdout.trim();
  // Once a minute is no burst; here it comes faster than systemd lets a unit start.
  const watch = 'systemctl start --wait watch-ecs-agent.service; systemctl reset-failed watch-ecs-agent.service';
  beforeAll(async () => {
    machine = await Machine.start({
      'root/user-data': { content: userData, mode: 0o755 },
      'root/aws.js': { content: AWS, mode: 0o644 },
      'etc/ecs/ecs.config': { content: '', mode: 0o644 },
      'srv/v1/metadata': { content: '{}', mode: 0o644 },
    });
  }, 60_000);
  afterAll(() => machine.stop());

  test('waits until its cluster has a capacity provider, and no longer than so many looks', () => {
    expect(userData.match(/127\.0\.0\.1:133[89]/g)).toHaveLength(2);
    const loop = userData.slice(userData.indexOf('ask_ecs()'));
    machine.run(`cat > /root/wait <<'WAIT'\n${loop}\nWAIT`);
    expect(machine.run('bash /root/wait').status).toBe(0); // nothing answers: it goes on
    machine.run(
      `systemd-run --unit=aws ${process.execPath} /root/aws.js && curl -s --retry 20 --retry-delay 1 --retry-all-errors http://127.0.0.1:1338/`,
    );
    expect(machine.run('bash /root/wait').status).toBe(0);
    const looks = of('cat /root/looks').split('\n');
    expect(looks).toHaveLength(3);
    expect(JSON.parse(looks[2] ?? '')).toEqual({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/ecs\/aws4_request,/,
      ) as unknown,
      target: 'AmazonEC2ContainerServiceV20141113.DescribeClusters',
      token: 'session==',
      body: expect.stringMatching(/^\{"clusters":\["Cluster\w+"\]\}$/) as unknown,
    });
  }, 60_000);

  test('runs its user data to the end, and tells the agent its cluster and what it may give to tasks', () => {
    expect(machine.run('/root/user-data')).toMatchObject({ status: 0 });
    expect(of('sort /etc/ecs/ecs.config').split('\n')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ECS_CLUSTER=Cluster/),
        'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true',
        expect.stringMatching(/^ECS_RESERVED_MEMORY=\d+$/),
      ]),
    );
    expect(of('systemctl is-active watch-ecs-agent.timer')).toBe('active');
  });

  test('counts the minutes in which the agent does not answer, and begins anew once it does', () => {
    machine.run(`${watch}; ${watch}`);
    expect(of('wc -l < /run/ecs-agent-silence')).toBe('2');
    machine.run(
      'systemd-run --unit=agent python3 -m http.server 51678 --bind 127.0.0.1 --directory /srv && ' +
        'curl -sf --retry 20 --retry-delay 1 --retry-all-errors http://localhost:51678/v1/metadata',
    );
    machine.run(watch);
    expect(machine.run('test -e /run/ecs-agent-silence').status).toBe(1);
    machine.run('systemctl stop agent');
  });

  test('switches itself off after ten of them, so that Auto Scaling replaces it', async () => {
    machine.run(`for minute in 1 2 3 4 5 6 7 8 9; do ${watch}; done`);
    expect(of('wc -l < /run/ecs-agent-silence')).toBe('9');
    expect(await machine.endsWithin(0)).toBe(false);
    machine.run(watch);
    expect(await machine.endsWithin(30_000)).toBe(true);
  }, 60_000);
});
