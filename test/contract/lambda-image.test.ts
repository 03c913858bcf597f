import path from 'node:path';
import { nodeBinary } from '../../contract/runtime/install';
import { ADAPTER, whyNoAdapter } from '../../contract/runtime/lambda-adapter';
import { describeBehindFunctionUrl } from './behind-function-url';

describeBehindFunctionUrl('The server behind the adapter of Lambda', whyNoAdapter(), (folder) => ({
  handler: '',
  client: [nodeBinary(), path.join(folder, 'server.mjs')],
  extension: [ADAPTER],
  portVariable: 'PORT',
  environment: { SERVICE_OPTION: 'lambda-image', AWS_LWA_READINESS_CHECK_PATH: '/health' },
}));
