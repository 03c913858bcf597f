import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeUnless } from '../left-out';

const CONF = path.join(__dirname, '../../beanstalk/https/.platform/nginx/conf.d/elasticbeanstalk/https.conf');

const reason = spawnSync('nginx', ['-v']).status === 0 ? undefined : 'there is no nginx here';

// As the platforms have it: included in the server block, before the application is asked.
describeUnless(reason, 'the redirect to HTTPS on the instances, by a real nginx,', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'beanstalk-nginx-'));
  let application: Server;
  let nginx: ChildProcess;
  let port: number;

  beforeAll(async () => {
    application = createServer((_, response) => response.end('the application'));
    application.listen(0, '127.0.0.1');
    const free = createServer().listen(0, '127.0.0.1');
    await Promise.all([once(application, 'listening'), once(free, 'listening')]);
    port = (free.address() as AddressInfo).port;
    free.close();
    await once(free, 'close');
    writeFileSync(
      path.join(folder, 'nginx.conf'),
      `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1; events {}
       http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
         fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
         server { listen 127.0.0.1:${port};
           include ${CONF};
           location / { proxy_pass http://127.0.0.1:${(application.address() as AddressInfo).port}; } } }`,
    );
    nginx = spawn('nginx', ['-p', folder, '-c', path.join(folder, 'nginx.conf')], { stdio: 'ignore' });
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await get({}).catch(() => undefined)) !== undefined) return;
      await sleep(50);
    }
    throw new Error('nginx does not answer');
  });
  afterAll(async () => {
    nginx.kill();
    await once(nginx, 'exit');
    application.close();
    rmSync(folder, { recursive: true });
  });

  const get = async (headers: Record<string, string>): Promise<IncomingMessage> => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: '/info?a=1',
      headers: { host: 'b.example.com', ...headers },
    });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    return answer;
  };

  test('sends what came over HTTP to the same address over HTTPS', async () => {
    const { statusCode, headers } = await get({ 'X-Forwarded-Proto': 'http' });
    expect([statusCode, headers.location]).toEqual([301, 'https://b.example.com/info?a=1']);
  });

  test.each<Record<string, string>>([{ 'X-Forwarded-Proto': 'https' }, {}])(
    'lets through %p: what came over HTTPS, and the health checks of the load balancer',
    async (headers) => expect((await get(headers)).statusCode).toBe(200),
  );
});
