import { Controller, Get, Post } from '@nestjs/common';
import { RequireApigSignature, VerifiedSignature, type VerifiedRequest } from 'nestjs-apig-signature';

@RequireApigSignature()
@Controller('hello')
export class HelloController {
  @Get()
  hello(@VerifiedSignature() caller: VerifiedRequest) {
    return `Hello ${caller.key}!`;
  }

  @Post()
  greet() {
    return 'Greeted.';
  }
}
