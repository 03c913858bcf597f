import express from 'express';
import { handlerOf } from '../src/adapter.js';
import { echo } from '../../service-node/test/echo.js';

const app = express();
app.post('/echo', express.raw({ type: () => true }), echo);
// With nothing left to wait for, Node.js would end.
app.get('/hang', () => void setTimeout(() => undefined, 3_600_000));
app.get('/exit', () => process.exit(1));

export const handler = handlerOf(app);
