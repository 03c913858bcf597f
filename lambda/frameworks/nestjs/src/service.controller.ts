import { All, Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { methodNotAllowed } from '../../service-node/problems';
import { ServiceProcess } from '../../service-node/process';

@Controller()
export class ServiceController {
  constructor(private readonly process: ServiceProcess) {}

  @Get('health')
  @Header('Cache-Control', 'no-store')
  health() {
    return { status: 'ok' };
  }

  @Get('info')
  @Header('Cache-Control', 'no-store')
  info(@Res({ passthrough: true }) response: Response) {
    return this.process.info(response.locals['number']);
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(@Res({ passthrough: true }) response: Response): string {
    return this.process.page(response.locals['number']);
  }

  @All(['/', 'health', 'info'])
  refuse(@Req() request: Request): never {
    throw methodNotAllowed(request.method, request.path, 'GET, HEAD');
  }
}
