import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { requestIdOf, ServiceProcess } from '../../service-node/process';

/** Gives each request its id, and all but `/health` a number. */
@Injectable()
export class RequestMiddleware implements NestMiddleware {
  constructor(private readonly process: ServiceProcess) {}

  use(request: Request, response: Response, next: NextFunction): void {
    const requestId = requestIdOf(request.get('X-Request-Id'));
    response.locals['requestId'] = requestId;
    if (request.originalUrl.split('?')[0] !== '/health') response.locals['number'] = this.process.answer();
    response.set({ 'X-Request-Id': requestId, 'X-Content-Type-Options': 'nosniff' });
    next();
  }
}
