import { after } from 'node:test';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { testRequests } from '../../service-node/test/requests';
import { AppModule } from '../src/app.module';
import { strictExpress } from '../src/strict-express';

const apps: NestExpressApplication[] = [];
after(() => Promise.all(apps.map((app) => app.close())));

testRequests(/^NestJS 12\./, async (its) => {
  const module = await Test.createTestingModule({ imports: [AppModule.of(its)] }).compile();
  const app = module.createNestApplication<NestExpressApplication>(strictExpress(), { bodyParser: false });
  apps.push(app);
  await app.init();
  return request(app.getHttpServer());
});
