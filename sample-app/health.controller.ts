import { Controller, Get } from '@nestjs/common';
import { SkipApigSignature } from 'nestjs-apig-signature';

/** For load balancers, which sign nothing. */
@SkipApigSignature()
@Controller('health')
export class HealthController {
  @Get()
  health(): { status: string } {
    return { status: 'ok' };
  }
}
