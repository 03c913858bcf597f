// Loaded while Lambda initialises the function, not at the first thumbnail.
import 'sharp';
import { platformFromEnvironment } from '../../../../service/platform.js';
import { handlerOf } from './adapter.js';
import { createApp } from './app.js';

const platform = platformFromEnvironment(process.env, {
  memoryMiB: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']),
});

/** Express as a Lambda function behind a function URL, by serverless-express. */
export const handler = handlerOf(createApp(platform));
