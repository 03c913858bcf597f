import { All, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { parseQuery } from '../../../../service/query';
import type { Thumbnailer } from '../../../../service/thumbnail';
import { methodNotAllowed, pictureIn, returnable } from '../../service-node/problems';
import { isKnown, thumbnailHeaders } from '../../service-node/process';

/** Injection tokens of what has no class: the service's platform, and its maker of thumbnails. */
export const PLATFORM = Symbol('platform');
export const THUMBNAILER = Symbol('thumbnailer');

@Controller('thumbnails')
export class ThumbnailsController {
  constructor(@Inject(THUMBNAILER) private readonly makeThumbnail: Thumbnailer) {}

  @Post()
  @HttpCode(200)
  async make(@Req() request: Request, @Res() response: Response): Promise<void> {
    const wanted = parseQuery(new URL(request.url, 'http://localhost').searchParams);
    const thumbnail = returnable(await this.makeThumbnail(pictureIn(request.body), wanted));
    const headers = thumbnailHeaders(thumbnail);
    response.set(headers);
    if (isKnown(headers.ETag, request.get('If-None-Match'))) response.status(304).end();
    else response.type(thumbnail.mediaType).send(thumbnail.bytes);
  }

  @All()
  refuse(@Req() request: Request): never {
    throw methodNotAllowed(request.method, request.path, 'POST');
  }
}
