import { type DynamicModule, Inject, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { version as nestVersion } from '@nestjs/core/package.json';
import { raw } from 'express';
import type { Platform } from '../../../../service/platform';
import { createThumbnailer } from '../../../../service/thumbnail';
import { ServiceProcess } from '../../service-node/process';
import { version } from '../package.json';
import { ProblemFilter } from './problem.filter';
import { RequestMiddleware } from './request.middleware';
import { ServiceController } from './service.controller';
import { PLATFORM, THUMBNAILER, ThumbnailsController } from './thumbnails.controller';

/** The thumbnail service of one process, which counts its requests. */
@Module({})
export class AppModule implements NestModule {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly server: HttpAdapterHost,
    private readonly identify: RequestMiddleware,
  ) {}

  static of(platform: Platform): DynamicModule {
    return {
      module: AppModule,
      controllers: [ServiceController, ThumbnailsController],
      providers: [
        { provide: PLATFORM, useValue: platform },
        { provide: ServiceProcess, useFactory: () => new ServiceProcess(platform, version, `NestJS ${nestVersion}`) },
        { provide: THUMBNAILER, useFactory: () => createThumbnailer(platform) },
        RequestMiddleware,
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    const { maxBodyBytes } = this.platform.limits;
    // Not by a route: its pattern would have the path decoded first, and one that can't be would have no id.
    this.server.httpAdapter.use(this.identify.use.bind(this.identify));
    // The picture's bytes as they are.
    consumer.apply(raw({ type: () => true, limit: maxBodyBytes, inflate: false })).forRoutes(ThumbnailsController);
  }
}
