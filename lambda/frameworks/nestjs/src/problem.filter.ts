import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  NotFoundException,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Platform } from '../../../../service/platform';
import { notFound, problemOf } from '../../service-node/problems';
import { PLATFORM } from './thumbnails.controller';

/** Errors as RFC 9457 problem details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const { path } = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const requestId: string = response.locals['requestId'];
    // What Express threw is the cause of what Nest makes of it.
    const thrown = error instanceof HttpException ? (error.cause ?? error) : error;
    const problem = thrown instanceof NotFoundException ? notFound(path) : problemOf(thrown, this.platform);
    if (problem.status >= 500) {
      this.platform.log({
        level: 'error',
        message: 'request failed',
        requestId,
        cause: String((error as Error).stack),
      });
    }
    const answer = problem.toResponse(requestId);
    response.status(answer.status).set(Object.fromEntries(answer.headers));
    response.send(Buffer.from(await answer.arrayBuffer()));
  }
}
