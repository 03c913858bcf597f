import { runtimeClient, unsupported } from '../../contract/runtime/install';
import { describeBehindFunctionUrl } from './behind-function-url';

describeBehindFunctionUrl('The Lambda handler of the bundle', unsupported(), () => ({
  handler: 'lambda.handler',
  client: runtimeClient(),
  environment: { SERVICE_OPTION: 'lambda' },
}));
