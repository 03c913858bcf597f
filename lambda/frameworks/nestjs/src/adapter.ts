import type { RequestListener } from 'node:http';
import serverlessExpress from '@codegenie/serverless-express';
import { binarySettings } from '../../service-node/binary-settings';

/** The Lambda handler, behind a function URL, of an application that takes Node.js's own requests. */
export const handlerOf = (app: RequestListener) => serverlessExpress({ app, binarySettings });
