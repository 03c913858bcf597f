import 'reflect-metadata';
import { All, Controller, Get, type MiddlewareConsumer, Module, type NestModule, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { raw, type Request, type Response } from 'express';
import { handlerOf } from '../src/adapter.js';
import { strictExpress } from '../src/strict-express.js';
import { echo } from '../../service-node/test/echo.js';

@Controller()
class EchoController {
  @All('echo')
  echo(@Req() request: Request, @Res() response: Response): void {
    echo(request, response);
  }

  @Get('hang')
  hang(): Promise<never> {
    // With nothing left to wait for, Node.js would end.
    return new Promise(() => setTimeout(() => undefined, 3_600_000));
  }

  @Get('exit')
  exit(): never {
    process.exit(1);
  }
}

@Module({ controllers: [EchoController] })
class EchoModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(raw({ type: () => true })).forRoutes(EchoController);
  }
}

const app = await NestFactory.create(EchoModule, strictExpress(), { bodyParser: false, logger: ['error'] });
await app.init();

export const handler = handlerOf(app.getHttpAdapter().getInstance());
