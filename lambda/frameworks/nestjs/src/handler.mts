// Loaded while Lambda initialises the function, not at the first thumbnail.
import 'sharp';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { platformFromEnvironment } from '../../../../service/platform.js';
import { handlerOf } from './adapter.js';
import { AppModule } from './app.module.js';
import { strictExpress } from './strict-express.js';

const platform = platformFromEnvironment(process.env, {
  memoryMiB: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']),
});
const app = await NestFactory.create(AppModule.of(platform), strictExpress(), {
  bodyParser: false,
  logger: ['error', 'warn'],
});
// An ES module, for this await: Nest is up before Lambda's initialisation ends, and not in the first request's time.
await app.init();

/** NestJS as a Lambda function behind a function URL, by serverless-express. */
export const handler = handlerOf(app.getHttpAdapter().getInstance());
