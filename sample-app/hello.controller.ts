import { All, Controller } from '@nestjs/common';
import { RequireApigSignature } from 'nestjs-apig-signature';

/** Says that it needs a signature, and so does not depend on whether the guard is global. */
@RequireApigSignature()
@Controller()
export class HelloController {
  @All(':id')
  hello(): string {
    return 'Hello World!';
  }
}
