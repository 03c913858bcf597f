import request from 'supertest';
import { testRequests } from '../../service-node/test/requests';
import { createApp } from '../src/app';

testRequests(/^Express 5\./, (its) => Promise.resolve(request(createApp(its))));
